import JSON

private let conditionParameters: Set = [
    "ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues",
    "ReturnValues", "ReturnValuesOnConditionCheckFailure",
]

extension Operation {
    static let getItem = onTable(
        writes: false, parameters: ["Key"]
    ) { table, request throws(TableError) in
        let key = try table.schema.key(in: request)
        guard let item = try table.item(key) else { return [:] }
        return ["Item": .object(item)]
    }

    static let putItem = onTable(
        writes: true, parameters: conditionParameters.union(["Item"])
    ) { table, request throws(TableError) in
        let item = try AttributeValue.checked(request.optionalObject("Item") ?? [:])
        let old = try table.item(item)
        try check(request, old: old, Placeholders(request))
        try table.put(item)
        return try answer(request, allowing: ["ALL_OLD"], old: old, new: item)
    }

    static let deleteItem = onTable(
        writes: true, parameters: conditionParameters.union(["Key"])
    ) { table, request throws(TableError) in
        let location = try table.schema.location(of: table.schema.key(in: request))
        let old = try table.storage.item(location)
        try check(request, old: old, Placeholders(request))
        try table.storage.delete(location)
        return try answer(request, allowing: ["ALL_OLD"], old: old, new: nil)
    }

    static let updateItem = onTable(
        writes: true, parameters: conditionParameters.union(["Key", "UpdateExpression"])
    ) { table, request throws(TableError) in
        let key = try table.schema.key(in: request)
        let old = try table.item(key)
        let placeholders = try Placeholders(request)
        let update = try request.optionalString("UpdateExpression").map { text throws(TableError) in
            try Update(text, placeholders)
        }
        try check(request, old: old, placeholders)
        for name in update?.changedNames ?? [] where table.schema.names.contains(name) {
            throw .validation(
                "One or more parameter values were invalid: Cannot update attribute \(name). "
                    + "This attribute is part of the key")
        }
        let new = try (update ?? Update()).applied(to: old ?? key)
        try table.put(new)
        return try answer(request, allowing: ["ALL_OLD", "ALL_NEW"], old: old, new: new)
    }

    /// - Throws: `ConditionalCheckFailedException` when the request has a condition that does not hold.
    private static func check(
        _ request: JSON, old: JSONObject?, _ placeholders: Placeholders
    ) throws(TableError) {
        let condition = try request.optionalString("ConditionExpression").map {
            text throws(TableError) in try Condition(text, placeholders)
        }
        try placeholders.checkAllUsed()
        guard let condition, !condition.holds(for: old ?? [:]) else { return }
        let isWanted =
            try request.optionalString("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        throw .conditionFailed(isWanted ? old.map(JSON.object) : nil)
    }

    private static func answer(
        _ request: JSON, allowing allowed: Set<String>, old: JSONObject?, new: JSONObject?
    ) throws(TableError) -> JSON {
        let wanted = try request.optionalString("ReturnValues") ?? "NONE"
        guard wanted == "NONE" || allowed.contains(wanted) else {
            throw .validation("ReturnValues \(wanted) is not supported here")
        }
        let item = wanted == "ALL_NEW" ? new : wanted == "ALL_OLD" ? old : nil
        return item.map { ["Attributes": .object($0)] } ?? [:]
    }
}
