import JSON
import SQLite

/// A table's open file, used by one thread at a time.
final class TableFile {
    /// Counts up when the layout changes; a file of another format is refused.
    static let format = 1
    /// Few pages for long rows, and little to write for a small change.
    private static let pageBytes = 16 << 10

    let database: Database
    let name: String
    let description: JSON
    let schema: KeySchema
    let storage: any ItemStorage

    /// Opens the file at a path that has one.
    /// - Parameter hashMask: see ``ColumnItems``.
    /// - Returns: nil when the file was never finished.
    init?(opening path: String, _ name: String, hashMask: UInt64) throws(TableError) {
        let database = try Database(path, access: .readWrite)
        try Self.configure(database)
        switch try database.row("PRAGMA user_version", [], { $0.int(0) }) ?? 0 {
        case 0: return nil
        case Self.format: break
        case let other:
            throw .internalError(
                "\(path) has format \(other), this version of Sluice reads format \(Self.format): "
                    + "use the version that made it")
        }
        let text = try database.row("SELECT value FROM meta WHERE name = 'description'") {
            $0.text(0)
        }
        guard let text, let description = try? JSON(parsing: text) else {
            throw .internalError("\(path): the table's description is damaged")
        }
        self.database = database
        self.name = name
        self.description = description
        schema = try KeySchema(description)
        storage = Self.storage(database, schema, hashMask)
    }

    /// Makes the table, all or nothing.
    /// - Throws: `ResourceInUseException` when it is there.
    init(
        creating path: String, _ name: String, _ description: JSON, hashMask: UInt64
    ) throws(TableError) {
        let schema = try KeySchema(description)
        let database = try Database(path)
        try database.execute("PRAGMA page_size = \(Self.pageBytes)")
        try Self.configure(database)
        let storage = Self.storage(database, schema, hashMask)
        try database.transaction { () throws(TableError) in
            guard try database.row("PRAGMA user_version", [], { $0.int(0) }) == 0 else {
                throw .inUse(name)
            }
            try database.execute(
                "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
            try database.run(
                "INSERT INTO meta (name, value) VALUES ('description', ?)",
                [.text(description.serialized())])
            try storage.create()
            try database.execute("PRAGMA user_version = \(Self.format)")
        }
        self.database = database
        self.name = name
        self.description = description
        self.schema = schema
        self.storage = storage
    }

    /// Others read while one writes. A crash of the machine may lose the last single updates, a crash of
    /// the process none; a load is on the disk when it answers (``load(_:_:)``).
    private static func configure(_ database: Database) throws(TableError) {
        try database.execute(
            """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384;
            PRAGMA wal_autocheckpoint = 256;
            """)
    }

    private static func storage(
        _ database: Database, _ schema: KeySchema, _ hashMask: UInt64
    ) -> any ItemStorage {
        schema.sort == nil
            ? ColumnItems(database, schema, hashMask: hashMask) : DocumentItems(database, schema)
    }

    /// All that `body` changes, or nothing when it throws.
    func transaction<Result>(
        writes: Bool, _ body: () throws(TableError) -> Result
    ) throws(TableError) -> Result {
        do throws(TableError) {
            return try database.transaction(writes: writes) { () throws(TableError) in
                try storage.begin()
                return try body()
            }
        } catch {
            storage.rolledBack()
            throw error
        }
    }

    /// - Throws: `ValidationException` for an item that is too large, or without the table's key.
    func put(_ item: JSONObject) throws(TableError) {
        let location = try schema.location(of: item)
        guard AttributeValue.sizeBytes(item) <= TableStore.maximumItemBytes else {
            throw .itemTooLarge
        }
        try storage.put(item, at: location)
    }

    func item(_ key: JSONObject) throws(TableError) -> JSONObject? {
        try storage.item(schema.location(of: key))
    }
}
