import SQLite
import System

extension TableStore {
    /// Writes a table's rows into an SQLite file with one plain table, which has the table's name and
    /// these columns: texts and numbers, booleans as 1 and 0, NULL where an item lacks the attribute;
    /// the key's column is the primary key. A file that is there is replaced when the new one is whole.
    ///
    /// - Parameters:
    ///   - columns: attributes in the order of the columns, the key's among them. Names that SQLite
    ///     cannot tell apart get `_2` and so on at their ends.
    /// - Throws: `ValidationException` for a table with a sort key, and for columns that SQLite does not
    ///   take: none, more than 2,000, with NUL in the name, without the key.
    public func export(
        _ table: String, columns: [String], to path: String
    ) throws(TableError) {
        let name = table.split(separator: "/").last.map(String.init) ?? table
        let columns = try withTable(table, writes: false) { file throws(TableError) in
            try file.exportedColumns(columns)
        }
        let source = self.path(ofTable: name)
        let temporary = path + ".writing-" + randomHexadecimal(bytes: 4)
        do throws(TableError) {
            try Self.write(columns, name, from: source, to: temporary)
            do throws(SystemError) { try FileSystem.rename(temporary, to: path) } catch {
                throw .internalError("\(error)")
            }
        } catch {
            try? FileSystem.remove(temporary)
            throw error
        }
    }

    private static func write(
        _ columns: [TableFile.ExportedColumn], _ name: String, from source: String,
        to path: String
    ) throws(TableError) {
        let database = try Database(path)
        // Nobody sees the file before it is whole: no journal is needed, one sync at the end is.
        try database.execute(
            """
            PRAGMA page_size = 16384; PRAGMA journal_mode = OFF; PRAGMA synchronous = FULL;
            PRAGMA cache_size = -131072; PRAGMA temp_store = MEMORY
            """)
        try database.run("ATTACH ? AS source", [.text(source)])
        let target = ColumnAliases.quote(name)
        let definitions = columns.map { column in
            column.isKey ? "\(column.alias) \(column.type) PRIMARY KEY" : column.alias
        }
        try database.transaction { () throws(TableError) in
            try database.execute(
                "CREATE TABLE main.\(target) (\(definitions.joined(separator: ", "))) WITHOUT ROWID")
            // In the order of the key, so that each row is appended.
            try database.execute(
                """
                INSERT INTO main.\(target) SELECT \(columns.map(\.sql).joined(separator: ", "))
                FROM source.records ORDER BY k
                """)
        }
    }
}

extension TableFile {
    struct ExportedColumn {
        /// Quoted.
        var alias: String
        var sql: String
        var isKey: Bool
        /// The declared type.
        var type: String
    }

    fileprivate func exportedColumns(_ names: [String]) throws(TableError) -> [ExportedColumn] {
        guard let items = storage as? ColumnItems else {
            throw .validation("\(name) has a sort key: it cannot be exported")
        }
        guard names.contains(where: { $0.utf8.elementsEqual(schema.partition.utf8) }) else {
            throw .validation("The key \(schema.partition) is none of the columns")
        }
        guard names.count <= 2000, !names.contains(where: { $0.utf8.contains(0) }) else {
            throw .validation("SQLite takes 2000 columns, without NUL in their names")
        }
        var aliases = ColumnAliases()
        return names.map { name in
            let isKey = name.utf8.elementsEqual(schema.partition.utf8)
            let isNumber = schema.types[schema.partition] == "N"
            return ExportedColumn(
                alias: aliases.quoted(name), sql: items.shown(name), isKey: isKey,
                type: isNumber ? "NUMERIC" : "TEXT")
        }
    }
}
