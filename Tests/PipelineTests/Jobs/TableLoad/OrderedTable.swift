import JSON
import Stores
import Synchronization

/// Tables of items in memory, which keep the order of runs as ``RunOrder`` decides it. Every row is
/// written in one step.
final class OrderedTables: Sendable {
    struct State: Sendable {
        /// By the names of tables: the keys' attributes, and the items by the texts of their keys.
        var schemas: [String: [ItemKeyAttribute]] = [:]
        var items: [String: [String: [String: String]]] = [:]
        var writes = 0
        /// Writes before one fails; nil for none.
        var failsAfter: Int?
    }

    let state = Mutex(State())
    let writesSideBySide: Bool
    let mayBeCreated: Bool

    init(writesSideBySide: Bool = true, mayBeCreated: Bool = true) {
        self.writesSideBySide = writesSideBySide
        self.mayBeCreated = mayBeCreated
    }

    /// Items without what keeps their order: by key, `TYPE:TEXT` by attribute.
    func items(_ table: String = "table-load") -> [String: [String: String]] {
        state.withLock { state in
            (state.items[table] ?? [:]).mapValues { item in
                item.filter { !RunOrder.isControl($0.key, attribute: "_v") }
            }
        }
    }

    func fail(after writes: Int?) {
        state.withLock { ($0.writes, $0.failsAfter) = (0, writes) }
    }
}

struct OrderedTable: ItemTable {
    let tables: OrderedTables
    let name: String

    var writesSideBySide: Bool { tables.writesSideBySide }
    var mayBeCreated: Bool { tables.mayBeCreated }

    func describe() throws(StoreError) -> [ItemKeyAttribute]? {
        tables.state.withLock { $0.schemas[name] }
    }

    func create(key: ItemKeyAttribute) throws(StoreError) {
        guard mayBeCreated else { throw StoreError(.noSuchTable, "no such table", subject: name) }
        tables.state.withLock { state in
            if state.schemas[name] == nil { state.schemas[name] = [key] }
        }
    }

    func check(_ layout: ItemLayout) throws(StoreError) {}

    func write(
        _ rows: UnsafeRawBufferPointer, _ layout: ItemLayout, _ columnSets: ColumnSets?
    ) throws(StoreError) -> ItemCounts {
        var reader = ItemRowReader(rows, columns: layout.columns.count)
        var ranges: [Range<Int>?] = []
        var counts = ItemCounts()
        while try reader.next(&ranges) {
            var row: [String: String] = [:]
            for (column, range) in zip(layout.columns, ranges) {
                guard let range else { continue }
                let bytes = rows[range]
                let text =
                    column.type == .boolean
                    ? String(bytes[bytes.startIndex] == 1) : String(decoding: bytes, as: UTF8.self)
                row[column.name] = "\(column.type.rawValue):\(text)"
            }
            try write(row, layout, columnSets, &counts)
        }
        return counts
    }

    private func write(
        _ row: [String: String], _ layout: ItemLayout, _ columnSets: ColumnSets?,
        _ counts: inout ItemCounts
    ) throws(StoreError) {
        while true {
            let result = tables.state.withLock { state -> Result<[String], StoreError> in
                state.writes += 1
                if let limit = state.failsAfter, state.writes > limit {
                    return .failure(StoreError(.unavailable, "as the test has it", subject: name))
                }
                let key = row[layout.key] ?? ""
                let old = state.items[name]?[key] ?? [:]
                let outcome = Self.apply(row, layout, columnSets?.known ?? [:], old)
                switch outcome {
                case .success(.unknown(let hashes)): return .success(hashes)
                case .success(.item(let item, let what)):
                    state.items[name, default: [:]][key] = item
                    counts += what
                    return .success([])
                case .failure(let error): return .failure(error)
                }
            }
            let hashes = try result.get()
            if hashes.isEmpty { return }
            for hash in hashes where try columnSets?.columns(ofHash: hash) == nil {
                throw StoreError(.foreignVersion, "unknown columns \(hash)", subject: name)
            }
        }
    }

    private enum Applied {
        case item([String: String], ItemCounts)
        case unknown([String])
    }

    private static func apply(
        _ row: [String: String], _ layout: ItemLayout, _ known: [String: [String]],
        _ old: [String: String]
    ) -> Result<Applied, StoreError> {
        var item = layout.mode == .merge ? old : [:]
        for name in layout.attributes { item[name] = nil }
        for (name, value) in row { item[name] = value }
        guard let order = layout.order else { return .success(.item(item, .init(written: 1))) }
        let controls = old.filter { order.isControl($0.key) }
        switch order.decide(
            old: controls, attributes: Array(old.keys), key: [layout.key],
            columns: layout.attributes, known: known)
        {
        case .write:
            item[order.attribute] = order.version
            item[order.setAttribute] = order.version
            return .success(.item(item, .init(written: 1)))
        case .partial(let partial):
            item = old
            for name in partial.remove { item[name] = nil }
            for name in partial.columns { item[name] = row[name] }
            item[order.setAttribute] = order.version
            item[order.lateAttribute] = partial.next
            return .success(.item(item, .init(merged: 1)))
        case .superseded: return .success(.item(old, .init(superseded: 1)))
        case .done: return .success(.item(old, .init(written: 1)))
        case .unknownColumns(let hashes): return .success(.unknown(hashes))
        case .foreignVersion(let attribute, let value):
            return .failure(StoreError(.foreignVersion, "\(attribute) \(value)", subject: "table"))
        }
    }
}
