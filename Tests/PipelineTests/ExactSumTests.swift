import JSON
import LambdaRuntime
import MeantSets
import Stores
import Testing

@testable import Pipeline

/// The outcome of a set hangs neither on where it is cut nor on the numbers of other customers.
@Suite struct ExactSumTests {
    /// What comes of a set: its messages in the order they left in, or the error's name.
    static func outcome(
        _ files: [JobInput: [UInt8]], chunkSize: Int?, sliceTasks: Int? = nil, seed: UInt64? = nil
    ) throws -> Result<[String], StepError> {
        do {
            return .success(
                try CustomerMessagesTests.messages(files, chunkSize: chunkSize) {
                    $0.sliceTasks = sliceTasks
                    $0.seed = seed
                }.lines)
        } catch let failure as JobDriver.Failure {
            #expect(failure.state == "EmitMessages")
            return .failure(failure.error)
        }
    }

    static func files(_ texts: [JobInput: String]) -> [JobInput: [UInt8]] {
        texts.mapValues { Array($0.utf8) }
    }

    static func message(_ customer: String, _ orders: Int, _ amount: String) -> String {
        "{\"type\":\"customer_message\",\"customer_reference\":\"\(customer)\","
            + "\"number_of_orders\":\(orders),\"total_amount_spent\":\(amount)}"
    }

    static let customers = "customer_reference,name\nC1,Ann\nC2,Bob\n"
    static let orders = "order_reference,customer_reference\nO1,C1\nO2,C2\nO3,C1\n"

    @Test(arguments: [nil, 1, 10, 36, 40, 80, 120])
    func `a sum that leaves 38 digits on its way and comes back is exact`(chunkSize: Int?) throws {
        let most = String(repeating: "9", count: 36)
        let files = Self.files([
            .customers: Self.customers, .orders: Self.orders,
            .items:
                "order_reference,total_price\nO1,\(most)\nO1,\(most)\nO1,-\(most)\nO1,-\(most)\n",
        ])
        for tasks in [nil, 3] {
            let lines = try Self.outcome(files, chunkSize: chunkSize, sliceTasks: tasks).get()
            #expect(
                lines.sorted() == [Self.message("C1", 2, "0.00"), Self.message("C2", 1, "0.00")])
        }
    }

    @Test(arguments: [nil, 1, 10, 30, 60])
    func `numbers of different customers need no common scale`(chunkSize: Int?) throws {
        let files = Self.files([
            .customers: Self.customers, .orders: Self.orders,
            .items: "order_reference,total_price\nO1,9999999999999999999\n"
                + "O2,0.00000000000000000001\n",
        ])
        let lines = try Self.outcome(files, chunkSize: chunkSize).get()
        #expect(
            lines.sorted() == [
                Self.message("C1", 2, "9999999999999999999.00"),
                Self.message("C2", 1, "0.00000000000000000001"),
            ])
    }

    @Test(arguments: [nil, 1, 30, 60])
    func `a customer's result beyond 38 digits is refused by name, not by value in public`(
        chunkSize: Int?
    ) throws {
        let most = String(repeating: "9", count: 36) + ".99"
        for other in ["0.01", "0.000000000000000000001"] {
            let files = Self.files([
                .customers: Self.customers, .orders: Self.orders,
                .items: "order_reference,total_price\nO1,\(most)\nO2,5\nO3,\(other)\n",
            ])
            let outcome = try Self.outcome(files, chunkSize: chunkSize)
            let error = #expect(throws: StepError.self) { try outcome.get() }
            #expect(error?.errorName == "Sluice.NumberOutOfRange")
            #expect(
                error?.cause == "20240105: the amounts of customer \"C1\" add up to more than 38 "
                    + "digits, two behind the point counted")
            #expect(error?.loggedCause.contains("C1") == false)
            #expect(error?.loggedDetails?.isEmpty == true)
        }
    }

    @Test func `the zeros that other customers' scale brings are not digits of a result`() throws {
        // In 128 bits and at scale 3 the first sum has 39 digits, the last of them a zero.
        let most = String(repeating: "9", count: 35)
        let files = Self.files([
            .customers: Self.customers, .orders: Self.orders,
            .items:
                "order_reference,total_price\nO1,\(most).98\nO3,100000000000000000000000000000000000.01\n"
                + "O2,0.001\n",
        ])
        for size in [nil, 1, 50] {
            let lines = try Self.outcome(files, chunkSize: size).get()
            #expect(
                lines.sorted() == [
                    Self.message("C1", 2, "1\(most).99"), Self.message("C2", 1, "0.001"),
                ])
        }
    }

    @Test(arguments: 0..<16)
    func `amounts at the edge of 38 digits of all scales give what the oracle says`(
        seed: UInt64
    ) throws {
        let isTiny = seed % 4 == 0
        let set = MeantSet.edgeOfDigits(seed: seed, customers: isTiny ? 2 : 7)
        let files = try set.filesByInput(seed: seed)
        let expected = set.expected().messages.sorted()
        let isInRange = try expected.allSatisfy {
            let amount = try JSON(parsing: $0)["total_amount_spent"]?.number?.text ?? ""
            return BigDecimal(amount)!.moneyDigits <= 38
        }
        #expect(isInRange == (seed % 5 > 0), "seed \(seed)")
        for size in isTiny ? [nil, 1, 9, 60] : [nil, 40, 333] {
            for tasks in [nil, 5] {
                let outcome = try Self.outcome(
                    files, chunkSize: size, sliceTasks: tasks, seed: seed + UInt64(size ?? 0))
                switch outcome {
                case .success(let lines):
                    #expect(lines.sorted() == expected, "seed \(seed), chunks of \(size ?? 0)")
                case .failure(let error):
                    #expect(!isInRange, "seed \(seed), chunks of \(size ?? 0): \(error)")
                    #expect(error.errorName == "Sluice.NumberOutOfRange")
                }
                if !isInRange, case .success = outcome { Issue.record("seed \(seed) passed") }
            }
        }
    }
}
