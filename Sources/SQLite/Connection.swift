public import CSQLite

#if canImport(Glibc)
import Glibc
#endif

/// A connection to an SQLite file, used by one thread at a time.
///
/// Statements are prepared once and kept for the next use of the same text. Every error is thrown as
/// `Failure`. Not supported: user functions, several databases in one connection, incremental blobs.
public final class Connection<Failure: SQLiteFailure> {
    public typealias Value = BoundValue

    /// How a file is opened.
    public enum Access: Sendable {
        /// For reading and writing; made when it is missing, readable by its owner only.
        case create
        /// For reading and writing; an error when it is missing.
        case readWrite
        /// Sees what has been committed by others.
        case readOnly
    }

    @usableFromInline let handle: OpaquePointer
    /// Prepared statements that nobody uses at the moment, by their text.
    private var idle: [String: OpaquePointer] = [:]

    /// Statements that are kept at most; past them all idle ones are let go.
    private static var maximumIdleStatements: Int { 100 }
    /// How long a statement waits for another connection's lock.
    private static var busyMilliseconds: Int32 { 10_000 }

    public init(_ path: String, access: Access = .create) throws(Failure) {
        var flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        switch access {
        case .create:
            flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            // SQLite would make it with the process's umask. Without O_EXCL closing the descriptor would
            // drop the locks that other connections of this process hold on the file.
            // A name with a colon in front is no file: `:memory:`.
            let descriptor =
                path.hasPrefix(":") ? -1 : open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            if descriptor >= 0 { close(descriptor) }
        case .readWrite: flags |= SQLITE_OPEN_READWRITE
        case .readOnly: flags |= SQLITE_OPEN_READONLY
        }
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(path, &opened, flags, nil)
        guard code == SQLITE_OK, let opened else {
            sqlite3_close_v2(opened)
            throw Failure(
                SQLiteError(
                    code: code, message: String(cString: sqlite3_errstr(code)), subject: path))
        }
        sqlite3_busy_timeout(opened, Self.busyMilliseconds)
        handle = opened
    }

    deinit {
        dropIdle()
        sqlite3_close_v2(handle)
    }

    /// Runs statements without parameters or rows.
    public func execute(_ sql: String) throws(Failure) {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure(sql) }
    }

    /// The statement of that text with its parameters bound in order, at no row yet.
    public func prepare(_ sql: String, _ values: [Value] = []) throws(Failure) -> Statement {
        let statement = Statement(try take(sql), sql, self)
        for (index, value) in values.enumerated() { try statement.bind(value, at: index) }
        return statement
    }

    /// Runs a statement to its end; rows are passed over.
    public func run(_ sql: String, _ values: [Value] = []) throws(Failure) {
        let statement = try prepare(sql, values)
        while try statement.step() {}
    }

    /// All rows of a query, each read by `read`.
    public func rows<Row>(
        _ sql: String, _ values: [Value] = [],
        _ read: (borrowing Statement) throws(Failure) -> Row
    ) throws(Failure) -> [Row] {
        let statement = try prepare(sql, values)
        var rows: [Row] = []
        while try statement.step() { rows.append(try read(statement)) }
        return rows
    }

    /// The first row of a query; nil when there is none.
    public func row<Row>(
        _ sql: String, _ values: [Value] = [],
        _ read: (borrowing Statement) throws(Failure) -> Row
    ) throws(Failure) -> Row? {
        let statement = try prepare(sql, values)
        return try statement.step() ? try read(statement) : nil
    }

    /// All that `body` changes, or nothing when it throws.
    /// - Parameter writes: takes the write lock at once; otherwise what is read is of one moment.
    public func transaction<Result>(
        writes: Bool = true, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try run(writes ? "BEGIN IMMEDIATE" : "BEGIN")
        do throws(Failure) {
            let result = try body()
            try run("COMMIT")
            return result
        } catch {
            // SQLite has rolled back by itself after some errors.
            if sqlite3_get_autocommit(handle) == 0 { try? run("ROLLBACK") }
            throw error
        }
    }

    public var lastRowID: Int { Int(sqlite3_last_insert_rowid(handle)) }
    /// Rows changed by the last statement.
    @inlinable public var changes: Int { Int(sqlite3_changes(handle)) }

    /// The connection's last error.
    @usableFromInline
    func failure(_ subject: String) -> Failure {
        Failure(
            SQLiteError(
                code: sqlite3_extended_errcode(handle),
                message: String(cString: sqlite3_errmsg(handle)), subject: subject))
    }

    private func take(_ sql: String) throws(Failure) -> OpaquePointer {
        if let known = idle.removeValue(forKey: sql) { return known }
        var raw: OpaquePointer?
        let code = sqlite3_prepare_v3(
            handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &raw, nil)
        guard code == SQLITE_OK, let raw else { throw failure(sql) }
        return raw
    }

    /// Keeps a statement for the next use of its text.
    @usableFromInline
    func giveBack(_ raw: OpaquePointer, _ sql: String) {
        sqlite3_reset(raw)
        sqlite3_clear_bindings(raw)
        if idle.count >= Self.maximumIdleStatements { dropIdle() }
        if let other = idle.updateValue(raw, forKey: sql) { sqlite3_finalize(other) }
    }

    private func dropIdle() {
        for statement in idle.values { sqlite3_finalize(statement) }
        idle = [:]
    }
}
