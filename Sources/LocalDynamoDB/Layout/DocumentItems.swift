import JSON
import SQLite

/// Items as JSON texts in the order of their keys: for tables with a sort key, whose items are few,
/// small and often changed.
final class DocumentItems: ItemStorage {
    private let database: Database
    private let schema: KeySchema

    init(_ database: Database, _ schema: KeySchema) {
        self.database = database
        self.schema = schema
    }

    func create() throws(TableError) {
        try database.execute(
            """
            CREATE TABLE documents (
                partition_key BLOB NOT NULL, sort_key BLOB NOT NULL, item TEXT NOT NULL,
                PRIMARY KEY (partition_key, sort_key)) WITHOUT ROWID;
            CREATE VIEW items AS SELECT \(keyColumns), item FROM documents;
            """)
    }

    /// The key's attributes for the view.
    private var keyColumns: String {
        var aliases = ColumnAliases(taken: ["item"])
        let columns = zip(["partition_key", "sort_key"], schema.names).map { column, name in
            let type = schema.types[name] == "N" ? "NUMERIC" : "TEXT"
            return "CAST(CAST(\(column) AS TEXT) AS \(type)) AS \(aliases.quoted(name))"
        }
        return columns.joined(separator: ", ")
    }

    func begin() {}
    func rolledBack() {}

    func item(_ location: KeySchema.Location) throws(TableError) -> JSONObject? {
        try database.row(
            "SELECT item FROM documents WHERE partition_key = ? AND sort_key = ?",
            [.blob(location.partition), .blob(location.sort)], Self.parse)
    }

    func items(partition: [UInt8]) throws(TableError) -> [JSONObject] {
        try database.rows(
            "SELECT item FROM documents WHERE partition_key = ?", [.blob(partition)], Self.parse)
    }

    func page(after start: KeySchema.Location?, _ limit: PageLimit) throws(TableError) -> ItemPage {
        let statement = try database.prepare(
            """
            SELECT item FROM documents WHERE (partition_key, sort_key) > (?, ?)
            ORDER BY partition_key, sort_key
            """, [.blob(start?.partition ?? []), .blob(start?.sort ?? [])])
        var page = ItemPage()
        while try statement.step(), try page.append(Self.parse(statement), limit) {}
        return page
    }

    func put(_ item: JSONObject, at location: KeySchema.Location) throws(TableError) {
        try database.run(
            "INSERT OR REPLACE INTO documents (partition_key, sort_key, item) VALUES (?, ?, ?)",
            [
                .blob(location.partition), .blob(location.sort),
                .text(JSON.object(item).serialized()),
            ])
    }

    func delete(_ location: KeySchema.Location) throws(TableError) {
        try database.run(
            "DELETE FROM documents WHERE partition_key = ? AND sort_key = ?",
            [.blob(location.partition), .blob(location.sort)])
    }

    func attributeNames() throws(TableError) -> [String] {
        let names = try database.rows(
            """
            SELECT key FROM documents, json_each(item)
            GROUP BY CAST(key AS BLOB) ORDER BY CAST(key AS BLOB)
            """
        ) { $0.text(0) }
        return schema.names + names.filter { !schema.names.contains($0) }
    }

    func isControl(_ name: String) -> Bool { false }

    private static func parse(_ row: borrowing Database.Statement) throws(TableError) -> JSONObject
    {
        do throws(JSONError) { return try JSON(parsing: row.text(0)).object ?? [:] } catch {
            throw .internalError("an item is damaged: \(error)")
        }
    }
}
