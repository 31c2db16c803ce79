import JSON

extension Operation {
    /// The items of one partition, by their sort key; `Limit` and `ExclusiveStartKey` page through them.
    static let query = onTable(
        writes: false,
        parameters: [
            "KeyConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues",
            "ScanIndexForward", "Limit", "ExclusiveStartKey",
        ]
    ) { table, request throws(TableError) in
        let schema = table.schema
        let placeholders = try Placeholders(request)
        guard let text = try request.optionalString("KeyConditionExpression") else {
            throw .validation("KeyConditionExpression must be specified in the request")
        }
        let condition = try Condition(text, placeholders)
        try placeholders.checkAllUsed()
        guard let partition = condition.requiredValue(of: schema.partition) else {
            throw .validation("Query condition missed key schema element: \(schema.partition)")
        }
        var items = try table.storage.items(partition: schema.partitionBytes(partition))
            .filter { condition.holds(for: $0) }
        let isForward = try request.optionalBool("ScanIndexForward") ?? true
        if let sort = schema.sort {
            func value(_ item: JSONObject) -> AttributeValue {
                AttributeValue(stored: item[sort] ?? .null)
            }
            func comesFirst(_ a: JSONObject, _ b: JSONObject) -> Bool {
                (isForward ? value(a).precedes(value(b)) : value(b).precedes(value(a))) == true
            }
            items.sort(by: comesFirst)
            if let start = try request.optionalObject("ExclusiveStartKey") {
                let start = try AttributeValue.checked(start)
                items.removeAll { !comesFirst(start, $0) }
            }
        }
        var answer: JSON = ["Items": [], "Count": 0]
        let limit = try request.optionalInt("Limit") ?? items.count
        guard limit >= 1 || items.isEmpty else { throw .validation("Limit must be at least 1") }
        if limit < items.count {
            items.removeLast(items.count - limit)
            let last = items[items.count - 1]
            answer = answer.setting(
                "LastEvaluatedKey",
                .object(JSONObject(schema.names.map { ($0, last[$0] ?? .null) })))
        }
        return answer.setting("Items", .array(items.map(JSON.object)))
            .setting("Count", JSON(items.count)).setting("ScannedCount", JSON(items.count))
    }
}

extension JSON {
    fileprivate func setting(_ name: String, _ value: JSON) -> JSON {
        guard case .object(var object) = self else { return self }
        object[name] = value
        return .object(object)
    }
}
