import JSON
import LambdaRuntime
import MeantSets
import Stores
import Testing

@testable import Pipeline

extension MeantSet {
    func filesByInput(
        seed: UInt64, delimiter: UInt8 = UInt8(ascii: ",")
    ) throws -> [JobInput: [UInt8]] {
        Dictionary(
            uniqueKeysWithValues: try files(seed: seed, delimiter: delimiter).map {
                (try CustomerMessages.input($0), $1)
            })
    }
}

@Suite struct CustomerMessagesTests {
    /// Runs a set at a chunk size and returns its messages, in the order they left in.
    static func messages(
        _ files: [JobInput: [UInt8]], chunkSize: Int?, delimiter: UInt8 = UInt8(ascii: ","),
        configure: (inout JobDriver) -> Void = { _ in }
    ) throws -> (lines: [String], summary: JSON) {
        let workplace = try Workplace()
        var references: [JobInput: ObjectReference] = [:]
        for (kind, bytes) in files {
            references[kind] = try workplace.drop("\(kind.name)_20240105.csv", bytes)
        }
        var driver = JobDriver(
            environment: workplace.environment(chunkSizeBytes: chunkSize, delimiter: delimiter))
        configure(&driver)
        let summary = try driver.execute(references)
        return (try Workplace.lines(of: workplace.queue), summary)
    }

    @Test(arguments: 0..<14)
    func `a random set gives what the oracle says, the same bytes for every chunk size`(
        seed: UInt64
    ) throws {
        let set = MeantSet.random(seed: seed, records: seed < 5 ? 4 : 40)
        let delimiter: UInt8 = [0x2C, 0x3B, 0x09, 0x7C][Int(seed / 2 % 4)]
        let files = try set.filesByInput(seed: seed, delimiter: delimiter)
        let expected = set.expected()
        let (lines, summary) = try Self.messages(files, chunkSize: nil, delimiter: delimiter)
        #expect(lines.sorted() == expected.messages.sorted(), "seed \(seed)")
        for (name, count) in expected.counts {
            #expect(summary[name]?.int == count, "seed \(seed), \(name)")
        }
        for size in seed < 5 ? [1, 2, 7, 64] : [64, 500] {
            let again = try Self.messages(files, chunkSize: size, delimiter: delimiter) {
                $0.seed = seed
                $0.isTwice = seed % 4 == 0
                $0.sliceTasks = size == 64 ? 3 : nil
                // Another secret, as another run has: the order does not hang on it.
                $0.secret = String(repeating: "fedcba98\(10_000_000 + size)", count: 4)
            }
            #expect(again.lines == lines, "seed \(seed), chunks of \(size)")
            for (name, count) in expected.counts {
                #expect(again.summary[name]?.int == count, "seed \(seed), \(size), \(name)")
            }
        }
    }

    @Test func `no two tasks of the join take the same slices, however many there are`() throws {
        let set = MeantSet.random(seed: 99, records: 60)
        let files = try set.filesByInput(seed: 99, delimiter: 0x2C)
        let (lines, _) = try Self.messages(files, chunkSize: 50)
        for tasks in [2, 7, 64] {
            let again = try Self.messages(files, chunkSize: 200) {
                $0.sliceTasks = tasks
                $0.seed = UInt64(tasks)
            }
            #expect(again.lines == lines, "\(tasks) tasks")
            #expect(again.summary["tasks"]?["emit"]?.int == tasks)
        }
    }

    /// A file of each kind, one of them as given.
    static func files(_ kind: JobInput, _ text: String) -> [JobInput: [UInt8]] {
        var files: [JobInput: [UInt8]] = [
            .customers: Array("customer_id\n1\n".utf8),
            .orders: Array("order_id,customer_id,amount\n10,1,2.50\n".utf8),
            .items: Array("item_id,order_id\n100,10\n".utf8),
        ]
        files[kind] = Array(text.utf8)
        return files
    }

