import JSON

extension Operation {
    /// DynamoDB's limit.
    static let maximumBatchItems = 25

    /// All or nothing here, where DynamoDB may leave some of the items unprocessed.
    static let batchWriteItem = Operation(
        parameters: ["RequestItems"]
    ) { tables, request throws(TableError) in
        let lists = request["RequestItems"]?.object ?? [:]
        let count = lists.reduce(0) { $0 + ($1.value.array?.count ?? 0) }
        guard 1...maximumBatchItems ~= count else {
            throw .validation("Too many items requested for the BatchWriteItem call, or none")
        }
        for (name, requests) in lists {
            let table = try tables.table(name)
            var seen: Set<KeySchema.Location> = []
            for request in requests.array ?? [] {
                let location: KeySchema.Location
                if let item = request["PutRequest"]?["Item"]?.object {
                    let item = try AttributeValue.checked(item)
                    location = try table.schema.location(of: item)
                    try tables.put(table, item)
                } else if let delete = request["DeleteRequest"] {
                    location = try table.schema.location(of: table.schema.key(in: delete))
                    try tables.delete(table, location)
                } else {
                    throw .validation(
                        "Supplied WriteRequest has neither PutRequest nor DeleteRequest")
                }
                guard seen.insert(location).inserted else {
                    throw .validation("Provided list of item keys contains duplicates")
                }
            }
        }
        return ["UnprocessedItems": [:]]
    }
}
