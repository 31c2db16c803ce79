import AWSClient
import HTTP
import JSON
import LoopbackServer
import PythonEnvironment
import System
import Testing

@testable import Stores

extension Emulated {
    /// Loads into moto's DynamoDB through a proxy that does harm.
    @Suite struct ItemFaultTests {
        let emulator: FaultyEmulator?
        init() throws { emulator = try FaultyEmulator.get() }

        private static let faults: [Fault] = [
            .resetBefore, .resetAfter, .unavailable, .throttled, .truncated, .duplicated,
        ]

        private func makeTable(_ name: String, _ emulator: FaultyEmulator) throws {
            try LocalItemTable(name: name, emulator.directClient()).create(
                key: ItemKeyAttribute("id"))
        }

        /// All items without their keys, by them.
        private func items(
            _ name: String, _ emulator: FaultyEmulator
        ) throws -> [String: [String: String]] {
            var items: [String: [String: String]] = [:]
            var input: JSONObject = ["TableName": .string(name)]
            while true {
                let answer = try emulator.directClient().call(.dynamoDB, "Scan", .object(input))
                for item in (answer["Items"]?.array ?? []).compactMap(\.object) {
                    var values: [String: String] = [:]
                    for (name, value) in item where !RunOrder.isControl(name, attribute: "_v") {
                        values[name] = value["S"]?.string ?? value["N"]?.string
                    }
                    items[values.removeValue(forKey: "id") ?? ""] = values
                }
                guard let next = answer["LastEvaluatedKey"] else { return items }
                input["ExclusiveStartKey"] = next
            }
        }

        @Test func `runs that write at a time, through faults, end in the order of their start`()
            throws
        {
            guard let emulator else { return }
            try makeTable("ordered", emulator)
            let dice = Dice()
            let sets = MemoryTable()
            let runs: [(start: Int, columns: [String], mode: RunOrder.Mode)] = [
                (1, ["a", "b"], .merge), (2, ["b", "c"], .merge), (3, ["c"], .replace),
                (4, ["a", "d"], .merge), (5, ["d"], .merge),
            ]
            func rows(_ run: Int) -> [[String?]] {
                (0..<8).filter { ($0 + run) % 4 != 0 }.map { key in
                    ["k\(key)"]
                        + runs[run].columns.indices.map {
                            (key + run + $0) % 7 == 0 ? nil : "\(runs[run].start)"
                        }
                }
            }
            var expected: [String: [String: String]] = [:]
            for (run, (_, columns, mode)) in runs.enumerated() {
                for row in rows(run) {
                    let key = row[0] ?? ""
                    var item = mode == .merge ? expected[key] ?? [:] : [:]
                    for (name, value) in zip(columns, row.dropFirst()) { item[name] = value }
                    expected[key] = item
                }
            }
            let (order, all) = ([4, 0, 2, 1, 3, 0], runs.indices.map { rows($0) })
            try emulator.during({ _ in dice.fault(15, of: Self.faults) }) {
                // Three at a time, newer ones first, and one of them redriven.
                try sideBySide(order.count, atMost: 3) { index in
                    let run = order[index]
                    let known = ColumnSets(sets, partition: "ordered")
                    try known.add(runs[run].columns)
                    let table = DynamoDBItemTable(
                        name: "ordered", emulator.client(), requestsInFlight: 4)
                    let counts = try table.write(
                        all[run],
                        Rows.layout(
                            ["id"] + runs[run].columns, start: runs[run].start, runs[run].mode),
                        known)
                    #expect(
                        counts.written + counts.merged + counts.superseded == all[run].count,
                        "seed \(dice.seed)")
                }
            }
            #expect(try items("ordered", emulator) == expected, "seed \(dice.seed)")
        }

        @Test func `types come as they are`() throws {
            guard let emulator else { return }
            try makeTable("typed", emulator)
            let table = DynamoDBItemTable(name: "typed", emulator.client())
            let columns = [
                ItemColumn("id"), ItemColumn("n", .number), ItemColumn("b", .boolean),
                ItemColumn("size"), ItemColumn("a.b #c"),
            ]
            var rows: [UInt8] = []
            for value in ["k", "12345678901234567890123456789012345678"] {
                ItemRow.append(value.utf8, to: &rows)
            }
            ItemRow.append(true, to: &rows)
            for value in ["", "é\u{0}"] { ItemRow.append(value.utf8, to: &rows) }
            let layout = ItemLayout(
                key: "id", columns: columns, mode: .merge,
                order: RunOrder(
                    startMilliseconds: 1, executionName: "r", mode: .merge,
                    columns: columns.dropFirst().map(\.name)))
            let counts = try rows.withUnsafeBytes { try table.write($0, layout, nil) }
            #expect(counts == ItemCounts(written: 1))
            let item = try DynamoDB(emulator.directClient()).getItem(
                table: "typed", key: ["id": ["S": "k"]])
            #expect(item?["n"] == ["N": "12345678901234567890123456789012345678"])
            #expect(item?["b"] == ["BOOL": true] && item?["size"] == ["S": ""])
            #expect(item?["a.b #c"] == ["S": "é\u{0}"])
            #expect(try table.describe() == [ItemKeyAttribute("id")])
            let large = #expect(throws: StoreError.self) {
                try table.write(
                    [["big", String(repeating: "x", count: 410_000)]], Rows.layout(["id", "t"]))
            }
            #expect(large?.code == .itemTooLarge && large?.key == "big")
        }
    }
}
