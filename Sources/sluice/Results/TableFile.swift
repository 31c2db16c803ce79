import LocalCloud
import System

/// A table of a home as a file of its own.
enum TableFile {
    /// Writes it as an SQLite file with one plain table.
    static func export(_ table: String, of home: Home, to target: String) throws {
        throw SystemError("export", target)
    }
}
