import JSON
import SQLite
import Stores
import System
import Testing

@testable import LocalDynamoDB

struct ExportTests {
    let test: TestStore
    init() throws {
        test = try TestStore()
        let run = TestRun(columns: [("Name", "S"), ("n", "N"), ("yes", "BOOL"), ("name", "S")])
        _ = try test.load(
            run,
            [
                [.text("b"), .text("it's \"x\""), .number("12.5"), .bool(true), .absent],
                [.text("a"), .text(""), .number("-7"), .bool(false), .text("low")],
                [
                    .text("c"), .absent, .number("1234567890123456789012345678.5"), .absent,
                    .text("ü"),
                ],
            ])
    }

    private static func rows(_ path: String, _ sql: String) throws -> [[BoundValue]] {
        let connection = try Connection<SQLiteError>(path, access: .readOnly)
        return try connection.rows(sql) { row throws(SQLiteError) in
            (0..<row.columnCount).map { column in
                switch row.type(column) {
                case .integer: .int(row.int(column))
                case .text: .text(row.text(column))
                case .double: .text("\(row.double(column))")
                default: .null
                }
            }
        }
    }

    private static let shown: [[BoundValue]] = [
        [.text("a"), .text(""), .int(-7), .int(0), .text("low")],
        [.text("b"), .text("it's \"x\""), .text("12.5"), .int(1), .null],
        [.text("c"), .null, .text("1234567890123456789012345678.5"), .null, .text("ü")],
    ]

    @Test func `the view shows the attributes to any SQLite tool, without control attributes`()
        throws
    {
        let path = test.store.path(ofTable: "things")
        let found = try Self.rows(path, "SELECT id, Name, n, yes, name_2 FROM items ORDER BY id")
        #expect(found == Self.shown)
        let names = try Self.rows(path, "SELECT name FROM pragma_table_info('items')")
        #expect(
            names == ["id", "Name", "n", "yes", "name_2", "more_attributes"].map { [.text($0)] })
    }

    @Test(arguments: [0, Int.max])
    func `an exported file has one plain table`(sortedFromBytes: Int) throws {
        let path = test.directory + "/out.sqlite"
        for _ in 0..<2 {
            try test.store.export(
                "things", columns: ["Name", "id", "missing", "name"], to: path,
                sortedFromBytes: sortedFromBytes)
        }
        #expect(
            try Self.rows(path, "SELECT * FROM things ORDER BY id")
                == Self.shown.map { [$0[1], $0[0], .null, $0[4]] })
        #expect(
            try Self.rows(path, "SELECT name, pk, type FROM pragma_table_info('things')")
                == [
                    [.text("Name"), .int(0), .text("")], [.text("id"), .int(1), .text("TEXT")],
                    [.text("missing"), .int(0), .text("")], [.text("name_2"), .int(0), .text("")],
                ])
        #expect(
            try Self.rows(path, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'")
                == [[.int(1)]])
        let others = try FileSystem.names(in: test.directory).filter { $0.contains("out") }
        #expect(others == ["out.sqlite"])
    }

    @Test func `what cannot be exported is refused`() throws {
        let path = test.directory + "/out.sqlite"
        _ = try test.store.call("CreateTable", TestTable.description("sorted"))
        for (table, columns) in [
            ("things", []), ("things", ["Name"]), ("things", ["id", "a\0"]),
            ("things", ["id"] + (0..<2000).map { "c\($0)" }), ("sorted", ["pk"]),
        ] {
            #expect {
                try test.store.export(table, columns: columns, to: path)
            } throws: { ($0 as? TableError)?.code == "ValidationException" }
        }
        #expect(throws: TableError.notFound("none")) {
            try test.store.export("none", columns: ["id"], to: path)
        }
        #expect(throws: TableError.self) {
            try test.store.export("things", columns: ["id"], to: test.directory + "/none/out")
        }
        #expect(try FileStatus(of: path) == nil)
    }

    @Test func `items are shown as plain values`() throws {
        _ = try test.store.call(
            "PutItem",
            [
                "TableName": "things",
                "Item": [
                    "id": ["S": "z"], "n": ["N": "0.10"], "_v": ["S": "hidden"],
                    "l": [
                        "L": [["NULL": true], ["NS": ["1", "2.5"]], ["M": ["x": ["B": "AA=="]]]]
                    ],
                ],
            ])
        #expect(
            try test.store.item(of: "things", key: "z").map { JSON.object($0).serialized() }
                == #"{"id":"z","n":0.1,"l":[null,[1,2.5],{"x":"AA=="}]}"#)
        #expect(try test.store.item(of: "things", key: "none") == nil)
        #expect(
            try test.store.attributeNames(of: "things") == ["id", "Name", "n", "yes", "name", "l"])
        var keys: [String] = []
        try test.store.forEachItem(of: "things") { item in
            keys.append(item["id"]?.string ?? "")
            #expect(item["_v"] == nil)
            return true
        }
        #expect(keys.sorted() == ["a", "b", "c", "z"])
        keys = []
        try test.store.forEachItem(of: "things") {
            keys.append($0["id"]?.string ?? "")
            return keys.count < 2
        }
        #expect(keys.count == 2)
    }

    @Test func `items are read in pages, each once`() throws {
        let text = String(repeating: "x", count: 100_000)
        let run = TestRun(columns: [("text", "S")])
        _ = try test.load(run, (0..<35).map { [.text("k\($0)"), .text(text)] })
        var keys: [String] = []
        try test.store.forEachItem(of: "things") {
            keys.append($0["id"]?.string ?? "")
            return true
        }
        #expect(keys.count == 38 && Set(keys).count == 38)
        let page = try test.store.call("Scan", ["TableName": "things"])
        #expect(page["LastEvaluatedKey"] != nil)
    }
}
