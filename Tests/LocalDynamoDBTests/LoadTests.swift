import JSON
import SQLite
import Stores
import System
import Testing

@testable import LocalDynamoDB

struct LoadTests {
    /// Runs with various columns, some started later than others that write after them.
    private static func runs(_ random: inout SeededNumbers, versions: Bool) -> [TestRun] {
        let all = [("a", "S"), ("B", "N"), ("c", "BOOL"), ("b", "S"), ("d", "S")]
        var starts = Array(1...6).shuffled(using: &random)
        // A redrive writes once more.
        starts.append(starts[0])
        var byStart: [Int: TestRun] = [:]
        return starts.map { start in
            if let known = byStart[start] { return known }
            let run = TestRun(
                columns: all.filter { _ in Int.random(in: 0..<5, using: &random) > 1 },
                mode: Int.random(in: 0..<4, using: &random) == 0 ? .replace : .merge,
                start: versions ? start : nil)
            byStart[start] = run
            return run
        }
    }

    private static func row(_ run: TestRun, _ random: inout SeededNumbers) -> [TestValue] {
        let key = "k\(Int.random(in: 0..<12, using: &random))"
        return [.text(key)]
            + run.columns.map { column in
                if Int.random(in: 0..<5, using: &random) == 0 { return .absent }
                switch column.type {
                case "BOOL": return .bool(.random(using: &random))
                case "N":
                    let numbers = [
                        "0", "-1", "9223372036854775807", "-9223372036854775808",
                        "9223372036854775808", "0.5", "-12.25", "1000000000000000000000000",
                        "\(Int.random(in: -9999...9999, using: &random))",
                    ]
                    return .number(numbers.randomElement(using: &random)!)
                default:
                    let texts = ["", "ü", "x\0y", "\(Int.random(in: 0..<1000, using: &random))"]
                    return .text(texts.randomElement(using: &random)!)
                }
            }
    }

    @Test(arguments: [(true, UInt64.max), (true, 3), (false, .max), (false, 3)])
    func `a load leaves what single conditional writes would`(
        versions: Bool, hashMask: UInt64
    ) throws {
        let seed = SeededNumbers.seed("loads")
        for round in 0..<20 {
            var random = SeededNumbers(seed: seed &+ UInt64(round))
            let short = try TestStore(hashMask: hashMask)
            let plain = try TestStore()
            let single = try TestStore()
            let runs = Self.runs(&random, versions: versions)
            for run in runs {
                for _ in 0..<2 {
                    let rows = (0..<10).map { _ in Self.row(run, &random) }
                    let answer = try short.load(run, rows, known: runs)
                    #expect(try plain.load(run, rows, known: runs, byItem: true) == answer)
                    var last: [String: [TestValue]] = [:]
                    for row in rows { last[row[0].attribute!["S"]!.string!] = row }
                    for row in last.values {
                        try single.writeConditionally(run, row, known: runs)
                    }
                    let counted = ["Written", "Superseded", "Merged"].map { answer[$0]?.int ?? 0 }
                    #expect(counted.reduce(0, +) == last.count)
                    #expect(answer["Repeated"]?.int == rows.count - last.count)
                }
                let expected = try single.items()
                #expect(try short.items(limit: 3) == expected, "seed \(seed), round \(round)")
                #expect(try plain.items() == expected, "seed \(seed), round \(round)")
            }
        }
    }

    @Test func `loads end as if the runs had come in the order of their start`() throws {
        let seed = SeededNumbers.seed("order of runs")
        for round in 0..<30 {
            var random = SeededNumbers(seed: seed &+ UInt64(round))
            let runs = Self.runs(&random, versions: true)
            // One file a run, in batches that interleave with other runs'.
            var files: [Int: [[TestValue]]] = [:]
            for run in runs where files[run.start!] == nil {
                files[run.start!] = (0..<8).map { _ in Self.row(run, &random) }
            }
            let late = try TestStore()
            for run in runs { _ = try late.load(run, files[run.start!]!, known: runs) }
            let inOrder = try TestStore()
            for run in Dictionary(grouping: runs, by: \.start!).sorted(by: { $0.key < $1.key }) {
                _ = try inOrder.load(run.value[0], files[run.key]!, known: runs)
            }
            func plain(_ store: TestStore) throws -> [String: JSONObject] {
                try store.items().mapValues { item in
                    JSONObject(item.filter { !$0.name.hasPrefix("_v") }.map { ($0.name, $0.value) })
                }
            }
            #expect(try plain(late) == plain(inOrder), "seed \(seed), round \(round)")
        }
    }

