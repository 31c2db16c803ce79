import CSQLite

/// A connection to an SQLite file, used by one thread at a time.
final class Database {
    private var handle: OpaquePointer?
    private var statements: [String: Statement] = [:]

    /// Opens the file; `readOnly` sees what has been committed by others.
    init(_ path: String, readOnly: Bool = false) throws(EngineError) {
        let flags =
            SQLITE_OPEN_NOMUTEX
            | (readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
        let code = sqlite3_open_v2(path, &handle, flags, nil)
        guard code == SQLITE_OK else {
            throw EngineError(.store, "\(path): \(String(cString: sqlite3_errstr(code)))")
        }
        sqlite3_busy_timeout(handle, 10_000)
    }

    deinit {
        for statement in statements.values { statement.finalize() }
        sqlite3_close_v2(handle)
    }

    /// Runs statements without parameters or rows.
    func execute(_ sql: String) throws(EngineError) {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure(sql) }
    }

    /// The prepared statement of that text with its parameters bound; prepared once.
    func prepare(_ sql: String, _ values: [Value] = []) throws(EngineError) -> Statement {
        let statement: Statement
        if let known = statements[sql] {
            statement = known
        } else {
            var raw: OpaquePointer?
            guard
                sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &raw, nil)
                    == SQLITE_OK, let raw
            else { throw failure(sql) }
            statement = Statement(raw, database: self)
            statements[sql] = statement
        }
        statement.bind(values)
        return statement
    }

    /// Runs a statement that returns no rows.
    func run(_ sql: String, _ values: [Value] = []) throws(EngineError) {
        let statement = try prepare(sql, values)
        defer { statement.reset() }
        while try statement.step() {}
    }

    /// All rows of a query, each read by `read`.
    func rows<Row>(
        _ sql: String, _ values: [Value] = [], _ read: (Statement) throws(EngineError) -> Row
    ) throws(EngineError) -> [Row] {
        let statement = try prepare(sql, values)
        defer { statement.reset() }
        var rows: [Row] = []
        while try statement.step() { rows.append(try read(statement)) }
        return rows
    }

    var lastRowID: Int { Int(sqlite3_last_insert_rowid(handle)) }
    /// Rows changed by the last statement.
    var changes: Int { Int(sqlite3_changes(handle)) }

    func failure(_ doing: String) -> EngineError {
        EngineError(.store, "\(String(cString: sqlite3_errmsg(handle))) in: \(doing)")
    }

    /// What is bound to a parameter.
    enum Value {
        case null
        case int(Int)
        case text(String)

        init(_ text: String?) { self = text.map { .text($0) } ?? .null }
        init(_ int: Int?) { self = int.map { .int($0) } ?? .null }
    }

    /// A prepared statement at its current row.
    final class Statement {
        private let raw: OpaquePointer
        private unowned let database: Database

        init(_ raw: OpaquePointer, database: Database) {
            self.raw = raw
            self.database = database
        }

        func finalize() { sqlite3_finalize(raw) }
        func reset() { sqlite3_reset(raw) }

        func bind(_ values: [Value]) {
            // SQLite copies the text before the call returns.
            let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
            for (index, value) in values.enumerated() {
                let at = Int32(index + 1)
                switch value {
                case .null: sqlite3_bind_null(raw, at)
                case .int(let int): sqlite3_bind_int64(raw, at, Int64(int))
                case .text(var text):
                    text.withUTF8 { utf8 in
                        guard let start = utf8.baseAddress, !utf8.isEmpty else {
                            sqlite3_bind_text(raw, at, "", 0, transient)
                            return
                        }
                        start.withMemoryRebound(to: CChar.self, capacity: utf8.count) {
                            _ = sqlite3_bind_text(raw, at, $0, Int32(utf8.count), transient)
                        }
                    }
                }
            }
        }

        /// Goes to the next row; false when there is none.
        func step() throws(EngineError) -> Bool {
            switch sqlite3_step(raw) {
            case SQLITE_ROW: return true
            case SQLITE_DONE: return false
            default:
                let failure = database.failure(String(cString: sqlite3_sql(raw)))
                reset()
                throw failure
            }
        }

        func int(_ column: Int) -> Int { Int(sqlite3_column_int64(raw, Int32(column))) }
        func isNull(_ column: Int) -> Bool {
            sqlite3_column_type(raw, Int32(column)) == SQLITE_NULL
        }
        func optionalInt(_ column: Int) -> Int? { isNull(column) ? nil : int(column) }
        func text(_ column: Int) -> String { optionalText(column) ?? "" }
        func optionalText(_ column: Int) -> String? {
            guard let bytes = sqlite3_column_text(raw, Int32(column)) else { return nil }
            let count = Int(sqlite3_column_bytes(raw, Int32(column)))
            return String(
                decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
        }
    }
}
