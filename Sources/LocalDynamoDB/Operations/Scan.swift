import JSON

extension Operation {
    /// Items of a scan's page unless `Limit` says less; a megabyte ends it sooner, as in DynamoDB.
    static let maximumScannedItems = 1000

    /// All items, in an order that stays the same while items come and go; `Limit` and
    /// `ExclusiveStartKey` page through them.
    static let scan = onTable(
        writes: false, parameters: ["Limit", "ExclusiveStartKey"]
    ) { table, request throws(TableError) in
        let limit = try request.optionalInt("Limit") ?? maximumScannedItems
        guard limit >= 1 else { throw .validation("Limit must be at least 1") }
        let start = try request.optionalObject("ExclusiveStartKey").map { key throws(TableError) in
            try table.schema.location(of: AttributeValue.checked(key))
        }
        let page = try table.storage.page(
            after: start, PageLimit(items: min(limit, maximumScannedItems)))
        var answer: JSONObject = [:]
        if page.hasMore, let last = page.items.last {
            answer["LastEvaluatedKey"] = .object(
                JSONObject(table.schema.names.map { ($0, last[$0] ?? .null) }))
        }
        answer["Items"] = .array(page.items.map(JSON.object))
        answer["Count"] = JSON(page.items.count)
        answer["ScannedCount"] = JSON(page.items.count)
        return .object(answer)
    }
}