    @Test func `rows without versions are there as they were, the last of a key`() throws {
        let test = try TestStore()
        let run = TestRun(
            columns: [("name", "S"), ("n", "N"), ("yes", "BOOL")], start: nil)
        let answer = try test.load(
            run,
            [
                [.text("b"), .text("old"), .number("1"), .absent],
                [.text("a"), .text(""), .number("0.5"), .bool(true)],
                [.text("b"), .text("new"), .absent, .bool(false)],
            ])
        #expect(answer == ["Written": 2, "Superseded": 0, "Merged": 0, "Repeated": 1])
        #expect(
            try test.items() == [
                "a": [
                    "id": ["S": "a"], "name": ["S": ""], "n": ["N": "0.5"], "yes": ["BOOL": true],
                ],
                "b": ["id": ["S": "b"], "name": ["S": "new"], "yes": ["BOOL": false]],
            ])
    }

    @Test(
        arguments: [
            ([], nil), ([3, 97, 98, 0, 0], nil), ([3, 97], "DamagedRows"),
            ([3, 97, 98], "DamagedRows"), ([3, 97, 98, 0], "DamagedRows"),
            ([0, 0, 0], "DamagedRows"), ([1, 0, 0], "DamagedRows"),
            ([2, 97, 0x80], "DamagedRows"), ([2, 97, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], "DamagedRows"),
            ([2, 97, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80], "DamagedRows"),
            ([2, 0xFF, 0, 0], "DamagedRows"), ([2, 97, 2, 0x78, 0], "DamagedRows"),
            ([2, 97, 3, 0x30, 0x31, 0], "DamagedRows"), ([2, 97, 2, 0x31, 0], nil),
            ([2, 97, 0, 2, 1], nil), ([2, 97, 0, 2, 2], "DamagedRows"),
            ([2, 97, 0, 3, 1, 1], "DamagedRows"), ([2, 97, 1, 0], "DamagedRows"),
        ] as [([UInt8], String?)])
    func `bytes that are no rows are refused, and nothing is written`(
        bytes: [UInt8], code: String?
    ) throws {
        let test = try TestStore()
        let run = TestRun(columns: [("n", "N"), ("b", "BOOL")])
        let header = run.header("things", known: [])
        // A sound row comes before.
        let all = TestRun.bytes([[.text("first"), .absent, .absent]]) + bytes
        do {
            _ = try all.withUnsafeBytes { try test.store.load(header: header, rows: $0) }
            #expect(code == nil)
        } catch {
            #expect((error as? TableError)?.code == code)
            #expect(try test.items() == [:])
        }
    }

    @Test func `what would be too large an item is named by its key, merged ones too`() throws {
        let test = try TestStore()
        let long = String(repeating: "x", count: 250_000)
        func load(_ column: String, _ text: String, start: Int) throws -> JSON {
            let run = TestRun(columns: [(column, "S")], start: start)
            return try test.load(run, [[.text("k"), .text(text)]], known: [run])
        }
        _ = try load("a", long, start: 1)
        for (column, text) in [("b", long), ("c", long + long)] {
            #expect {
                try load(column, text, start: 2)
            } throws: {
                let error = $0 as? TableError
                return error?.code == "ItemTooLarge" && error?.details == ["Key": "k"]
            }
        }
        #expect(try load("b", "short", start: 2)["Written"] == 1)
        #expect(try test.items()["k"]?.names.sorted().prefix(3).contains("_v") == true)
    }

    @Test func `a version of another program and unknown columns stop the load`() throws {
        let test = try TestStore()
        for foreign: JSON in [["N": "3"], ["S": "zzz"]] {
            _ = try test.store.call(
                "PutItem", ["TableName": "things", "Item": ["id": ["S": "k"], "_v": foreign]])
            #expect {
                try test.load(TestRun(columns: [("a", "S")]), [[.text("k"), .text("x")]])
            } throws: {
                let error = $0 as? TableError
                return error?.code == "ForeignVersion" && error?.details == ["Key": "k"]
            }
        }
        let newer = TestRun(columns: [("b", "S")], start: 9)
        _ = try test.load(newer, [[.text("l"), .text("x")]])
        let older = TestRun(columns: [("a", "S")], start: 8)
        #expect {
            try test.load(older, [[.text("l"), .text("x")]])
        } throws: {
            let error = $0 as? TableError
            return error?.code == "UnknownColumns"
                && error?.details == ["Hashes": [JSON(newer.order!.columnsHash)]]
        }
        #expect(try test.load(older, [[.text("l"), .text("x")]], known: [newer])["Merged"] == 1)
    }

    @Test func `a header that does not fit the table is refused`() throws {
        let test = try TestStore()
        _ = try test.store.call("CreateTable", TestTable.description("sorted"))
        let sound = TestRun(columns: [("a", "S")]).header("things", known: []).object!
        let wrong: [(String, JSON, String)] = [
            ("TableName", "none", "ResourceNotFoundException"),
            ("TableName", "sorted", "ValidationException"),
            ("TableName", 1, "SerializationException"), ("Key", "a", "ValidationException"),
            ("Key", "b", "ValidationException"), ("Mode", "add", "ValidationException"),
            ("Columns", [], "ValidationException"), ("Columns", 1, "SerializationException"),
            ("Columns", [["Name": "id", "Type": "N"]], "ValidationException"),
            ("Columns", [["Name": "id", "Type": "X"]], "ValidationException"),
            (
                "Columns",
                [["Name": "id", "Type": "S"], ["Name": "_v_all", "Type": "S"]],
                "ValidationException"
            ),
            (
                "Columns", [["Name": "id", "Type": "S"], ["Name": "id", "Type": "S"]],
                "ValidationException"
            ), ("Version", "1", "ValidationException"),
            ("ColumnsHash", "x", "ValidationException"),
        ]
        for (name, value, code) in wrong {
            var header = sound
            header[name] = value
            let refused = header
            #expect {
                try test.store.load(
                    header: .object(refused), rows: UnsafeRawBufferPointer(start: nil, count: 0))
            } throws: { ($0 as? TableError)?.code == code }
        }
    }

    @Test func `loading one table keeps nobody from another one`() throws {
        let test = try TestStore(["things", "others"])
        let run = TestRun(columns: [("a", "S")])
        try test.store.withTable("things", writes: true) { _ throws(TableError) in
            // While somebody works on the one table, all is done on the other.
            do {
                _ = try test.load(run, [[.text("k"), .text("x")]], table: "others")
            } catch { throw .internalError("\(error)") }
        }
        #expect(try test.items("others").count == 1)
    }
}
