import JSON
import LambdaRuntime
import Stores
import Testing

@testable import Pipeline

@Suite struct ValidateTests {
    /// The error of a customers file on its way through validate, parse and seal; nil when it passes.
    static func failure(_ bytes: [UInt8], chunkSize: Int? = nil) throws -> JobDriver.Failure? {
        let workplace = try Workplace()
        let file = try workplace.drop("customers_1.csv", bytes)
        do {
            try JobDriver(environment: workplace.environment(chunkSizeBytes: chunkSize))
                .receive([.customers: file])
            return nil
        } catch let failure as JobDriver.Failure {
            return failure
        }
    }

    @Test(arguments: [
        ("", "ValidateCustomers", "Sluice.EmptyFile"),
        ("\u{FEFF}", "ValidateCustomers", "Sluice.EmptyFile"),
        ("\n\r\n", "ValidateCustomers", "Sluice.EmptyFile"),
        ("customer_id", "ValidateCustomers", "Sluice.NoRecords"),
        ("\u{FEFF}customer_id\r\n", "ValidateCustomers", "Sluice.NoRecords"),
        ("customer_id\n\r\n\n\n", "SealCustomers", "Sluice.NoRecords"),
        ("a;customer_id\n1;2\n", "ValidateCustomers", "Sluice.MissingColumn"),
        ("customer_id\u{0}\n1\n", "ValidateCustomers", "Sluice.NULByte"),
    ])
    func `a file without header or record fails by name, and the cause names the file`(
        text: String, state: String, error: String
    ) throws {
        for size in [nil, 1] {
            let failure = try #require(try Self.failure(Array(text.utf8), chunkSize: size))
            #expect(failure.state == state)
            #expect(failure.error.errorName == error)
            #expect(failure.error.cause.hasPrefix("customers_1.csv: "))
            #expect(failure.error.details?["file"] == "customers_1.csv")
        }
    }

    @Test(arguments: [65_000, 65_535, 65_536, 65_537, 200_000, 900_000])
    func `a header longer than what is read first is read whole`(bytes: Int) throws {
        var text = "customer_id"
        var number = 0
        while text.utf8.count < bytes - 12 {
            number += 1
            text += ",column\(number)"
        }
        text += "," + String(repeating: "x", count: bytes - text.utf8.count - 2) + "\n"
        #expect(text.utf8.count == bytes)
        // A record of the right number of fields.
        text += "1" + String(repeating: ",", count: number + 1) + "\n"
        #expect(try Self.failure(Array(text.utf8)) == nil)
    }

    /// 256 KiB is the most that Step Functions hands to a task.
    @Test(arguments: [10_000, 40_000, 900_000])
    func `a work order is small however long the header, and rejects name their column`(
        bytes: Int
    ) throws {
        var names = ["customer_id"]
        // Quotation marks take twice the room in JSON.
        while names.count * 100 < bytes { names.append("\(names.count)" + q(80)) }
        func q(_ count: Int) -> String { String(repeating: "\"\"", count: count / 2) }
        let header = names.map { "\"\($0)\"" }.joined(separator: ",")
        let text =
            header + "\n"
            + (1...8).map { "\($0)" + String(repeating: ",", count: names.count - 1) }
            .joined(separator: "\n") + "\n"
            // An empty key, and a NUL in the last column.
            + String(repeating: ",", count: names.count - 1) + "\n"
            + "9" + String(repeating: ",", count: names.count - 1) + "\u{0}\n"
        let workplace = try Workplace()
        let file = try workplace.drop("customers_1.csv", Array(text.utf8))
        let environment = workplace.environment(chunkSizeBytes: bytes / 50, allowedRejects: 2)
        try JobDriver(environment: environment).receive([.customers: file])
        let storage = RunStorage(environment: environment, prefix: "customer-messages/20240105-1/")
        let items = try storage.get("manifests/customers.json").array ?? []
        #expect(items.count > 1)
        #expect(items.allSatisfy { $0.serialized().utf8.count < 64 << 10 })
        let rejects = try environment.objects.getObject(
            bucket: "work", key: storage.key("rejects/customers.jsonl"))
        let columns = try rejects.split(separator: UInt8(ascii: "\n"))
            .map { try JSON(parsing: $0)["column"]?.string }
        #expect(columns.first == "customer_id")
        let last = names[names.count - 1].replacing("\"\"", with: "\"")
        #expect(columns.count == 2)
        #expect(columns.last == last)
    }

    @Test func `a header past the limit of a record is refused`() throws {
        let field = String(repeating: "x", count: 100_000) + ","
        let text = String(repeating: field, count: 11) + "customer_id\n1\n"
        let failure = try #require(try Self.failure(Array(text.utf8)))
        #expect(failure.state == "ValidateCustomers")
        #expect(failure.error.errorName == "Sluice.RecordTooLarge")
        #expect(failure.error.details?["line"] == 1)
    }

    @Test func `a column that is missing is named with its place`() throws {
        let failure = try #require(try Self.failure(Array("\u{FEFF}\nname,id\n1,2\n".utf8)))
        #expect(
            failure.error.cause.hasPrefix(
                "customers_1.csv: line 2, byte offset 4, column customer_reference: "))
        #expect(failure.error.cause.contains("\"name\", \"id\""))
    }
}
