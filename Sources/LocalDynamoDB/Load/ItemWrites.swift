import JSON
import Stores

/// What became of keys.
struct LoadCounts {
    var written = 0
    var superseded = 0
    var merged = 0

    mutating func add(_ outcome: ItemWrites.Outcome) {
        switch outcome {
        case .written: written += 1
        case .superseded: superseded += 1
        case .merged: merged += 1
        }
    }
}

/// Writes rows of a load as whole items: the plain way, for what no short cut is taken.
struct ItemWrites {
    enum Outcome {
        case written
        case superseded
        case merged
    }

    /// The control attributes that the run sets, none without versions.
    let controls: JSONObject
    private let header: LoadHeader
    private let rows: LoadRows
    private let items: ColumnItems

    init(_ header: LoadHeader, _ rows: LoadRows, _ items: ColumnItems) {
        self.header = header
        self.rows = rows
        self.items = items
        controls =
            header.order.map {
                [
                    $0.attribute: ["S": JSON($0.version)],
                    $0.setAttribute: ["S": JSON($0.version)],
                ]
            } ?? [:]
    }

    /// The control attributes of an item that had these and is written whole.
    func controls(replacing old: JSONObject) -> JSONObject {
        guard let order = header.order else { return header.mode == .merge ? old : [:] }
        if header.mode == .replace {
            // Those of other version attributes go as well, as with PutItem.
            return controls
        }
        var result = old
        result[order.attribute] = controls[order.attribute]
        result[order.setAttribute] = controls[order.setAttribute]
        return result
    }

    /// - Throws: `ForeignVersion`, `UnknownColumns`.
    func decide(
        _ old: JSONObject, attributes: [String], key: UnsafeRawBufferPointer
    ) throws(TableError) -> RunOrder.Decision {
        guard let order = header.order else { return .write }
        var texts: [String: String] = [:]
        for (name, value) in old where order.isControl(name) {
            let isCounter = name == order.lateAttribute
            texts[name] = value[isCounter ? "N" : "S"]?.string ?? ""
        }
        let decision = order.decide(
            old: texts, attributes: attributes, key: [header.key], columns: header.attributes,
            known: header.known)
        switch decision {
        case .foreignVersion(let attribute, _):
            throw .foreignVersion(attribute, key: String(decoding: key, as: UTF8.self))
        case .unknownColumns(let hashes): throw .unknownColumns(hashes)
        default: return decision
        }
    }

    func write(_ row: LoadRows.Row) throws(TableError) -> Outcome {
        let key = rows.key(row)
        let location = KeySchema.Location(partition: Array(key), sort: [])
        let old = try items.item(location)
        let record = record(row)
        var item = old ?? [header.key: record[header.key] ?? .null]
        switch try decide(old ?? [:], attributes: old?.names ?? [], key: key) {
        case .superseded: return .superseded
        case .done: return .written
        case .write:
            let oldControls = JSONObject(
                item.filter { items.isControl($0.name) }.map { ($0.name, $0.value) })
            if header.mode == .replace {
                item = record
            } else {
                for name in header.attributes { item[name] = record[name] }
            }
            for (name, value) in controls(replacing: oldControls) { item[name] = value }
            try put(item, location)
            return .written
        case .partial(let partial):
            for name in partial.columns { item[name] = record[name] }
            for name in partial.remove { item[name] = nil }
            if let order = header.order {
                item[order.setAttribute] = controls[order.setAttribute]
                item[order.lateAttribute] = ["N": JSON(partial.next)]
            }
            try put(item, location)
            return .merged
        case .foreignVersion, .unknownColumns:
            throw .internalError("an error has been told before")
        }
    }

    private func put(_ item: JSONObject, _ location: KeySchema.Location) throws(TableError) {
        guard AttributeValue.sizeBytes(item) <= TableStore.maximumItemBytes else {
            throw .itemTooLarge(key: String(decoding: location.partition, as: UTF8.self))
        }
        try items.put(item, at: location)
    }

    /// The attributes of a row.
    private func record(_ row: LoadRows.Row) -> JSONObject {
        var record = JSONObject()
        var at = Int(row.start)
        for column in header.columns {
            guard case .value(let range) = RowValue.next(rows.bytes, &at) else { continue }
            let value = rows.bytes[range]
            record[column.name] =
                column.type == .boolean
                ? ["BOOL": JSON(value.first == 1)]
                : [column.type.rawValue: JSON(String(decoding: value, as: UTF8.self))]
        }
        return record
    }
}
