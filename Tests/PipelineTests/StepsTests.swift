import CSV
import JSON
import Stores
import Testing

@testable import Pipeline

@Suite struct ChunkPlanTests {
    @Test(
        arguments: [
            (0..<1, nil), (5..<6, 1), (10..<110, 7), (10..<110, 100), (10..<110, 1000),
            (3..<64, 61),
            (0..<(1 << 40), nil), (1..<(200 << 30), nil), (0..<1000, 0), (0..<1000, -5),
        ] as [(Range<Int>, Int?)])
    func `chunks cover the body without gap or overlap`(body: Range<Int>, size: Int?) throws {
        let ranges = try ChunkPlan.ranges(body: body, chunkSizeBytes: size, file: "f.csv")
        #expect(ranges.first?.lowerBound == body.lowerBound)
        #expect(ranges.last?.upperBound == body.upperBound)
        #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
        #expect(ranges.allSatisfy { !$0.isEmpty && $0.count <= ChunkPlan.maximumChunkSizeBytes })
        #expect(ranges.count <= ChunkPlan.maximumChunks)
        if size == nil { #expect(ranges.count <= ChunkPlan.wantedChunks) }
    }

    @Test func `a row of the longest chunk fits the index of its part`() {
        // The shortest record of orders, `1,2` and a line feed, makes a row of 34 + 16 bytes.
        let worst = max(50.0 / 4, 19.0 / 2, 32.0 / 4)
        #expect(Double(ChunkPlan.maximumChunkSizeBytes) * worst < Double(UInt32.max))
    }

    @Test func `too many chunks are an error that says so`() {
        #expect {
            try ChunkPlan.ranges(body: 0..<1_000_000, chunkSizeBytes: 3, file: "f.csv")
        } throws: {
            ($0 as? StepError)?.errorName == "Sluice.TooManyChunks"
        }
    }
}

@Suite struct FileNameTests {
    @Test(
        arguments: [
            ("customers_20240105.csv", .customers, "20240105"), ("order_7.csv", .orders, "7"),
            ("ITEMS_a_b.CSV", .items, "a_b"), ("Customer_x.Csv", .customers, "x"),
            ("partner/orders_7.csv", .orders, "partner.7"),
            ("a/b/items_1.csv", .items, "a.b.1"),
            ("orders_2024-01-05.v2.csv", .orders, "2024-01-05.v2"),
            ("items_a+b=c@d.csv", .items, "a+b=c@d"), ("orders__.csv", .orders, "_"),
        ] as [(String, FileKind, String)])
    func `a key names kind and set`(key: String, kind: FileKind, fileSet: String) throws {
        let name = try FileName(key: key)
        #expect(name.kind == kind)
        #expect(name.fileSet == fileSet)
    }

    @Test(arguments: [
        "", "customers.csv", "customers_1.txt", "customers_1", "clients_1.csv", "_1.csv", "/",
        "items_1.csv/", "items_1.csv.gz", "itemss_1.csv", " items_1.csv", "notes/readme.csv",
    ])
    func `another file is none of ours`(key: String) {
        #expect(throws: FileName.Failure.otherFile) { try FileName(key: key) }
    }

    @Test(arguments: [
        ("items_.csv", ""), ("items_a b.csv", "a b"), ("items_é.csv", "é"),
        ("my folder/items_1.csv", "my folder.1"), ("items_a%20b.csv", "a%20b"),
        ("items_a:b.csv", "a:b"), ("items_a,b.csv", "a,b"), ("items_\n.csv", "\n"),
        (
            "items_" + String(repeating: "x", count: 71) + ".csv",
            String(repeating: "x", count: 71)
        ),
    ])
    func `a set that cannot name an execution is refused`(key: String, fileSet: String) {
        #expect(throws: FileName.Failure.badFileSet(fileSet)) { try FileName(key: key) }
    }

    @Test func `the longest set, a dash and a run of nine digits fit an execution's name`() throws {
        let name = try FileName(key: "items_" + String(repeating: "x", count: 70) + ".csv")
        #expect("\(name.fileSet)-123456789".utf8.count == 80)
    }
}

