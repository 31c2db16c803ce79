import JSON

/// An operation of the API: the parameters it knows, and what it does.
struct Operation: Sendable {
    var parameters: Set<String>
    var run: @Sendable (TableStore, JSON) throws(TableError) -> JSON

    /// Parameters that ask for nothing that a table in one process would not do anyway.
    static let ignored: Set = [
        "ConsistentRead", "ReturnConsumedCapacity", "ReturnItemCollectionMetrics", "BillingMode",
        "ProvisionedThroughput", "Tags", "TableClass", "SSESpecification",
        "DeletionProtectionEnabled",
    ]

    static let all: [String: Operation] = [
        "CreateTable": .createTable, "DescribeTable": .describeTable, "ListTables": .listTables,
        "DeleteTable": .deleteTable, "GetItem": .getItem, "PutItem": .putItem,
        "UpdateItem": .updateItem, "DeleteItem": .deleteItem, "BatchWriteItem": .batchWriteItem,
        "Query": .query, "Scan": .scan,
    ]

    /// An operation on the table that the request names, in a transaction.
    static func onTable(
        writes: Bool, parameters: Set<String>,
        _ body: @escaping @Sendable (TableFile, JSON) throws(TableError) -> JSON
    ) -> Operation {
        Operation(
            parameters: parameters.union(["TableName"])
        ) { store, request throws(TableError) in
            try store.withTable(tableName(in: request), writes: writes) {
                table throws(TableError) in try body(table, request)
            }
        }
    }

    static func tableName(in request: JSON) throws(TableError) -> String {
        guard let name = try request.optionalString("TableName") else {
            throw .validation("The parameter 'TableName' is required but was not present")
        }
        return name
    }
}

/// Parameters of a request. One of a wrong JSON type is refused, as DynamoDB does.
extension JSON {
    func optionalString(_ name: String) throws(TableError) -> String? {
        try optional(name, "a string", \.string)
    }

    func optionalInt(_ name: String) throws(TableError) -> Int? {
        try optional(name, "an integer", \.int)
    }

    func optionalBool(_ name: String) throws(TableError) -> Bool? {
        try optional(name, "true or false", \.bool)
    }

    func optionalObject(_ name: String) throws(TableError) -> JSONObject? {
        try optional(name, "an object", \.object)
    }

    func optionalArray(_ name: String) throws(TableError) -> [JSON]? {
        try optional(name, "an array", \.array)
    }

    private func optional<Value>(
        _ name: String, _ type: String, _ read: (JSON) -> Value?
    ) throws(TableError) -> Value? {
        guard let value = self[name], !value.isNull else { return nil }
        guard let result = read(value) else {
            throw .serialization("\(name) is \(type), not \(value.serialized().prefix(100))")
        }
        return result
    }
}
