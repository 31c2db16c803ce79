import JSON

extension Operation {
    static let createTable = Operation(
        parameters: ["TableName", "KeySchema", "AttributeDefinitions"]
    ) { store, request throws(TableError) in
        let name = try tableName(in: request)
        guard TableName.isValid(name) else {
            throw .validation(
                "TableName must have from \(TableName.bytes.lowerBound) to "
                    + "\(TableName.bytes.upperBound) of the characters a-z, A-Z, 0-9, _, - and .")
        }
        _ = try KeySchema(request)
        let description: JSON = [
            "TableName": JSON(name), "TableStatus": "ACTIVE",
            "KeySchema": request["KeySchema"] ?? [],
            "AttributeDefinitions": request["AttributeDefinitions"] ?? [],
        ]
        try store.create(name, description)
        return ["TableDescription": description]
    }

    static let describeTable = Operation(
        parameters: ["TableName"]
    ) { store, request throws(TableError) in
        ["Table": try store.withFile(tableName(in: request)) { $0.description }]
    }

    static let deleteTable = Operation(
        parameters: ["TableName"]
    ) { store, request throws(TableError) in
        var description = try store.drop(tableName(in: request)).object ?? [:]
        description["TableStatus"] = "DELETING"
        return ["TableDescription": .object(description)]
    }

    /// Names on one page of ListTables at most, as in DynamoDB.
    private static let maximumListedTables = 100

    static let listTables = Operation(
        parameters: ["Limit", "ExclusiveStartTableName"]
    ) { store, request throws(TableError) in
        let limit = try request.optionalInt("Limit") ?? maximumListedTables
        guard 1...maximumListedTables ~= limit else {
            throw .validation("Limit must be from 1 to \(maximumListedTables)")
        }
        var names = try store.tableNames()
        if let start = try request.optionalString("ExclusiveStartTableName") {
            names.removeAll { !start.utf8.lexicographicallyPrecedes($0.utf8) }
        }
        var answer: JSONObject = ["TableNames": .array(names.prefix(limit).map { JSON($0) })]
        if names.count > limit { answer["LastEvaluatedTableName"] = JSON(names[limit - 1]) }
        return .object(answer)
    }
}
