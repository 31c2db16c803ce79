/// How parts and requests carry the rows of a table.
///
/// A row is, for each column in order, an unsigned LEB128 number *n* and *n* − 1 bytes: 0 is an attribute
/// that the row leaves out. A string is its UTF-8, a number its decimal text as DynamoDB returns it, a
/// boolean one byte, 0 or 1. Nothing stands between rows. LEB128 is seven bits a byte, the lowest first,
/// the eighth set in all but the last: <https://dwarfstd.org/doc/DWARF5.pdf>, 7.6.
public enum ItemRow {
    /// Calls `body` with each byte of the number in front of a value: made to be inlined into a loop
    /// over records.
    /// - Parameter valueBytes: the length of the value; nil for an attribute that is left out.
    @inlinable @inline(__always)
    public static func forEachPrefixByte(
        ofValueBytes valueBytes: Int?, _ body: (UInt8) -> Void
    ) {
        var rest = valueBytes.map { UInt($0) &+ 1 } ?? 0
        while rest >= 0x80 {
            body(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        body(UInt8(truncatingIfNeeded: rest))
    }

    /// Appends a value; nil for an attribute that is left out.
    @inlinable
    public static func append(
        _ value: (some Collection<UInt8>)?, to bytes: inout [UInt8]
    ) {
        forEachPrefixByte(ofValueBytes: value?.count) { bytes.append($0) }
        if let value { bytes.append(contentsOf: value) }
    }

    /// Appends an attribute that is left out.
    @inlinable
    public static func appendAbsent(to bytes: inout [UInt8]) { bytes.append(0) }

    /// Appends a boolean.
    @inlinable
    public static func append(_ value: Bool, to bytes: inout [UInt8]) {
        bytes.append(2)
        bytes.append(value ? 1 : 0)
    }
}

/// Reads rows one after the other.
public struct ItemRowReader {
    private let rows: UnsafeRawBufferPointer
    private let columns: Int
    /// The offset of the next row.
    public private(set) var offset = 0

    /// - Parameter columns: how many values a row has, at least one.
    public init(_ rows: UnsafeRawBufferPointer, columns: Int) {
        self.rows = rows
        self.columns = columns
    }

    /// The next row, by where its values lie in the buffer.
    /// - Parameter values: is made the row's values, nil for what it leaves out.
    /// - Returns: false behind the last row.
    /// - Throws: ``StoreError/Code/damagedRows``.
    public mutating func next(_ values: inout [Range<Int>?]) throws(StoreError) -> Bool {
        guard offset < rows.count else { return false }
        let start = offset
        values.removeAll(keepingCapacity: true)
        for _ in 0..<columns {
            var number: UInt = 0
            var shift: UInt = 0
            while true {
                // Nine bytes are 63 bits, more than any buffer has bytes.
                guard offset < rows.count, shift < 63 else { throw Self.damaged(start) }
                let byte = rows[offset]
                offset += 1
                number |= UInt(byte & 0x7F) << shift
                if byte < 0x80 { break }
                shift += 7
            }
            guard number > 0 else {
                values.append(nil)
                continue
            }
            let count = Int(number - 1)
            guard count <= rows.count - offset else { throw Self.damaged(start) }
            values.append(offset..<offset + count)
            offset += count
        }
        return true
    }

    private static func damaged(_ offset: Int) -> StoreError {
        StoreError(.damagedRows, "the row at byte \(offset) is cut short", subject: "rows")
    }
}
