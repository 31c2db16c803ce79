import JSON
import System
import Testing

@testable import LocalDynamoDB

/// A store in a fresh directory with one table `t`, keys `pk` and `sk`.
final class TestTable: Sendable {
    let directory = "/tmp/sluice-test-" + randomHexadecimal(bytes: 8)
    let store: TableStore

    init() throws {
        try FileSystem.makeDirectory(directory)
        store = try TableStore(directory + "/tables")
        _ = try store.call("CreateTable", Self.description("file-sets"))
    }

    deinit { try? FileSystem.removeTree(directory) }

    static func description(_ name: String, sortType: String = "S") -> JSON {
        [
            "TableName": JSON(name),
            "KeySchema": [
                ["AttributeName": "pk", "KeyType": "HASH"],
                ["AttributeName": "sk", "KeyType": "RANGE"],
            ],
            "AttributeDefinitions": [
                ["AttributeName": "pk", "AttributeType": "S"],
                ["AttributeName": "sk", "AttributeType": JSON(sortType)],
            ],
        ]
    }

    static let key: JSON = ["pk": ["S": "set"], "sk": ["S": "items"]]

    func put(_ attributes: JSONObject) throws {
        var item = Self.key.object!
        for (name, value) in attributes { item[name] = value }
        _ = try store.call("PutItem", ["TableName": "file-sets", "Item": .object(item)])
    }

    /// An update of the item at ``key``; the answer's attributes without the key.
    func update(
        _ expression: String, values: JSON = [:], names: JSON = [:], condition: String? = nil
    ) throws -> JSON {
        var request: JSONObject = [
            "TableName": "file-sets", "Key": Self.key, "UpdateExpression": JSON(expression),
            "ReturnValues": "ALL_NEW", "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            "ExpressionAttributeValues": values, "ExpressionAttributeNames": names,
        ]
        request["ConditionExpression"] = condition.map { JSON($0) }
        var item = try store.call("UpdateItem", .object(request))["Attributes"]?.object ?? [:]
        item["pk"] = nil
        item["sk"] = nil
        return .object(item)
    }
}

struct TableStoreTests {
    let table: TestTable
    init() throws { table = try TestTable() }

    @Test func `an item comes back as it was put, numbers in their shortest form`() throws {
        let item: JSON = [
            "pk": ["S": "ü"], "sk": ["S": "\0"], "n": ["N": "-0012.50"], "b": ["BOOL": true],
            "l": ["L": [["N": "1e3"], ["NULL": true]]], "m": ["M": ["x": ["SS": ["a", "b"]]]],
        ]
        _ = try table.store.call("PutItem", ["TableName": "file-sets", "Item": item])
        let key: JSON = ["pk": ["S": "ü"], "sk": ["S": "\0"]]
        let found = try table.store.call("GetItem", ["TableName": "file-sets", "Key": key])
        #expect(
            found["Item"]?.serialized()
                == #"{"pk":{"S":"ü"},"sk":{"S":"\u0000"},"n":{"N":"-12.5"},"b":{"BOOL":true},"#
                + #""l":{"L":[{"N":"1000"},{"NULL":true}]},"m":{"M":{"x":{"SS":["a","b"]}}}}"#)
        let none = try table.store.call(
            "GetItem", ["TableName": "file-sets", "Key": TestTable.key])
        #expect(none == [:])
    }

