public import JSON

// Tables as people and their programs look at them: without control attributes, values without their
// DynamoDB types.
extension TableStore {
    /// The names of all attributes of a table's items, the key's first: the columns that a CSV of it has.
    /// Looks at all items where a name has no column of its own.
    /// - Throws: `ResourceNotFoundException` when there is no such table.
    public func attributeNames(of table: String) throws(TableError) -> [String] {
        try withTable(table, writes: false) { table throws(TableError) in
            try table.storage.attributeNames()
        }
    }

    /// The item with that partition key; with a sort key the first of them.
    /// - Returns: nil when there is none.
    public func item(of table: String, key: String) throws(TableError) -> JSONObject? {
        try withTable(table, writes: false) { table throws(TableError) in
            let type = table.schema.types[table.schema.partition] ?? "S"
            let value = try AttributeValue([type: JSON(key)])
            let items = try table.storage.items(partition: table.schema.partitionBytes(value))
            return items.first.map { table.shown($0) }
        }
    }

    /// All items, in an order that stays the same from call to call. Memory is bounded: they are read in
    /// pages of a megabyte, and the table waits for nobody meanwhile. What is written during the
    /// iteration may or may not be seen.
    /// - Parameter body: returns false to see no more.
    /// - Throws: ``TableError``, and what `body` throws.
    public func forEachItem(
        of table: String, _ body: (JSONObject) throws -> Bool
    ) throws {
        var start: KeySchema.Location?
        while true {
            let last = start
            let page = try withTable(table, writes: false) { table throws(TableError) in
                var page = try table.storage.page(after: last, PageLimit(items: .max - 1))
                let next = try page.items.last.map { item throws(TableError) in
                    try table.schema.location(of: item)
                }
                page.items = page.items.map { table.shown($0) }
                return (page: page, next: next)
            }
            for item in page.page.items where try !body(item) { return }
            guard page.page.hasMore else { return }
            start = page.next
        }
    }
}

extension TableFile {
    /// An item as people are shown it.
    fileprivate func shown(_ item: JSONObject) -> JSONObject {
        JSONObject(
            item.filter { !storage.isControl($0.name) }.map { ($0.name, PlainValue.of($0.value)) })
    }
}

/// An attribute's value without its type: numbers with all their digits, sets as arrays, bytes in base64.
public enum PlainValue {
    public static func of(_ value: JSON) -> JSON {
        guard let object = value.object, let type = object.names.first, let content = object[type]
        else { return value }
        switch type {
        case "N": return number(content)
        case "NS": return .array((content.array ?? []).map(number))
        case "L": return .array((content.array ?? []).map(of))
        case "M":
            return .object(JSONObject((content.object ?? [:]).map { ($0.name, of($0.value)) }))
        case "NULL": return .null
        default: return content
        }
    }

    private static func number(_ text: JSON) -> JSON {
        text.string.flatMap { JSONNumber($0) }.map { .number($0) } ?? text
    }
}
