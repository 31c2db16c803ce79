import SQLite

/// Binds the values of a row where they lie: nothing is copied but numbers that are no integers.
final class ValueBinder {
    private let bytes: UnsafeRawBufferPointer
    private let types: [LoadHeader.Column.ValueType]
    private let keyIndex: Int
    private let offset: Int
    /// What is bound for booleans, and numbers with their tags: room for one in each column.
    private let scratch: UnsafeMutableRawPointer
    /// Of a tag and a number in its longest form: a sign, a point, 130 zeros, 38 digits.
    private static let numberBytes = 192
    /// - Parameter offset: parameters before the row's values: the id, the stamp.
    init(_ header: LoadHeader, _ bytes: UnsafeRawBufferPointer, offset: Int) {
        self.bytes = bytes
        types = header.columns.map(\.type)
        keyIndex = header.keyIndex
        self.offset = offset
        scratch = .allocate(byteCount: (types.count + 1) * Self.numberBytes, alignment: 1)
        scratch.storeBytes(of: StoredValue.Tag.no.rawValue, as: UInt8.self)
        scratch.storeBytes(of: StoredValue.Tag.yes.rawValue, toByteOffset: 1, as: UInt8.self)
    }

    deinit { scratch.deallocate() }

    /// Binds id, stamp and values. They are good until the next row is bound.
    @inline(__always)
    func bind(
        _ row: LoadRows.Row, stamp: Int?, to statement: borrowing Database.Statement
    ) throws(TableError) {
        try statement.bind(Int64(row.home), at: 0)
        if let stamp {
            try statement.bind(Int64(stamp), at: 1)
        } else {
            try statement.bindNull(at: 1)
        }
        var at = Int(row.start)
        for index in types.indices {
            // The rows have been checked: each value is in bounds and of its type.
            guard case .value(let range) = RowValue.next(bytes, &at) else {
                try statement.bindNull(at: offset + index)
                continue
            }
            let value = UnsafeRawBufferPointer(rebasing: bytes[range])
            switch types[index] {
            case .string: try statement.bindInPlace(text: value, at: offset + index)
            case .boolean:
                let tag = UnsafeRawBufferPointer(start: scratch + Int(value[0]), count: 1)
                try statement.bindInPlace(blob: tag, at: offset + index)
            case .number:
                if index == keyIndex {
                    try statement.bindInPlace(text: value, at: offset + index)
                } else if let int = StoredNumber.int(value) {
                    try statement.bind(Int64(int), at: offset + index)
                } else {
                    let place = UnsafeMutableRawBufferPointer(
                        start: scratch + (index + 1) * Self.numberBytes, count: value.count + 1)
                    place[0] = StoredValue.Tag.number.rawValue
                    UnsafeMutableRawBufferPointer(rebasing: place[1...]).copyMemory(from: value)
                    try statement.bindInPlace(
                        blob: UnsafeRawBufferPointer(place), at: offset + index)
                }
            }
        }
    }
}
