import LocalCloud
import LocalDynamoDB
import System

/// A table of a home as a file of its own.
enum TableFile {
    /// Writes it as an SQLite file with one plain table.
    static func export(_ table: String, of home: Home, to target: String) throws {
        guard target != "-" else {
            throw CommandError.usage(
                "--out - is for texts; a table is written to a file, or read with: sluice table \(table)")
        }
        let tables = try TableStore(home.tableStore)
        try tables.export(table, columns: tables.attributeNames(of: table), to: target)
    }
}
