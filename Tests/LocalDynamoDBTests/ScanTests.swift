import JSON
import System
import Testing

@testable import LocalDynamoDB

struct ScanTests {
    let table: TestTable
    init() throws { table = try TestTable() }

    private func scan(_ more: JSONObject = [:]) throws -> JSON {
        var request: JSONObject = ["TableName": "customers"]
        for (name, value) in more { request[name] = value }
        return try table.store.call("Scan", .object(request))
    }

    @Test(arguments: [1, 2, 3, 1000])
    func `pages hold every item once, in the same order`(limit: Int) throws {
        _ = try table.store.call(
            "CreateTable",
            [
                "TableName": "customers",
                "KeySchema": [["AttributeName": "id", "KeyType": "HASH"]],
                "AttributeDefinitions": [["AttributeName": "id", "AttributeType": "S"]],
            ])
        #expect(try scan()["Items"] == [])
        let ids = ["a", "b", "c d", "é", "z'"]
        for id in ids.reversed() {
            _ = try table.store.call(
                "PutItem", ["TableName": "customers", "Item": ["id": ["S": JSON(id)]]])
        }
        try table.put(["other": ["S": "table"]])
        var found: [String] = []
        var more: JSONObject = ["Limit": JSON(limit)]
        repeat {
            let page = try scan(more)
            let items = page["Items"]?.array ?? []
            #expect(items.count <= limit)
            #expect(page["Count"]?.int == items.count)
            found += items.compactMap { $0["id"]?["S"]?.string }
            more["ExclusiveStartKey"] = page["LastEvaluatedKey"]
        } while more["ExclusiveStartKey"] != nil && found.count <= ids.count
        #expect(found.sorted() == ["a", "b", "c d", "z'", "é"].sorted())
        #expect(try scan()["Items"]?.array?.compactMap { $0["id"]?["S"]?.string } == found)
    }

    @Test func `what a scan does not know is refused`() throws {
        for more: JSONObject in [
            ["FilterExpression": "a = :a"], ["Limit": 0], ["ExclusiveStartKey": ["x": ["S": "y"]]],
        ] {
            var request = more
            request["TableName"] = "file-sets"
            let refused = request
            #expect(throws: TableError.self) { try table.store.call("Scan", .object(refused)) }
        }
    }
}
