import JSON

private let conditionParameters: Set = [
    "TableName", "ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues",
    "ReturnValues", "ReturnValuesOnConditionCheckFailure",
]

extension Operation {
    static let getItem = Operation(
        parameters: ["TableName", "Key"]
    ) { tables, request throws(TableError) in
        let table = try tables.table(in: request)
        let key = try table.schema.key(in: request)
        guard let item = try tables.item(table, table.schema.location(of: key)) else { return [:] }
        return ["Item": .object(item)]
    }

    static let putItem = Operation(
        parameters: conditionParameters.union(["Item"])
    ) { tables, request throws(TableError) in
        let table = try tables.table(in: request)
        let item = try AttributeValue.checked(request["Item"]?.object ?? [:])
        let old = try tables.item(table, table.schema.location(of: item))
        try check(request, old: old, Placeholders(request))
        try tables.put(table, item)
        return try answer(request, allowing: ["ALL_OLD"], old: old, new: item)
    }

    static let deleteItem = Operation(
        parameters: conditionParameters.union(["Key"])
    ) { tables, request throws(TableError) in
        let table = try tables.table(in: request)
        let location = try table.schema.location(of: table.schema.key(in: request))
        let old = try tables.item(table, location)
        try check(request, old: old, Placeholders(request))
        try tables.delete(table, location)
        return try answer(request, allowing: ["ALL_OLD"], old: old, new: nil)
    }

    static let updateItem = Operation(
        parameters: conditionParameters.union(["Key", "UpdateExpression"])
    ) { tables, request throws(TableError) in
        let table = try tables.table(in: request)
        let key = try table.schema.key(in: request)
        let old = try tables.item(table, table.schema.location(of: key))
        let placeholders = try Placeholders(request)
        let update = try request["UpdateExpression"]?.string.map { text throws(TableError) in
            try Update(text, placeholders)
        }
        try check(request, old: old, placeholders)
        for name in update?.changedNames ?? [] where table.schema.names.contains(name) {
            throw .validation(
                "One or more parameter values were invalid: Cannot update attribute \(name). "
                    + "This attribute is part of the key")
        }
        let new = try (update ?? Update()).applied(to: old ?? key)
        try tables.put(table, new)
        return try answer(request, allowing: ["ALL_OLD", "ALL_NEW"], old: old, new: new)
    }

    /// - Throws: `ConditionalCheckFailedException` when the request has a condition that does not hold.
    private static func check(
        _ request: JSON, old: JSONObject?, _ placeholders: Placeholders
    ) throws(TableError) {
        let condition = try request["ConditionExpression"]?.string.map { text throws(TableError) in
            try Condition(text, placeholders)
        }
        try placeholders.checkAllUsed()
        guard let condition, !condition.holds(for: old ?? [:]) else { return }
        let isWanted = request["ReturnValuesOnConditionCheckFailure"]?.string == "ALL_OLD"
        throw .conditionFailed(isWanted ? old.map(JSON.object) : nil)
    }

    private static func answer(
        _ request: JSON, allowing allowed: Set<String>, old: JSONObject?, new: JSONObject?
    ) throws(TableError) -> JSON {
        let wanted = request["ReturnValues"]?.string ?? "NONE"
        guard wanted == "NONE" || allowed.contains(wanted) else {
            throw .validation("ReturnValues \(wanted) is not supported here")
        }
        let item = wanted == "ALL_NEW" ? new : wanted == "ALL_OLD" ? old : nil
        return item.map { ["Attributes": .object($0)] } ?? [:]
    }
}
