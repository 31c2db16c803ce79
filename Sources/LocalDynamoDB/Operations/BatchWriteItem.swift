import JSON

extension Operation {
    /// DynamoDB's limit.
    static let maximumBatchItems = 25

    /// All or nothing in each table, where DynamoDB may leave some of the items unprocessed.
    static let batchWriteItem = Operation(
        parameters: ["RequestItems"]
    ) { store, request throws(TableError) in
        let lists = try request.optionalObject("RequestItems") ?? [:]
        var count = 0
        for (name, _) in lists {
            count += try JSON.object(lists).optionalArray(name)?.count ?? 0
        }
        guard 1...maximumBatchItems ~= count else {
            throw .validation("Too many items requested for the BatchWriteItem call, or none")
        }
        // What one table refuses must not find another one written.
        for (name, _) in lists { try store.withFile(name) { _ in } }
        for (name, requests) in lists {
            try store.withTable(name, writes: true) { table throws(TableError) in
                try write(requests.array ?? [], table)
            }
        }
        return ["UnprocessedItems": [:]]
    }

    private static func write(_ requests: [JSON], _ table: TableFile) throws(TableError) {
        var seen: Set<KeySchema.Location> = []
        for request in requests {
            let location: KeySchema.Location
            if let put = try request.optionalObject("PutRequest") {
                let item = try AttributeValue.checked(
                    JSON.object(put).optionalObject("Item") ?? [:])
                location = try table.schema.location(of: item)
                try table.put(item)
            } else if let delete = request["DeleteRequest"] {
                location = try table.schema.location(of: table.schema.key(in: delete))
                try table.storage.delete(location)
            } else {
                throw .validation("Supplied WriteRequest has neither PutRequest nor DeleteRequest")
            }
            guard seen.insert(location).inserted else {
                throw .validation("Provided list of item keys contains duplicates")
            }
        }
    }
}
