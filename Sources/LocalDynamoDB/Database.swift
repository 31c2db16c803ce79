public import SQLite

/// A connection to a table's file.
typealias Database = Connection<TableError>

extension TableError: SQLiteFailure {
    public init(_ error: SQLiteError) {
        self = .internalError("\(error)")
    }
}