    @Test(
        arguments: [
            ("SET a = :v", ["a": ["S": "new"], "n": ["N": "5"]]),
            ("SET b = a", ["a": ["S": "old"], "n": ["N": "5"], "b": ["S": "old"]]),
            ("SET b = a, a = :v", ["a": ["S": "new"], "n": ["N": "5"], "b": ["S": "old"]]),
            ("set n = n + :one remove a", ["n": ["N": "6"]]),
            ("SET n = n - :one", ["a": ["S": "old"], "n": ["N": "4"]]),
            ("SET n = if_not_exists(n, :one)", ["a": ["S": "old"], "n": ["N": "5"]]),
            (
                "SET m = if_not_exists(m, :one) + :one",
                ["a": ["S": "old"], "n": ["N": "5"], "m": ["N": "2"]]
            ),
            ("REMOVE a, n, missing", [:]),
            ("REMOVE #name", ["n": ["N": "5"]]),
        ] as [(String, JSON)])
    func `an update changes what its expression says`(expression: String, expected: JSON) throws {
        try table.put(["a": ["S": "old"], "n": ["N": "5"]])
        var values: JSONObject = [:]
        if expression.contains(":v") { values[":v"] = ["S": "new"] }
        if expression.contains(":one") { values[":one"] = ["N": "1"] }
        let names: JSON = expression.contains("#") ? ["#name": "a"] : [:]
        #expect(
            try table.update(expression, values: .object(values), names: names) == expected)
    }

    @Test func `an update makes an item that is not there, with its key`() throws {
        _ = try table.update("SET a = :v", values: [":v": ["S": "x"]])
        let found = try table.store.call(
            "GetItem", ["TableName": "file-sets", "Key": TestTable.key])
        #expect(found["Item"] == ["pk": ["S": "set"], "sk": ["S": "items"], "a": ["S": "x"]])
    }

    @Test(arguments: [
        ("attribute_exists(a)", true), ("attribute_not_exists(a)", false),
        ("attribute_not_exists(missing)", true), ("a = :old", true), ("a <> :old", false),
        ("missing <> :old", true), ("missing = :old", false), ("missing < :old", false),
        ("n < :ten", true), ("n <= :five", true), ("n > :five", false), ("n >= :five", true),
        (":ten > n", true), ("n = :fiveAsWell", true), ("n < :old", false), ("n >= :old", false),
        ("a BETWEEN :nw AND :p", true), ("n BETWEEN :ten AND :ten", false),
        ("begins_with(a, :o)", true), ("begins_with(a, :p)", false), ("begins_with(n, :o)", false),
        ("attribute_exists(a) AND n = :ten", false), ("n = :ten OR a = :old", true),
        ("NOT n = :ten", true), ("NOT NOT n = :ten", false),
        ("n = :ten AND n = :ten OR a = :old", true), ("n = :ten AND (n = :ten OR a = :old)", false),
        ("not (n = :ten or a = :old)", false),
    ])
    func `a condition decides whether the update is done`(condition: String, holds: Bool) throws {
        try table.put(["a": ["S": "old"], "n": ["N": "5"]])
        let all: [(String, JSON)] = [
            (":old", ["S": "old"]), (":ten", ["N": "10"]), (":five", ["N": "5"]),
            (":fiveAsWell", ["N": "5.00"]), (":nw", ["S": "nw"]), (":p", ["S": "p"]),
            (":o", ["S": "o"]),
        ]
        let words = Set(condition.split { " (),".contains($0) }.map(String.init))
        let values = JSONObject(all.filter { words.contains($0.0) } + [(":v", ["BOOL": true])])
        do {
            let item = try table.update(
                "SET done = :v", values: .object(values), condition: condition)
            #expect(holds)
            #expect(item["done"] == ["BOOL": true])
        } catch let error as TableError {
            #expect(!holds)
            #expect(error.code == "ConditionalCheckFailedException")
            #expect(error.item?["a"] == ["S": "old"])
            #expect(error.item?["done"] == nil)
        }
    }

    @Test func `a condition that fails on no item carries none`() throws {
        #expect(
            throws: TableError(
                code: "ConditionalCheckFailedException",
                message: "The conditional request failed")
        ) {
            try table.update(
                "SET a = :v", values: [":v": ["S": "x"]], condition: "attribute_exists(pk)")
        }
    }

    @Test(
        arguments: [
            ("SET a = :missing", [:], nil, "attribute value: :missing"),
            ("SET #a = b", [:], nil, "attribute name: #a"),
            (
                "SET a = :v", [":v": ["S": "x"], ":w": ["S": "y"]], nil,
                "unused in expressions: keys: {:w}"
            ),
            ("SET pk = :v", [":v": ["S": "x"]], nil, "Cannot update attribute pk"),
            ("SET a = :v, a = :v", [":v": ["S": "x"]], nil, "paths overlap"),
            ("SET a = :v SET b = :v", [":v": ["S": "x"]], nil, "can only be used once"),
            ("SET a = b", [:], nil, "attribute that does not exist"),
            ("SET a = :v + :v", [":v": ["S": "x"]], nil, "incorrect data type"),
            ("ADD a :v", [":v": ["N": "1"]], nil, "Syntax error"),
            ("SET a.b = :v", [":v": ["N": "1"]], nil, "token: \".\""),
            ("", [:], nil, "Syntax error"),
            ("SET", [:], nil, "token: \"<EOF>\""),
            ("SET a = :v", [":v": ["N": "x"]], nil, "cannot be converted"),
            (
                "SET a = :v", [":v": ["N": "123456789012345678901234567890123456789"]], nil,
                "converted"
            ),
            ("SET a = :v", [":v": ["Q": "x"]], nil, "unknown type"),
            ("SET a = :v", [":v": ["S": "x", "N": "1"]], nil, "more than one"),
            ("SET a = :v", [":v": ["S": "x"]], "a = ", "Syntax error"),
            ("SET a = :v", [":v": ["S": "x"]], "(a = :v", "<EOF>"),
            ("SET a = :v", [":v": ["S": "x"]], "size(a) = :v", "Syntax error"),
            ("SET a = :v", [":v": ["S": "x"]], "a = :v a", "token: \"a\""),
        ] as [(String, JSON, String?, String)])
    func `a wrong request is refused with its reason`(
        expression: String, values: JSON, condition: String?, message: String
    ) {
        #expect {
            try table.update(expression, values: values, condition: condition)
        } throws: { error in
            let error = error as? TableError
            return error?.code == "ValidationException" && error?.message.contains(message) == true
        }
    }

    @Test func `a key must be the table's, and not empty`() throws {
        let keys: [JSON] = [
            ["pk": ["S": "a"]], ["pk": ["S": "a"], "sk": ["N": "1"]],
            ["pk": ["S": ""], "sk": ["S": "b"]],
            ["pk": ["S": "a"], "sk": ["S": "b"], "more": ["S": "c"]],
        ]
        for key in keys {
            #expect(throws: TableError.self) {
                try table.store.call("GetItem", ["TableName": "file-sets", "Key": key])
            }
        }
    }

    @Test func `names that are not known are refused, of tables, actions and parameters`() {
        #expect(throws: TableError.notFound("none")) {
            try table.store.call("GetItem", ["TableName": "none", "Key": TestTable.key])
        }
        #expect { try table.store.call("ListBackups", [:]) } throws: {
            ($0 as? TableError)?.code == "UnknownOperationException"
        }
        #expect {
            try table.store.call("GetItem", ["TableName": "file-sets", "AttributesToGet": []])
        } throws: { "\($0)".contains("AttributesToGet is not supported") }
    }

    @Test func `a query returns its partition by sort key, page by page`() throws {
        _ = try table.store.call("CreateTable", TestTable.description("numbers", sortType: "N"))
        let requests: [JSON] = ["10", "9", "-1", "2.5"].map {
            ["PutRequest": ["Item": ["pk": ["S": "a"], "sk": ["N": JSON($0)]]]]
        }
        _ = try table.store.call("BatchWriteItem", ["RequestItems": ["numbers": .array(requests)]])
        func query(_ condition: String, _ more: JSONObject = [:]) throws -> (String, JSON?) {
            var request: JSONObject = [
                "TableName": "numbers", "KeyConditionExpression": JSON(condition),
                "ExpressionAttributeValues": condition.contains(":n")
                    ? [":a": ["S": "a"], ":n": ["N": "2"]] : [":a": ["S": "a"]],
            ]
            for (name, value) in more { request[name] = value }
            let answer = try table.store.call("Query", .object(request))
            let found = answer["Items"]?.array?.map { $0["sk"]?["N"]?.string ?? "" } ?? []
            return (found.joined(separator: " "), answer["LastEvaluatedKey"])
        }
        #expect(try query("pk = :a").0 == "-1 2.5 9 10")
        #expect(try query("pk = :a AND sk > :n").0 == "2.5 9 10")
        #expect(try query("pk = :a", ["ScanIndexForward": false]).0 == "10 9 2.5 -1")
        let (first, last) = try query("pk = :a", ["Limit": 3])
        #expect(first == "-1 2.5 9")
        #expect(try query("pk = :a", ["ExclusiveStartKey": #require(last)]).0 == "10")
        #expect(throws: TableError.self) { try query("sk = :a") }
    }

    @Test func `a batch is done whole or not at all`() throws {
        let item: JSON = ["PutRequest": ["Item": TestTable.key]]
        #expect {
            try table.store.call(
                "BatchWriteItem", ["RequestItems": ["file-sets": [item, item]]])
        } throws: { "\($0)".contains("duplicates") }
        let found = try table.store.call(
            "GetItem", ["TableName": "file-sets", "Key": TestTable.key])
        #expect(found == [:])
    }

    @Test func `deleting takes the item away and can return it`() throws {
        try table.put(["a": ["S": "x"]])
        let request: JSON = [
            "TableName": "file-sets", "Key": TestTable.key, "ReturnValues": "ALL_OLD",
        ]
        #expect(try table.store.call("DeleteItem", request)["Attributes"]?["a"] == ["S": "x"])
        #expect(try table.store.call("DeleteItem", request) == [:])
    }

    @Test func `a table is there once, and still after a reopening`() throws {
        #expect {
            try table.store.call("CreateTable", TestTable.description("file-sets"))
        } throws: {
            ($0 as? TableError)?.code == "ResourceInUseException"
        }
        try table.put(["a": ["S": "x"]])
        let reopened = try TableStore(table.directory + "/tables")
        let found = try reopened.call(
            "GetItem", ["TableName": "file-sets", "Key": TestTable.key])
        #expect(found["Item"]?["a"] == ["S": "x"])
        #expect(
            try reopened.call("DescribeTable", ["TableName": "file-sets"])["Table"]?["TableStatus"]
                == "ACTIVE")
    }

    @Test func `updates from many threads are all done, one after the other`() throws {
        let store = table.store
        let threads = (0..<8).map { _ in
            Thread {
                for _ in 0..<50 {
                    _ = try? store.call(
                        "UpdateItem",
                        [
                            "TableName": "file-sets", "Key": TestTable.key,
                            "UpdateExpression": "SET n = if_not_exists(n, :zero) + :one",
                            "ExpressionAttributeValues": [":zero": ["N": "0"], ":one": ["N": "1"]],
                        ])
                }
            }
        }
        for thread in threads { thread.join() }
        let found = try store.call("GetItem", ["TableName": "file-sets", "Key": TestTable.key])
        #expect(found["Item"]?["n"] == ["N": "400"])
    }
}
