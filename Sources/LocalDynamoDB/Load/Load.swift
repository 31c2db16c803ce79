import JSON
import SQLite
import Stores

/// A load at work, inside a transaction.
///
/// A key that is new costs one insertion, one that is there and older a search and an update, without
/// a copy of what the rows hold. What is rarer goes by whole items (``ItemWrites``): late rows of which
/// a part is to be written, keys with colliding hashes, attributes without columns, large items.
struct Load: ~Copyable {
    private(set) var counts = LoadCounts()

    private let header: LoadHeader
    private let rows: LoadRows
    private let items: ColumnItems
    private let byItem: ItemWrites
    /// Whether the last key was new, and the next is tried as such.
    private var expectsNew = true

    private let insertion: Database.Statement
    private let change: Database.Statement
    private let search: Database.Statement
    private let values: ValueBinder
    /// The stamp of a new item.
    private let newStamp: Int?
    /// What becomes of items with a stamp; under -1 that of items without one.
    private var plans: [Int: Plan] = [:]

    private enum Plan {
        /// With this stamp.
        case write(Int?)
        case done
        case superseded
        case byItem
    }

    /// Whether rows of that kind can be taken this way: all have columns, and no key is away from its
    /// place.
    static func isPossible(_ header: LoadHeader, _ items: ColumnItems) throws(TableError) -> Bool {
        if header.attributes.contains(where: { items.catalogue.number(of: $0) == nil }) {
            return false
        }
        return try !items.hasCollisions()
    }

    init(_ header: LoadHeader, _ rows: LoadRows, _ items: ColumnItems) throws(TableError) {
        let numbers = header.columns.map { items.catalogue.number(of: $0.name) }
        // The parameters are the id, the stamp, and the row's values in their order.
        var columns = ["id", "stamp"] + numbers.map { "c\($0 ?? 0)" }
        columns[2 + header.keyIndex] = "k"
        let places = columns.indices.map { "?\($0 + 1)" }
        let insert =
            "INTO records (\(columns.joined(separator: ", "))) "
            + "VALUES (\(places.joined(separator: ", ")))"
        let assignments = zip(columns, places).dropFirst().map { "\($0) = \($1)" }
        let change =
            header.mode == .replace
            ? "INSERT OR REPLACE \(insert)"
            : "UPDATE records SET \(assignments.joined(separator: ", ")) WHERE id = ?1"
        // What an item that is merged keeps of its own.
        let own = Set(numbers)
        let others = (1...).prefix(items.catalogue.names.count).filter { !own.contains($0) }
        let rest = header.mode == .replace ? [] : others.map { ", c\($0)" }

        let byItem = ItemWrites(header, rows, items)
        let newStamp = try items.stamps.id(of: byItem.controls, items.database)
        let insertion = try items.database.prepare("INSERT \(insert) ON CONFLICT DO NOTHING")
        let changing = try items.database.prepare(change)
        let search = try items.database.prepare(
            "SELECT k, stamp, more\(rest.joined()) FROM records WHERE id = ?")
        self.newStamp = newStamp
        self.insertion = insertion
        self.change = changing
        self.search = search
        self.header = header
        self.rows = rows
        self.items = items
        self.byItem = byItem
        values = ValueBinder(header, rows.bytes, offset: 2)
    }

    mutating func write(_ row: LoadRows.Row) throws(TableError) {
        if expectsNew, try insert(row) { return }
        switch try plan(row) {
        case nil:
            guard try insert(row) else { throw .internalError("a row came and went") }
            expectsNew = true
            return
        case .write(let stamp):
            try values.bind(row, stamp: stamp, to: change)
            while try change.step() {}
            change.reset()
            counts.written += 1
        case .done: counts.written += 1
        case .superseded: counts.superseded += 1
        case .byItem: counts.add(try byItem.write(row))
        }
        expectsNew = false
    }

    /// - Returns: whether the row's id was free.
    private mutating func insert(_ row: LoadRows.Row) throws(TableError) -> Bool {
        try values.bind(row, stamp: newStamp, to: insertion)
        while try insertion.step() {}
        insertion.reset()
        guard items.database.changes > 0 else { return false }
        counts.written += 1
        return true
    }

    /// What is to be done with a row whose id is taken; nil when it is not.
    private mutating func plan(_ row: LoadRows.Row) throws(TableError) -> Plan? {
        try search.bind(Int64(row.home), at: 0)
        defer { search.reset() }
        guard try search.step() else { return nil }
        let key = rows.key(row)
        guard try search.withBytes(0, { $0.elementsEqual(key) }) else { return .byItem }
        let plan = try plan(stamp: search.optionalInt(1), key)
        guard case .write = plan, header.mode == .merge, search.columnCount > 3 else { return plan }
        // A merged item may become too large: far below the limit there is no need to count.
        var others = 0
        for column in 2..<search.columnCount { others += search.byteCount(column) }
        return others > TableStore.maximumItemBytes / 8 ? .byItem : plan
    }

    private mutating func plan(
        stamp: Int?, _ key: UnsafeRawBufferPointer
    ) throws(TableError) -> Plan {
        if let known = plans[stamp ?? -1] { return known }
        let old = try items.stamps.attributes(stamp, items.database)
        let plan: Plan
        switch try byItem.decide(old, attributes: [], key: key) {
        case .write:
            let controls = byItem.controls(replacing: old)
            plan = .write(try items.stamps.id(of: controls, items.database))
        case .done: plan = .done
        case .superseded: plan = .superseded
        default: plan = .byItem
        }
        plans[stamp ?? -1] = plan
        return plan
    }
}
