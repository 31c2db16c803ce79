public import SQLite

/// A connection to the store's file.
typealias Database = Connection<EngineError>

extension EngineError: SQLiteFailure {
    public init(_ error: SQLiteError) { self.init(.store, "\(error)") }
}
