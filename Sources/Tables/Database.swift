import CSQLite

/// One SQLite connection, used by one thread at a time.
final class Database {
    private var handle: OpaquePointer?
    /// Prepared once each, by their text.
    private var statements: [String: OpaquePointer] = [:]

    enum Value {
        case text(String)
        case blob([UInt8])
    }

    init(_ path: String) throws(TableError) {
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        guard sqlite3_open_v2(path, &handle, flags, nil) == SQLITE_OK else {
            let message = failure
            sqlite3_close(handle)
            throw .internalError("\(path): \(message)")
        }
        sqlite3_busy_timeout(handle, 5000)
        // A crash of the machine may lose the last updates, a crash of the process none.
        for pragma in ["journal_mode = WAL", "synchronous = NORMAL"] {
            try run("PRAGMA " + pragma)
        }
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close(handle)
    }

    /// Runs a statement and returns the first column of each row.
    @discardableResult
    func run(_ sql: String, _ values: Value...) throws(TableError) -> [String] {
        let statement = try prepared(sql)
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (index, value) in values.enumerated() {
            let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
            switch value {
            case .text(let text):
                sqlite3_bind_text(
                    statement, Int32(index + 1), text, Int32(text.utf8.count), transient)
            case .blob(let bytes):
                sqlite3_bind_blob(
                    statement, Int32(index + 1), bytes, Int32(bytes.count), transient)
            }
        }
        var rows: [String] = []
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW:
                let count = Int(sqlite3_column_bytes(statement, 0))
                let text = UnsafeRawBufferPointer(
                    start: sqlite3_column_text(statement, 0), count: count)
                rows.append(String(decoding: text, as: UTF8.self))
            case SQLITE_DONE: return rows
            default: throw .internalError(failure)
            }
        }
    }

    /// All that `body` changes, or nothing when it throws.
    func transaction<Result>(
        _ body: () throws(TableError) -> Result
    ) throws(TableError) -> Result {
        try run("BEGIN IMMEDIATE")
        do throws(TableError) {
            let result = try body()
            try run("COMMIT")
            return result
        } catch {
            _ = try? run("ROLLBACK")
            throw error
        }
    }

    private func prepared(_ sql: String) throws(TableError) -> OpaquePointer {
        if let statement = statements[sql] { return statement }
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK, let statement
        else { throw .internalError(failure) }
        statements[sql] = statement
        return statement
    }

    private var failure: String {
        sqlite3_errmsg(handle).map { String(cString: $0) } ?? "out of memory"
    }
}
