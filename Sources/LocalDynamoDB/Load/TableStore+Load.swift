public import JSON
import SQLite
import Stores

extension TableStore {
    /// Writes rows in bulk, all or none, as single conditional updates by ``RunOrder``'s rules would.
    /// The table is on the disk when this returns.
    ///
    /// - Parameters:
    ///   - header: `TableName`, `Key` (the name of the key's column), `Columns` (of `Name` and `Type`, in
    ///     the order of the rows), `Mode` (`merge` or `replace`) and, unless the last write is to win
    ///     whatever is there, `Version`, `VersionAttribute` (`_v` unless given), `ColumnsHash` and
    ///     `KnownColumns` (names by their hash).
    ///   - rows: one behind the other, in the form of `ItemRow`: for each column an unsigned LEB128
    ///     number n and n − 1 bytes, or 0 for an attribute that is left out. In any order; of several
    ///     rows of one key the last is written.
    /// - Returns: `Written`, `Superseded` and `Merged` count the keys; `Repeated` the other rows.
    /// - Throws: ``TableError`` with the codes `ResourceNotFoundException`, `ValidationException` for a
    ///   header that is none or does not fit the table, `DamagedRows`, `ItemTooLarge` and
    ///   `ForeignVersion` (details: `Key`), `UnknownColumns` (details: `Hashes`).
    public func load(header: JSON, rows: UnsafeRawBufferPointer) throws(TableError) -> JSON {
        let header = try LoadHeader(header)
        return try withFile(header.table) { table throws(TableError) in
            try table.load(header, rows)
        }
    }
}

extension TableStore {
    /// The X-Amz-Target of a request whose body ``load(body:)`` takes.
    public static let loadTarget = "SluiceTables_20261125.LoadItems"

    /// ``load(header:rows:)`` of one text of bytes: the header's length in 4 bytes, the lowest first, the
    /// header, and the rows.
    /// - Throws: as well `SerializationException` for a body without a header.
    public func load(body: [UInt8]) throws(TableError) -> JSON {
        guard body.count >= 4 else { throw .serialization("The body has no header") }
        let length = body[..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= body.count - 4 else { throw .serialization("The body's header is cut short") }
        let header: JSON
        do throws(JSONError) {
            header = try JSON(parsing: body[4..<4 + length])
        } catch { throw .serialization("The body's header is not JSON: \(error)") }
        let result = body.withUnsafeBytes { bytes in
            Result { () throws(TableError) in
                try load(header: header, rows: UnsafeRawBufferPointer(rebasing: bytes[(4 + length)...]))
            }
        }
        return try result.get()
    }
}

extension TableFile {
    /// - Parameter byItem: takes no short cut, which a test compares with those taken.
    func load(
        _ header: LoadHeader, _ bytes: UnsafeRawBufferPointer, byItem: Bool = false
    ) throws(TableError) -> JSON {
        guard let items = storage as? ColumnItems else {
            throw .validation("\(name) has a sort key: it cannot be loaded")
        }
        let type = schema.types[schema.partition] ?? "S"
        guard header.key.utf8.elementsEqual(schema.partition.utf8),
            header.columns[header.keyIndex].type.rawValue == type
        else {
            throw .validation("The key of \(name) is \(schema.partition) of type \(type)")
        }
        let rows = try LoadRows(bytes, header) { items.home(of: $0) }
        // Nobody may go on from a load that a power failure could undo.
        try database.execute("PRAGMA synchronous = FULL")
        defer { try? database.execute("PRAGMA synchronous = NORMAL") }
        return try transaction(writes: true) { () throws(TableError) in
            if let order = header.order { try items.addVersionAttribute(order.attribute) }
            try items.addColumns(header.attributes)
            let isPossible = try Load.isPossible(header, items)
            let counts =
                try isPossible && !byItem
                ? load(rows, header, items) : loadByItem(rows, header, items)
            return [
                "Written": JSON(counts.written), "Superseded": JSON(counts.superseded),
                "Merged": JSON(counts.merged), "Repeated": JSON(rows.repeated),
            ]
        }
    }

    private func load(
        _ rows: LoadRows, _ header: LoadHeader, _ items: ColumnItems
    ) throws(TableError) -> LoadCounts {
        var load = try Load(header, rows, items)
        for row in rows.rows { try load.write(row) }
        return load.counts
    }

    private func loadByItem(
        _ rows: LoadRows, _ header: LoadHeader, _ items: ColumnItems
    ) throws(TableError) -> LoadCounts {
        let writes = ItemWrites(header, rows, items)
        var counts = LoadCounts()
        for row in rows.rows { counts.add(try writes.write(row)) }
        return counts
    }
}
