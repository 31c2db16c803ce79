public import CSQLite

extension Connection {
    /// A prepared statement at its current row, given back to its connection when it goes.
    ///
    /// Parameters and columns are counted from 0.
    public struct Statement: ~Copyable {
        @usableFromInline let raw: OpaquePointer
        @usableFromInline let sql: String
        @usableFromInline let connection: Connection

        @usableFromInline
        init(_ raw: OpaquePointer, _ sql: String, _ connection: Connection) {
            self.raw = raw
            self.sql = sql
            self.connection = connection
        }

        deinit { connection.giveBack(raw, sql) }

        /// Goes to the next row; false when there is none.
        @inlinable
        public func step() throws(Failure) -> Bool {
            switch sqlite3_step(raw) {
            case SQLITE_ROW: return true
            case SQLITE_DONE: return false
            default:
                let failure = connection.failure(sql)
                reset()
                throw failure
            }
        }

        /// Goes back before the first row; what is bound stays bound.
        @inlinable
        public func reset() { sqlite3_reset(raw) }
    }
}

// Binding. SQLite copies text and bytes before the call returns, except where it says otherwise.
extension Connection.Statement {
    public func bind(_ value: BoundValue, at index: Int) throws(Failure) {
        switch value {
        case .null: try bindNull(at: index)
        case .int(let int): try bind(Int64(int), at: index)
        case .text(var text):
            try check(
                text.withUTF8 { utf8 in
                    // The address of an empty buffer may be nil, which would bind NULL.
                    sqlite3_bind_text64(
                        raw, Int32(index + 1),
                        UnsafeRawPointer(utf8.baseAddress ?? Self.nothing)
                            .assumingMemoryBound(to: CChar.self), UInt64(utf8.count),
                        Self.transient, UInt8(SQLITE_UTF8))
                })
        case .blob(let bytes):
            try check(
                bytes.withUnsafeBytes { bytes in
                    sqlite3_bind_blob64(
                        raw, Int32(index + 1), bytes.baseAddress ?? UnsafeRawPointer(Self.nothing),
                        UInt64(bytes.count), Self.transient)
                })
        }
    }

    @inlinable
    public func bindNull(at index: Int) throws(Failure) {
        try check(sqlite3_bind_null(raw, Int32(truncatingIfNeeded: index + 1)))
    }

    @inlinable
    public func bind(_ int: Int64, at index: Int) throws(Failure) {
        try check(sqlite3_bind_int64(raw, Int32(truncatingIfNeeded: index + 1), int))
    }

    /// Binds UTF-8 text without copying it: it must stay as it is until the parameter is bound anew or
    /// the statement goes.
    @inlinable
    public func bindInPlace(text: UnsafeRawBufferPointer, at index: Int) throws(Failure) {
        try check(
            sqlite3_bind_text64(
                raw, Int32(truncatingIfNeeded: index + 1),
                (text.baseAddress ?? UnsafeRawPointer(Self.nothing))
                    .assumingMemoryBound(to: CChar.self), UInt64(text.count), nil,
                UInt8(SQLITE_UTF8)))
    }

    /// Binds bytes without copying them: they must stay as they are until the parameter is bound anew or
    /// the statement goes.
    @inlinable
    public func bindInPlace(blob: UnsafeRawBufferPointer, at index: Int) throws(Failure) {
        try check(
            sqlite3_bind_blob64(
                raw, Int32(truncatingIfNeeded: index + 1),
                blob.baseAddress ?? UnsafeRawPointer(Self.nothing), UInt64(blob.count), nil))
    }

    @inlinable
    func check(_ code: Int32) throws(Failure) {
        if code != SQLITE_OK { throw connection.failure(sql) }
    }

    /// Tells SQLite to make its own copy (SQLITE_TRANSIENT, a macro that Swift does not import).
    private static var transient: sqlite3_destructor_type {
        unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    }

    /// An address that is not nil, for values without bytes.
    @usableFromInline static var nothing: UnsafePointer<UInt8> {
        UnsafePointer(bitPattern: MemoryLayout<Int>.alignment)!
    }
}

// Reading the current row.
extension Connection.Statement {
    @inlinable
    public func int(_ column: Int) -> Int { Int(sqlite3_column_int64(raw, Int32(column))) }

    public func double(_ column: Int) -> Double { sqlite3_column_double(raw, Int32(column)) }

    @inlinable
    public func isNull(_ column: Int) -> Bool { type(column) == .null }

    @inlinable
    public func type(_ column: Int) -> ColumnType {
        ColumnType(rawValue: sqlite3_column_type(raw, Int32(column))) ?? .null
    }

    public func optionalInt(_ column: Int) -> Int? { isNull(column) ? nil : int(column) }
    /// The text; empty for NULL.
    public func text(_ column: Int) -> String { optionalText(column) ?? "" }

    public func optionalText(_ column: Int) -> String? {
        guard let bytes = sqlite3_column_text(raw, Int32(column)) else { return nil }
        let count = Int(sqlite3_column_bytes(raw, Int32(column)))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    /// The bytes of a text or blob, which are good during the call.
    @inlinable
    public func withBytes<Result>(
        _ column: Int, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let start = sqlite3_column_blob(raw, Int32(column))
        let count = Int(sqlite3_column_bytes(raw, Int32(column)))
        return try body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
    }

    /// Bytes of a text or blob, and of the text that a number makes.
    @inlinable
    public func byteCount(_ column: Int) -> Int { Int(sqlite3_column_bytes(raw, Int32(column))) }

    public var columnCount: Int { Int(sqlite3_column_count(raw)) }
    public func name(ofColumn column: Int) -> String {
        sqlite3_column_name(raw, Int32(column)).map { String(cString: $0) } ?? ""
    }
}