@Suite struct FileColumnsTests {
    static func columns(_ header: String, _ kind: FileKind) throws -> FileColumns {
        let bytes = Array(header.utf8)
        let header = try bytes.withUnsafeBufferPointer {
            try CSVHeader($0, isWholeFile: true, format: CSVFormat())
        }
        return try FileColumns(header, kind: kind, file: "f.csv")
    }

    static func error(_ header: String, _ kind: FileKind) -> StepError? {
        do {
            _ = try columns(header, kind)
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
            #expect(try FileColumns(StepInput(json: columns.json)) == columns)
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

    @Test func `a name that stands twice is an error at the second`() {
        let error = Self.error("\u{FEFF}\n\"a\nb\",customer_id,\"a\nb\"", .customers)
        #expect(error?.errorName == "Sluice.DuplicateColumn")
        #expect(error?.details?["line"] == 3)
        #expect(error?.details?["byteOffset"] == 22)
        #expect(error?.details?["column"] == "a\nb")
        #expect(Self.error("customer_id,,", .customers)?.errorName == "Sluice.DuplicateColumn")
        // One é or an e with an accent: other bytes, other columns.
        #expect(Self.error("customer_id,é,e\u{301}", .customers) == nil)
    }

    @Test func `an error about a hundred thousand columns is no novel`() {
        let names = (0..<100_000).map { "c\($0)" }.joined(separator: ",")
        let error = Self.error(names, .items)
        #expect(error?.errorName == "Sluice.MissingColumn")
        #expect(error?.cause.utf8.count ?? .max < 2000)
    }
}

@Suite struct S3EventTests {
    static let keys = [
        "customers_1.csv", "a b.csv", "a+b.csv", "a%b.csv", "a%2Bb.csv", "é/日本 😀.csv", "%", "%%41",
        "a*b-c_d.e/f", "\"<>&?#\n\t", "100%", "%e",
    ]

    @Test(arguments: keys)
    func `a key comes back from its event`(key: String) throws {
        let record = S3Event.Record(
            object: ObjectReference(
                bucket: "drop", key: key, versionID: "v 1", eTag: "abc", sizeBytes: 7),
            sequencer: "0055AED6DCD90281E5")
        let event = try JSON(parsing: S3Event.json([record]).serialized())
        #expect(try S3Event.records(event) == [record])
    }

    @Test(arguments: [
        ("a+b", "a b"), ("a%2Bb", "a+b"), ("a%2bb", "a+b"), ("%C3%A9", "é"), ("é+%", "é %"),
        ("%4", "%4"), ("%+1", "% 1"), ("%-1", "%-1"), ("%zz", "%zz"), ("%é", "%é"),
        ("100%25", "100%"),
    ])
    func `keys are decoded as S3 encodes them, and what is no code stays`(
        encoded: String, decoded: String
    ) {
        #expect(S3Event.decode(encoded) == decoded)
    }

    @Test func `other events and other services are passed over`() throws {
        #expect(try S3Event.records(["action": "await"]) == nil)
        let event: JSON = [
            "Records": [
                ["eventSource": "aws:s3", "eventName": "ObjectRemoved:Delete", "s3": [:]],
                ["eventSource": "aws:sqs", "eventName": "ObjectCreated:Put"],
            ]
        ]
        #expect(try S3Event.records(event) == [])
    }

    @Test func `sequencers are compared as if filled up with zeros on the right`() {
        func less(_ a: String, _ b: String) -> Bool {
            let object = ObjectReference(bucket: "b", key: "k", sizeBytes: 0)
            let (a, b) = (
                S3Event.Record(object: object, sequencer: a).comparableSequencer,
                S3Event.Record(object: object, sequencer: b).comparableSequencer
            )
            return a.utf8.lexicographicallyPrecedes(b.utf8)
        }
        #expect(less("0055AED6DCD9", "0055AED6DCD90281E5"))
        #expect(!less("0055AED6DCD9", "0055AED6DCD900"))
        #expect(!less("0055AED6DCD900", "0055AED6DCD9"))
        #expect(less("0055AED6DCD90281E5", "0056"))
    }
}
