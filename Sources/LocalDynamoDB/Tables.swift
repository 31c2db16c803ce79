import JSON
import SQLite

/// Tables and items as the operations see them, inside a transaction.
struct Tables {
    let database: Database

    struct Table {
        var name: String
        var schema: KeySchema
    }

    func description(of name: String) throws(TableError) -> JSON? {
        let rows = try database.rows(
            "SELECT description FROM tables WHERE name = ?", [.text(name)]
        ) { $0.text(0) }
        return try rows.first.map { row throws(TableError) in try parse(row) }
    }

    func create(_ name: String, _ description: JSON) throws(TableError) {
        try database.run(
            "INSERT INTO tables (name, description) VALUES (?, ?)",
            [.text(name), .text(description.serialized())])
    }

    /// The table that a request names.
    func table(in request: JSON) throws(TableError) -> Table {
        guard let name = request["TableName"]?.string else {
            throw .validation("The parameter 'TableName' is required but was not present")
        }
        return try table(name)
    }

    func table(_ text: String) throws(TableError) -> Table {
        let name = text.split(separator: "/").last.map(String.init) ?? text
        guard let description = try description(of: name) else { throw .notFound(name) }
        return Table(name: name, schema: try KeySchema(description))
    }

    func item(_ table: Table, _ location: KeySchema.Location) throws(TableError) -> JSONObject? {
        let rows = try database.rows(
            "SELECT item FROM items WHERE table_name = ? AND partition_key = ? AND sort_key = ?",
            [.text(table.name), .blob(location.partition), .blob(location.sort)]
        ) { $0.text(0) }
        return try rows.first.map { row throws(TableError) in try parse(row).object ?? [:] }
    }

    /// All items of a partition, in no particular order.
    func items(_ table: Table, partition: [UInt8]) throws(TableError) -> [JSONObject] {
        let rows = try database.rows(
            "SELECT item FROM items WHERE table_name = ? AND partition_key = ?",
            [.text(table.name), .blob(partition)]
        ) { $0.text(0) }
        var items: [JSONObject] = []
        for row in rows { items.append(try parse(row).object ?? [:]) }
        return items
    }

    /// Items in the order of their keys.
    func items(
        _ table: Table, after start: KeySchema.Location?, atMost limit: Int
    ) throws(TableError) -> [JSONObject] {
        let rows = try database.rows(
            """
            SELECT item FROM items
            WHERE table_name = ? AND (partition_key, sort_key) > (?, ?)
            ORDER BY partition_key, sort_key LIMIT ?
            """,
            [
                .text(table.name), .blob(start?.partition ?? []), .blob(start?.sort ?? []),
                .int(limit),
            ]
        ) { $0.text(0) }
        var items: [JSONObject] = []
        for row in rows { items.append(try parse(row).object ?? [:]) }
        return items
    }

    func put(_ table: Table, _ item: JSONObject) throws(TableError) {
        let location = try table.schema.location(of: item)
        let text = JSON.object(item).serialized()
        guard text.utf8.count <= TableStore.maximumItemBytes else {
            throw .validation("Item size has exceeded the maximum allowed size")
        }
        try database.run(
            """
            INSERT OR REPLACE INTO items (table_name, partition_key, sort_key, item)
            VALUES (?, ?, ?, ?)
            """,
            [
                .text(table.name), .blob(location.partition), .blob(location.sort), .text(text),
            ])
    }

    func delete(_ table: Table, _ location: KeySchema.Location) throws(TableError) {
        try database.run(
            "DELETE FROM items WHERE table_name = ? AND partition_key = ? AND sort_key = ?",
            [.text(table.name), .blob(location.partition), .blob(location.sort)])
    }

    private func parse(_ row: String) throws(TableError) -> JSON {
        do throws(JSONError) { return try JSON(parsing: row) } catch {
            throw .internalError("an item is damaged: \(error)")
        }
    }
}
