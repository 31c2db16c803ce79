/// Why SQLite refused something.
///
/// https://www.sqlite.org/rescode.html
public struct SQLiteError: Error, Sendable, Hashable, CustomStringConvertible {
    /// SQLite's extended result code, `SQLITE_IOERR_WRITE` for instance.
    public let code: Int32
    public let message: String
    /// The statement, or the path of the file.
    public let subject: String

    public init(code: Int32, message: String, subject: String) {
        self.code = code
        self.message = message
        self.subject = subject
    }

    public var description: String { "\(message) in: \(subject)" }
}

/// The error type of the module that owns a connection: what SQLite refuses is thrown as that type.
public protocol SQLiteFailure: Error {
    init(_ error: SQLiteError)
}

extension SQLiteError: SQLiteFailure {
    public init(_ error: SQLiteError) { self = error }
}

/// A value of a statement's parameter.
public enum BoundValue: Sendable, Hashable {
    case null
    case int(Int)
    case text(String)
    case blob([UInt8])

    public init(_ text: String?) { self = text.map { .text($0) } ?? .null }
    public init(_ int: Int?) { self = int.map { .int($0) } ?? .null }
}

/// The type of a value in a row: `SQLITE_INTEGER` and so on.
///
/// https://www.sqlite.org/c3ref/c_blob.html
public enum ColumnType: Int32, Sendable {
    case integer = 1
    case double
    case text
    case blob
    case null
}
