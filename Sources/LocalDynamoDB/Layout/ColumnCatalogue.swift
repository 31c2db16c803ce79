import JSON
import SQLite

/// Which column holds which attribute. SQLite's names do not heed case and its tables have at most 2,000
/// columns, so columns are called `c1`, `c2`, …, and the table `columns` has the attributes' names.
struct ColumnCatalogue {
    /// Attributes that get a column of their own; those of later names share one.
    static let maximumColumns = 1000
    /// A longer name gets no column: the view's text, which has all names, is limited.
    static let maximumNameBytes = 255

    /// Attributes by the number of their column, less one.
    private(set) var names: [String] = []
    private var numbers: [CodePoints: Int] = [:]

    static let schema = "CREATE TABLE columns (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"

    /// Reads what others have added.
    /// - Returns: whether there was anything.
    mutating func refresh(_ database: Database) throws(TableError) -> Bool {
        let count = try database.row("SELECT max(id) FROM columns") { $0.int(0) } ?? 0
        if count == names.count { return false }
        self = ColumnCatalogue()
        for name in try database.rows("SELECT name FROM columns ORDER BY id", [], { $0.text(0) }) {
            append(name)
        }
        return true
    }

    /// The number of an attribute's column, from 1; nil when it has none.
    func number(of name: String) -> Int? { numbers[CodePoints(name)] }

    /// The names among these that are to get columns, in their order.
    func missing(_ candidates: [String]) -> [String] {
        let room = Self.maximumColumns - names.count
        let new = candidates.filter {
            number(of: $0) == nil && $0.utf8.count <= Self.maximumNameBytes && !$0.utf8.contains(0)
        }
        return Array(new.prefix(max(room, 0)))
    }

    /// Makes columns for these attributes, which have none.
    mutating func add(_ new: [String], _ database: Database) throws(TableError) {
        for name in new {
            append(name)
            try database.run(
                "INSERT INTO columns (id, name) VALUES (?, ?)", [.int(names.count), .text(name)])
            try database.execute("ALTER TABLE records ADD COLUMN c\(names.count)")
        }
    }

    private mutating func append(_ name: String) {
        names.append(name)
        numbers[CodePoints(name)] = names.count
    }
}