    @Test func `an order's amount of more digits than the items' prices is not in the way`() throws
    {
        var files = Self.files(.orders, "order_id,customer_id,amount\n10,1,2.123456\n")
        files[.items] = Array("order_id,total_price\n10,1.25\n".utf8)
        let (lines, _) = try Self.messages(files, chunkSize: nil)
        #expect(
            lines.map { try? JSON(parsing: $0)["total_amount_spent"]?.number?.text } == ["1.25"])
    }

    @Test func `a cancelled number stays exact, whatever the chunks`() throws {
        let big = "99999999999999999999999999999999999.99"
        let files = Self.files(
            .orders,
            "order_id,customer_id,amount\na,1,\(big)\nb,1,0.01\nc,1,-\(big)\nd,1,.1\ne,1,-0.1\n")
        for size in [1, 30, 1000] {
            let (lines, _) = try Self.messages(files, chunkSize: size)
            #expect(
                lines.map { try? JSON(parsing: $0)["total_amount_spent"]?.number?.text } == ["0.01"]
            )
        }
    }

    @Test func `files of two dialects do not go together`() throws {
        do {
            _ = try Self.messages(
                Self.files(.customers, "customer_reference\n1\n"), chunkSize: nil)
            Issue.record("passed")
        } catch let failure as JobDriver.Failure {
            #expect(failure.state == "SealFileSet")
            #expect(failure.error.errorName == "Sluice.MixedDialects")
            #expect(failure.error.cause.contains("customers_20240105.csv"))
        }
    }

    @Test func `a file that changes between two steps fails with its version`() throws {
        let workplace = try Workplace()
        var references: [JobInput: ObjectReference] = [:]
        for (kind, bytes) in Self.files(.items, "item_id,order_id\n100,10\n101,10\n") {
            references[kind] = try workplace.drop("\(kind.name)_1.csv", bytes)
        }
        _ = try workplace.drop("items_1.csv", Array("item_id,order_id\n100,10\n102,10\n".utf8))
        let driver = JobDriver(environment: workplace.environment())
        #expect {
            try driver.execute(references)
        } throws: { error in
            (error as? JobDriver.Failure)?.error.errorName == "Sluice.VersionChanged"
        }
    }

    @Test
    func `allowed rejects are left out, listed whole, and at the same places for every chunk size`()
        throws
    {
        let text =
            "order_id,customer_id,amount\n10,1,2.50\n\"11\n\",1,x\r\n12,1\n,1,5\n13,1,\"1\"\n14,\u{0},2\n15,1,3\n"
        var first: [String]?
        for size in [1, 3, 20, 1000] {
            let workplace = try Workplace()
            var references: [JobInput: ObjectReference] = [:]
            for (kind, bytes) in Self.files(.orders, text) {
                references[kind] = try workplace.drop("\(kind.name)_1.csv", bytes)
            }
            let driver = JobDriver(
                environment: workplace.environment(chunkSizeBytes: size, allowedRejects: 5),
                fileSet: "1")
            let summary = try driver.execute(references)
            // Of five lines.
            #expect(summary["rejects"] == 4)
            #expect(
                try Workplace.lines(of: workplace.queue) == [
                    "{\"type\":\"customer_message\",\"customer_reference\":\"1\","
                        + "\"number_of_orders\":3,\"total_amount_spent\":6.50}"
                ])
            let list = try workplace.objects.getObject(
                bucket: "work", key: "customer-messages/1-1/rejects/orders.jsonl")
            let rejects = try list.split(separator: 0x0A).map { try JSON(parsing: $0) }
            #expect(
                rejects.map { $0["reason"]?.string } == [
                    "Sluice.NotANumber", "Sluice.WrongFieldCount", "Sluice.EmptyKey",
                    "Sluice.NULByte",
                ])
            #expect(rejects.map { $0["record"]?.int } == [2, 3, 4, 6])
            #expect(rejects.map { $0["line"]?.int } == [4, 5, 6, 8])
            #expect(rejects.map { $0["byte_offset"]?.int } == [46, 49, 54, 71])
            #expect(rejects.map { $0["lines"]?.int } == [2, 1, 1, 1])
            #expect(
                rejects.map { $0["raw"]?.string } == ["\"11\n\",1,x", "12,1", ",1,5", "14,\u{0},2"])
            let texts = rejects.map { $0.serialized() }
            #expect(first == nil || first == texts, "chunks of \(size)")
            first = texts
        }
    }
}
