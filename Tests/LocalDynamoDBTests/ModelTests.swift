import JSON
import SQLite
import Stores
import System
import Testing

@testable import LocalDynamoDB

/// Random operations beside a dictionary.
struct ModelTests {
    private struct Layout: CustomTestStringConvertible {
        var hasSort: Bool
        var hashMask = UInt64.max
        var testDescription: String { hasSort ? "documents" : "columns, mask \(hashMask)" }
    }

    private static func value(_ random: inout SeededNumbers, level: Int = 0) -> JSON {
        switch Int.random(in: 0..<(level < 2 ? 12 : 8), using: &random) {
        case 0: ["S": ""]
        case 1: ["S": JSON("x'\"\0ü\(Int.random(in: 0..<9, using: &random))")]
        case 2: ["N": JSON("\(Int.random(in: -3...3, using: &random))")]
        case 3: ["N": ["0.5", "-9223372036854775808", "1e100"].randomElement(using: &random)!]
        case 4: ["BOOL": JSON(Bool.random(using: &random))]
        case 5: ["NULL": JSON(Bool.random(using: &random))]
        case 6: ["B": "AAEC"]
        case 7: ["NS": ["1", "2.5"]]
        case 8, 9: ["L": [value(&random, level: level + 1), value(&random, level: level + 1)]]
        default: ["M": ["k": value(&random, level: level + 1), "": ["S": "no"]]]
        }
    }

    /// Names that SQLite would take for one, or not take, and those of control attributes.
    private static let names = [
        "a", "A", "b c", "d\"e", "f\0", "_v", "_v_all", "_v_late", "_v_x", "id2",
        String(repeating: "n", count: 300), "select", "k", "stamp", "more", "more_attributes", "c1",
    ]

    private static func item(_ key: JSONObject, _ random: inout SeededNumbers) -> JSONObject {
        var item = key
        for _ in 0..<Int.random(in: 0..<5, using: &random) {
            item[names.randomElement(using: &random)!] = value(&random)
        }
        return item
    }

    /// The value as the store returns it, nil for one that it refuses.
    private static func normal(_ item: JSONObject) -> JSONObject? {
        try? AttributeValue.checked(item)
    }

    @Test(
        arguments: [
            Layout(hasSort: true), Layout(hasSort: false), Layout(hasSort: false, hashMask: 3),
        ])
    private func `items are what a dictionary would have`(layout: Layout) throws {
        let seed = SeededNumbers.seed("operations")
        var random = SeededNumbers(seed: seed)
        let directory = "/tmp/sluice-test-" + randomHexadecimal(bytes: 8)
        defer { try? FileSystem.removeTree(directory) }
        var store = try TableStore(directory, hashMask: layout.hashMask)
        let roles = layout.hasSort ? [("id", "HASH"), ("sort", "RANGE")] : [("id", "HASH")]
        _ = try store.call(
            "CreateTable",
            [
                "TableName": "model",
                "KeySchema": .array(
                    roles.map { ["AttributeName": JSON($0.0), "KeyType": JSON($0.1)] }),
                "AttributeDefinitions": .array(
                    roles.map { ["AttributeName": JSON($0.0), "AttributeType": "S"] }),
            ])
        var model: [JSONObject: JSONObject] = [:]

        for step in 0..<1500 {
            let number = Int.random(in: 0..<9, using: &random)
            var key: JSONObject = ["id": ["S": JSON("k\0\(number % 5)")]]
            if layout.hasSort { key["sort"] = ["S": JSON("s\(number / 5)")] }
            let named: JSONObject = ["TableName": "model", "Key": .object(key)]
            func checkItem() throws {
                let found = try store.call("GetItem", .object(named))["Item"]?.object
                #expect(found == model[key], "seed \(seed), step \(step)")
            }
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4:
                let item = Self.item(key, &random)
                let request: JSON = ["TableName": "model", "Item": .object(item)]
                if let normal = Self.normal(item) {
                    _ = try store.call("PutItem", request)
                    model[key] = normal
                } else {
                    #expect(throws: TableError.self) { try store.call("PutItem", request) }
                }
            case 4, 5:
                var request = named
                let (set, remove) = (Self.names[number], Self.names[number + 1])
                request["UpdateExpression"] = "SET #s = :s REMOVE #r"
                request["ExpressionAttributeNames"] = ["#s": JSON(set), "#r": JSON(remove)]
                request["ExpressionAttributeValues"] = [":s": ["N": JSON("\(step)")]]
                _ = try store.call("UpdateItem", .object(request))
                model[key, default: key][set] = ["N": JSON("\(step)")]
                model[key]?[remove] = nil
            case 6:
                _ = try store.call("DeleteItem", .object(named))
                model[key] = nil
            case 7:
                var request: JSONObject = [
                    "TableName": "model", "Limit": JSON(Int.random(in: 1..<4, using: &random)),
                ]
                var found: [JSONObject] = []
                repeat {
                    let page = try store.call("Scan", .object(request))
                    found += (page["Items"]?.array ?? []).compactMap(\.object)
                    request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
                } while request["ExclusiveStartKey"] != nil
                #expect(found.count == model.count, "seed \(seed), step \(step)")
                #expect(Set(found) == Set(model.values), "seed \(seed), step \(step)")
            case 8 where step % 40 == 0:
                store = try TableStore(directory, hashMask: layout.hashMask)
            default: try checkItem()
            }
            try checkItem()
        }
    }

    @Test func `attributes past the thousandth and long names share a column`() throws {
        let test = try TestStore()
        let long = String(repeating: "n", count: 256)
        var item: JSONObject = ["id": ["S": "k"], long: ["S": "long"]]
        for index in 0..<1005 { item["a\(index)"] = ["N": JSON("\(index)")] }
        _ = try test.store.call("PutItem", ["TableName": "things", "Item": .object(item)])
        #expect(try test.items() == ["k": item])
        // A load of such columns goes by whole items.
        let run = TestRun(columns: [("a0", "S"), ("a1004", "S"), (long, "S")])
        _ = try test.load(run, [[.text("k"), .text("x"), .text("y"), .absent]])
        let loaded = try #require(try test.items()["k"])
        #expect(loaded["a0"] == ["S": "x"] && loaded["a1004"] == ["S": "y"])
        #expect(loaded[long] == nil && loaded["a1003"] == ["N": "1003"])
        let names = try test.store.attributeNames(of: "things")
        #expect(names.count == 1006 && Set(names).count == 1006)
        let path = test.directory + "/out.sqlite"
        try test.store.export("things", columns: ["id", "a1003", "a1004"], to: path)
        let shown = try Database(path, access: .readOnly).rows("SELECT * FROM things") {
            "\($0.text(0)) \($0.text(1)) \($0.text(2))"
        }
        #expect(shown == ["k 1003 y"])
    }

    @Test func `two stores of one directory see each other's items and columns`() throws {
        let test = try TestStore()
        let other = try TableStore(test.directory)
        func put(_ store: TableStore, _ key: String, _ name: String) throws {
            _ = try store.call(
                "PutItem",
                ["TableName": "things", "Item": ["id": ["S": JSON(key)], name: ["S": "x"]]])
        }
        for (index, store) in [test.store, other, test.store, other].enumerated() {
            try put(store, "k\(index)", "a\(index)")
        }
        for store in [test.store, other] {
            let items = try store.call("Scan", ["TableName": "things"])["Items"]?.array ?? []
            #expect(
                Set(items.map { $0.object?.names.sorted() })
                    == Set((0..<4).map { ["a\($0)", "id"] }))
        }
    }
}
