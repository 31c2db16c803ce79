import Glibc
import JSON
import Stores
import System

@testable import LocalDynamoDB

/// A store in a fresh directory, with tables that have the key `id`.
final class TestStore: Sendable {
    let directory = "/tmp/sluice-test-" + randomHexadecimal(bytes: 8)
    let store: TableStore

    /// - Parameter hashMask: 3 makes almost all keys collide.
    init(_ tables: [String] = ["things"], keyType: String = "S", hashMask: UInt64 = .max) throws {
        store = try TableStore(directory, hashMask: hashMask)
        for table in tables {
            _ = try store.call(
                "CreateTable",
                [
                    "TableName": JSON(table),
                    "KeySchema": [["AttributeName": "id", "KeyType": "HASH"]],
                    "AttributeDefinitions": [
                        ["AttributeName": "id", "AttributeType": JSON(keyType)]
                    ],
                ])
        }
    }

    deinit { try? FileSystem.removeTree(directory) }

    /// All items by their keys, scanned in pages of that many.
    func items(_ table: String = "things", limit: Int = 1000) throws -> [String: JSONObject] {
        var items: [String: JSONObject] = [:]
        var request: JSONObject = ["TableName": JSON(table), "Limit": JSON(limit)]
        repeat {
            let page = try store.call("Scan", .object(request))
            for item in page["Items"]?.array ?? [] {
                let key = item["id"]?["S"]?.string ?? item["id"]?["N"]?.string ?? "?"
                guard items.updateValue(item.object ?? [:], forKey: key) == nil else {
                    throw TableError(code: "Twice", message: key)
                }
            }
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
        } while request["ExclusiveStartKey"] != nil
        return items
    }

    func load(
        _ run: TestRun, _ rows: [[TestValue]], known: [TestRun] = [], byItem: Bool = false,
        table: String = "things"
    ) throws -> JSON {
        let header = try LoadHeader(run.header(table, known: known))
        let bytes = TestRun.bytes(rows)
        return try bytes.withUnsafeBytes { rows in
            try store.withFile(table) { file throws(TableError) in
                try file.load(header, rows, byItem: byItem)
            }
        }
    }
}

/// A value of a row.
enum TestValue {
    case text(String)
    case number(String)
    case bool(Bool)
    case absent

    var attribute: JSON? {
        switch self {
        case .text(let text): ["S": JSON(text)]
        case .number(let text): ["N": JSON(text)]
        case .bool(let bool): ["BOOL": JSON(bool)]
        case .absent: nil
        }
    }
}

/// A run that loads files with these columns.
struct TestRun {
    /// Without the key, which comes first.
    var columns: [(name: String, type: String)]
    var mode = RunOrder.Mode.merge
    /// nil without versions.
    var start: Int? = 1

    var order: RunOrder? {
        start.map {
            RunOrder(
                startMilliseconds: $0, executionName: "run-\($0)", mode: mode,
                columns: columns.map(\.name))
        }
    }

    func header(_ table: String, known: [TestRun]) -> JSON {
        let all = [("id", "S")] + columns.map { ($0.name, $0.type) }
        var header: JSONObject = [
            "TableName": JSON(table), "Key": "id", "Mode": JSON(mode.rawValue),
            "Columns": .array(all.map { ["Name": JSON($0.0), "Type": JSON($0.1)] }),
        ]
        if let order {
            header["Version"] = JSON(order.version)
            header["VersionAttribute"] = JSON(order.attribute)
            header["ColumnsHash"] = JSON(order.columnsHash)
            header["KnownColumns"] = .object(
                JSONObject(
                    Self.names(known).map { ($0, .array($1.map { JSON($0) })) }))
        }
        return .object(header)
    }

    static func names(_ runs: [TestRun]) -> [String: [String]] {
        var names: [String: [String]] = [:]
        for run in runs { names[run.order?.columnsHash ?? ""] = run.columns.map(\.name) }
        return names
    }

    static func bytes(_ rows: [[TestValue]]) -> [UInt8] {
        var bytes: [UInt8] = []
        func append(_ value: [UInt8]) {
            var number = value.count + 1
            while number >= 128 {
                bytes.append(UInt8(number & 127) | 128)
                number >>= 7
            }
            bytes.append(UInt8(number))
            bytes += value
        }
        for value in rows.joined() {
            switch value {
            case .text(let text), .number(let text): append(Array(text.utf8))
            case .bool(let bool): append([bool ? 1 : 0])
            case .absent: bytes.append(0)
            }
        }
        return bytes
    }
}

/// Numbers from a seed, the same everywhere.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// A seed from SLUICE_FUZZ_SEED, or a new one, which is printed.
    static func seed(_ name: String) -> UInt64 {
        let seed =
            getenv("SLUICE_FUZZ_SEED").flatMap { UInt64(String(cString: $0)) }
            ?? UInt64.random(in: 0..<1_000_000_000)
        print("\(name): SLUICE_FUZZ_SEED=\(seed)")
        return seed
    }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
