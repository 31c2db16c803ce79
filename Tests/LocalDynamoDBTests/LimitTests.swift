import JSON
import SQLite
import System
import Testing

@testable import LocalDynamoDB

/// Requests that could end the process, or grow without bounds.
struct LimitTests {
    let table: TestTable
    init() throws { table = try TestTable() }

    private func refuses(
        _ code: String = "ValidationException", _ body: () throws -> Void
    ) {
        #expect(performing: body, throws: { ($0 as? TableError)?.code == code })
    }

    @Test(arguments: [
        "1e-9223372036854775808", "1e9223372036854775807", "1e9223372036854775808", "1e--1",
        "-1e-1001", "9.99e126", "1e-131",
    ])
    func `a number out of range is refused, wherever it stands`(text: String) {
        let number: JSON = ["N": JSON(text)]
        for value: JSON in [
            number, ["L": [number]], ["M": ["x": number]], ["NS": [JSON(text)]],
        ] {
            refuses { try table.put(["n": value]) }
        }
        refuses { _ = try table.update("SET n = :n", values: [":n": number]) }
    }

    @Test(arguments: [
        ("9.9e125", "+", "1e125"), ("-9.9e125", "-", "1e125"), ("1.1e-130", "-", "1e-130"),
        ("1e38", "+", "0.1"),
    ])
    func `a sum out of range is refused`(a: String, sign: String, b: String) throws {
        try table.put(["n": ["N": JSON(a)]])
        refuses {
            _ = try table.update("SET n = n \(sign) :b", values: [":b": ["N": JSON(b)]])
        }
    }

    @Test func `an expression has 4096 bytes and 300 operators at most`() throws {
        try table.put(["n": ["N": "1"]])
        func check(_ condition: String, _ names: JSON = [:]) throws {
            _ = try table.update(
                "SET n = :n", values: [":n": ["N": "1"]], names: names, condition: condition)
        }
        func alternatives(_ count: Int) -> String {
            // Comparisons and what joins them.
            Array(repeating: "n=:n", count: count).joined(separator: " OR ")
        }
        try check(alternatives(150))
        refuses { try check(alternatives(151)) }
        refuses { try check(alternatives(100_000)) }
        let padding = String(repeating: " ", count: 4096 - 4)
        try check("n=:n" + padding)
        refuses { try check("n=:n " + padding) }
        try check(Array(repeating: "NOT", count: 298).joined(separator: " ") + " n=:n")
        refuses { try check(Array(repeating: "NOT", count: 301).joined(separator: " ") + " n=:n") }
        let nested = {
            String(repeating: "(", count: $0) + "n=:n" + String(repeating: ")", count: $0)
        }
        try check(nested(50))
        refuses { try check(nested(2000)) }
        refuses {
            let deep = String(repeating: "if_not_exists(a,", count: 250)
            _ = try table.update("SET n = " + deep, values: [:])
        }
    }

    @Test func `values nest 32 levels at most`() throws {
        func nested(_ levels: Int) -> JSON {
            (0..<levels).reduce(["S": "x"]) { value, _ in ["L": [value]] }
        }
        try table.put(["l": nested(32)])
        refuses { try table.put(["l": nested(33)]) }
        // No JSON that is read is deeper.
        refuses { try table.put(["l": nested(JSON.maximumDepth)]) }
    }

    @Test(
        arguments: [
            ["S": 1], ["S": ["x"]], ["S": nil], ["N": 1], ["B": true], ["BOOL": "true"],
            ["NULL": 0], ["SS": "a"], ["SS": [1]], ["L": [:]], ["L": ["x"]], ["M": []],
            ["M": ["x": "y"]], "x", 5, ["NS": [1]],
        ] as [JSON])
    func `a value of a wrong JSON type is a SerializationException`(value: JSON) {
        refuses("SerializationException") { try table.put(["a": value]) }
        refuses("SerializationException") {
            _ = try table.update("SET a = :a", values: [":a": value])
        }
    }

    @Test(
        arguments: [
            ("Scan", "Limit", "1"), ("Scan", "ExclusiveStartKey", []), ("Query", "Limit", "x"),
            ("GetItem", "Key", "k"), ("PutItem", "Item", []), ("UpdateItem", "UpdateExpression", 1),
            ("GetItem", "TableName", 7), ("PutItem", "ConditionExpression", [:]),
            ("BatchWriteItem", "RequestItems", []), ("ListTables", "Limit", [:]),
        ] as [(String, String, JSON)])
    func `a parameter of a wrong JSON type is a SerializationException`(
        action: String, name: String, value: JSON
    ) {
        var request: JSONObject = ["TableName": "file-sets", "Key": TestTable.key]
        request["Item"] = TestTable.key
        request["KeyConditionExpression"] = "pk = :p"
        request["ExpressionAttributeValues"] = [":p": ["S": "set"]]
        let accepted = Operation.all[action]?.parameters ?? []
        request = JSONObject(
            request.filter { accepted.contains($0.name) }.map { ($0.name, $0.value) })
        request[name] = value
        let wrong = JSON.object(request)
        refuses("SerializationException") { _ = try table.store.call(action, wrong) }
    }

    @Test func `an item has 409,600 bytes of names and values at most`() throws {
        func put(_ count: Int) throws {
            // The key's names and values have 12 bytes, this attribute's name has 1.
            try table.put(["a": ["S": JSON(String(repeating: "x", count: count))]])
        }
        try put(409_600 - 13)
        refuses { try put(409_600 - 12) }
    }

    @Test func `tables are listed, described and dropped by their files`() throws {
        let store = table.store
        let description: JSON = [
            "KeySchema": [["AttributeName": "id", "KeyType": "HASH"]],
            "AttributeDefinitions": [["AttributeName": "id", "AttributeType": "S"]],
        ]
        for name in ["b.1", "A-x"] {
            var request = description.object!
            request["TableName"] = JSON(name)
            _ = try store.call("CreateTable", .object(request))
        }
        try FileSystem.replace(table.directory + "/tables/other.txt", with: "")
        #expect(try store.call("ListTables", [:]) == ["TableNames": ["A-x", "b.1", "file-sets"]])
        #expect(
            try store.call("ListTables", ["Limit": 1, "ExclusiveStartTableName": "A-x"])
                == ["TableNames": ["b.1"], "LastEvaluatedTableName": "b.1"])
        let described = try store.call("DescribeTable", ["TableName": "b.1"])["Table"]
        for (name, value) in description.object! { #expect(described?[name] == value) }
        #expect(described?["TableStatus"] == "ACTIVE")
        _ = try store.call("PutItem", ["TableName": "b.1", "Item": ["id": ["S": "x"]]])
        #expect(
            try store.call("DeleteTable", ["TableName": "b.1"])["TableDescription"]?["TableStatus"]
                == "DELETING")
        #expect(throws: TableError.notFound("b.1")) {
            try store.call("DescribeTable", ["TableName": "b.1"])
        }
        #expect(
            try FileSystem.names(in: table.directory + "/tables")
                .filter { $0.hasPrefix("b.1") } == [])
        for name in ["../x", "a", "a/../../x", "x\0y", ""] {
            #expect(throws: TableError.self) {
                try store.call("DescribeTable", ["TableName": JSON(name)])
            }
        }
    }

    @Test func `a file of another format is refused by name`() throws {
        let path = table.store.path(ofTable: "file-sets")
        try Database(path).execute("PRAGMA user_version = 9")
        #expect {
            try TableStore(table.directory + "/tables").call(
                "DescribeTable", ["TableName": "file-sets"])
        } throws: { "\($0)".contains("has format 9") }
    }
}
