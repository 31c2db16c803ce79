import CSV
import JSON
import LambdaRuntime
import Stores
import Testing

@testable import Pipeline

@Suite struct CustomerMessagesColumnsTests {
    static func header(_ header: String, _ input: JobInput) throws -> FileHeader {
        let bytes = Array(header.utf8)
        let header = try bytes.withUnsafeBufferPointer {
            try CSVHeader($0, isWholeFile: true, format: CSVFormat())
        }
        return FileHeader(
            object: ObjectReference(bucket: "drop", key: "f.csv", sizeBytes: bytes.count),
            input: input,
            header: header)
    }

    static func columns(_ header: String, _ input: JobInput) throws -> Columns {
        try Columns(Self.header(header, input))
    }

    static func error(_ header: String, _ input: JobInput) -> StepError? {
        do {
            _ = try columns(header, input)
            return nil
        } catch { return error as? StepError }
    }

    @Test func `columns are found by name, wherever they stand`() throws {
        let orders = try Self.columns("amount,x,customer_id,order_id", .orders)
        #expect(orders.dialect == .id)
        #expect(orders.key == 3 && orders.customer == 2 && orders.amount == 0)
        let items = try Self.columns("total_price,item_name,order_reference", .items)
        #expect(items.dialect == .reference && items.key == 2 && items.amount == 0)
        let plain = try Self.columns("item_id,order_id", .items)
        #expect(plain.dialect == .id && plain.key == 1 && plain.amount == nil)
        let customers = try Self.columns("a,customer_reference", .customers)
        #expect(customers.key == 1 && customers.customer == nil && customers.amount == nil)
        for columns in [orders, items, plain, customers] {
            let file = ObjectReference(bucket: "drop", key: "f.csv", sizeBytes: 9)
            let plan = FilePlan(
                input: "orders", dropped: file, read: file, delimiter: UInt8(ascii: ";"),
                bodyStart: 3, headerLineBreaks: 1, names: ["a"], columns: columns.json, chunks: 2)
            let stored = try JSON(parsing: plan.json.serialized())
            #expect(try Columns(FilePlan(StepInput(json: stored))) == columns)
        }
    }

    @Test func `what is missing is named, with the dialect that is nearer`() {
        let error = Self.error("order_id,customer_id,amout", .orders)
        #expect(error?.errorName == "Sluice.MissingColumn")
        #expect(error?.details?["column"] == "amount")
        #expect(error?.details?["line"] == 1)
        #expect(error?.details?["byteOffset"] == 0)
        #expect(error?.cause.contains("\"amout\"") == true)
        #expect(Self.error("a,b", .customers)?.details?["column"] == "customer_reference")
        // Names are compared by their bytes: another case, a space or a mark makes another name.
        for header in ["Customer_id", " customer_id", "customer_id ", "\u{200B}customer_id"] {
            #expect(Self.error(header, .customers)?.errorName == "Sluice.MissingColumn")
        }
    }

    @Test func `a name that the job reads and that stands twice is an error at the second`() {
        let error = Self.error("\u{FEFF}\n\"a\nb\",customer_id,\"customer_id\"", .customers)
        #expect(error?.errorName == "Sluice.DuplicateColumn")
        #expect(error?.details?["line"] == 3)
        #expect(error?.details?["byteOffset"] == 22)
        #expect(error?.details?["column"] == "customer_id")
        // Columns that it does not read are carried along, however they are called.
        for header in ["customer_id,,", "a,customer_id,a", "customer_id,é,e\u{301}"] {
            #expect(Self.error(header, .customers) == nil)
        }
    }

    @Test func `a job may ask that no name stands twice`() throws {
        let error = #expect(throws: StepError.self) {
            try Self.header("\u{FEFF}\n\"a\nb\",customer_id,\"a\nb\"", .customers).checkNoRepeats()
        }
        #expect(error?.errorName == "Sluice.DuplicateColumn")
        #expect(error?.details?["line"] == 3)
        #expect(error?.details?["byteOffset"] == 22)
        #expect(error?.details?["column"] == "a\nb")
        // Names without letters are none; one é or an e with an accent: other bytes, other columns.
        for header in ["customer_id,,", "customer_id,é,e\u{301}"] {
            try Self.header(header, .customers).checkNoRepeats()
        }
    }

    @Test func `an error about a hundred thousand columns is no novel`() {
        let names = (0..<100_000).map { "c\($0)" }.joined(separator: ",")
        let error = Self.error(names, .items)
        #expect(error?.errorName == "Sluice.MissingColumn")
        #expect(error?.cause.utf8.count ?? .max < 2000)
    }
}
