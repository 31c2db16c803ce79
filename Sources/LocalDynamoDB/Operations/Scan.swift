import JSON

extension Operation {
    /// Items of a scan's page unless `Limit` says less; DynamoDB ends one after a megabyte.
    static let maximumScannedItems = 1000

    /// All items, in the order of their keys; `Limit` and `ExclusiveStartKey` page through them.
    static let scan = Operation(
        parameters: ["TableName", "Limit", "ExclusiveStartKey"]
    ) { tables, request throws(TableError) in
        let table = try tables.table(in: request)
        let limit = request["Limit"]?.int ?? maximumScannedItems
        guard limit >= 1 else { throw .validation("Limit must be at least 1") }
        let start = try request["ExclusiveStartKey"]?.object.map { key throws(TableError) in
            try table.schema.location(of: AttributeValue.checked(key))
        }
        let count = min(limit, maximumScannedItems)
        // One more tells whether there is another page.
        var items = try tables.items(table, after: start, atMost: count + 1)
        var answer: JSONObject = [:]
        if items.count > count {
            items.removeLast()
            let last = items[items.count - 1]
            answer["LastEvaluatedKey"] = .object(
                JSONObject(table.schema.names.map { ($0, last[$0] ?? .null) }))
        }
        answer["Items"] = .array(items.map(JSON.object))
        answer["Count"] = JSON(items.count)
        answer["ScannedCount"] = JSON(items.count)
        return .object(answer)
    }
}
