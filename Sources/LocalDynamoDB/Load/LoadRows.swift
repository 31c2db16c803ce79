import Stores

/// The rows of a load, checked, in the order of their keys' hashes, each key once: its last row.
///
/// The bytes stay where they are; a row is known by its offsets in them.
struct LoadRows {
    struct Row {
        /// The id that the key has unless another key has it.
        var home: Int
        var start: UInt32
        var keyStart: UInt32
        var keyCount: UInt32
    }

    private(set) var rows: [Row] = []
    /// Rows that a later row of the same key replaces.
    private(set) var repeated = 0
    let bytes: UnsafeRawBufferPointer

    /// - Parameter home: gives the place of a key.
    /// - Throws: `DamagedRows` with the offset of what is no row, `ItemTooLarge` with the key.
    init(
        _ bytes: UnsafeRawBufferPointer, _ header: LoadHeader,
        home: (UnsafeRawBufferPointer) -> Int
    ) throws(TableError) {
        guard bytes.count < UInt32.max else {
            throw .damagedRows("\(bytes.count) bytes are more than one load takes")
        }
        self.bytes = bytes
        var checker = RowChecker(bytes, header)
        rows.reserveCapacity(bytes.count / 64)
        while let key = try checker.next() {
            let text = UnsafeRawBufferPointer(rebasing: bytes[key.value])
            rows.append(
                Row(
                    home: home(text), start: UInt32(key.start),
                    keyStart: UInt32(key.value.lowerBound), keyCount: UInt32(key.value.count)))
        }
        sort()
    }

    @inline(__always)
    func key(_ row: Row) -> UnsafeRawBufferPointer {
        // In bounds: checked when the row was read.
        UnsafeRawBufferPointer(
            start: bytes.baseAddress.map { $0 + Int(row.keyStart) }, count: Int(row.keyCount))
    }

    private func isSameKey(_ a: Row, _ b: Row) -> Bool {
        a.home == b.home && key(a).elementsEqual(key(b))
    }

    private func precedes(_ a: Row, _ b: Row) -> Bool {
        if a.home != b.home { return a.home < b.home }
        let (first, second) = (key(a), key(b))
        if first.elementsEqual(second) { return a.start < b.start }
        return first.lexicographicallyPrecedes(second)
    }

    private mutating func sort() {
        let bytes = self
        rows.sort { bytes.precedes($0, $1) }
        var kept = 0
        for index in rows.indices {
            if index + 1 < rows.count, isSameKey(rows[index], rows[index + 1]) { continue }
            rows[kept] = rows[index]
            kept += 1
        }
        repeated = rows.count - kept
        rows.removeLast(repeated)
    }
}

/// Goes through rows (``ItemRow`` has their form) and checks all that is in them.
private struct RowChecker {
    private let bytes: UnsafeRawBufferPointer
    private let columns: [LoadHeader.Column]
    private let nameBytes: [Int]
    private let keyIndex: Int
    /// Bytes of the control attributes that an item gets.
    private let controlBytes: Int
    private var at = 0

    init(_ bytes: UnsafeRawBufferPointer, _ header: LoadHeader) {
        self.bytes = bytes
        columns = header.columns
        nameBytes = header.columns.map(\.name.utf8.count)
        keyIndex = header.keyIndex
        controlBytes =
            header.order.map {
                $0.attribute.utf8.count + $0.setAttribute.utf8.count + 2 * RunOrder.versionBytes
            } ?? 0
    }

    /// The start of the next row and where its key is; nil behind the last.
    mutating func next() throws(TableError) -> (start: Int, value: Range<Int>)? {
        guard at < bytes.count else { return nil }
        let start = at
        var size = controlBytes
        var key: Range<Int>?
        for index in columns.indices {
            let value: Range<Int>
            switch RowValue.next(bytes, &at) {
            case .value(let range): value = range
            case .absent: continue
            case .cut: throw .damagedRows("the row at byte \(start) is cut short")
            }
            let text = UnsafeRawBufferPointer(rebasing: bytes[value])
            var valueBytes = text.count
            let isSound: Bool
            switch columns[index].type {
            case .string: isSound = text.isUTF8
            case .number:
                isSound = StoredNumber.isStored(text)
                valueBytes = AttributeValue.numberBytes(digits: text.count)
            case .boolean: isSound = text.count == 1 && text[0] <= 1
            }
            guard isSound else {
                throw .damagedRows(
                    "column \(columns[index].name) of the row at byte \(start) is no "
                        + columns[index].type.rawValue)
            }
            size += nameBytes[index] + valueBytes
            if index == keyIndex { key = value }
        }
        guard let key, KeySchema.partitionBytes ~= key.count else {
            throw .damagedRows(
                "the row at byte \(start) has no key of \(KeySchema.partitionBytes.lowerBound) to "
                    + "\(KeySchema.partitionBytes.upperBound) bytes")
        }
        guard size <= TableStore.maximumItemBytes else {
            throw .itemTooLarge(key: String(decoding: bytes[key], as: UTF8.self))
        }
        return (start, key)
    }
}

/// One value of a row.
enum RowValue {
    case value(Range<Int>)
    /// An attribute that the row leaves out.
    case absent
    /// The bytes end before the value does.
    case cut

    /// Reads the value at an offset and goes behind it.
    @inline(__always)
    static func next(_ bytes: UnsafeRawBufferPointer, _ at: inout Int) -> RowValue {
        var number = 0
        var shift = 0
        while true {
            // Five bytes are 35 bits, more than a load has bytes.
            guard at < bytes.count, shift < 35 else { return .cut }
            let byte = bytes[at]
            at &+= 1
            number |= Int(byte & 0x7F) &<< shift
            if byte < 0x80 { break }
            shift &+= 7
        }
        guard number > 0 else { return .absent }
        guard number &- 1 <= bytes.count &- at else { return .cut }
        let start = at
        at &+= number &- 1
        return .value(start..<at)
    }
}

/// Numbers as rows carry them.
enum StoredNumber {
    /// The integer that the text is the shortest form of; nil when it is none of 64 bits.
    @inline(__always)
    static func int(_ text: UnsafeRawBufferPointer) -> Int? {
        let isNegative = text.first == UInt8(ascii: "-")
        let digits = text.count - (isNegative ? 1 : 0)
        // 19 digits overflow nothing before they are compared with the largest.
        guard 1...19 ~= digits else { return nil }
        let first = text[isNegative ? 1 : 0]
        if first == UInt8(ascii: "0") { return text.count == 1 ? 0 : nil }
        var value: UInt = 0
        for index in (isNegative ? 1 : 0)..<text.count {
            let digit = text[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            value = value &* 10 &+ UInt(digit)
        }
        if isNegative { return value <= UInt(Int.max) ? -Int(value) : nil }
        return Int(exactly: value)
    }

    /// Whether this is a number in the form in which DynamoDB returns it.
    static func isStored(_ text: UnsafeRawBufferPointer) -> Bool {
        if int(text) != nil { return true }
        let string = String(decoding: text, as: UTF8.self)
        return DecimalNumber(string)?.description.utf8.elementsEqual(text) ?? false
    }
}

extension UnsafeRawBufferPointer {
    /// Whether these bytes are UTF-8; ASCII is seen eight bytes at a time.
    @inline(__always)
    var isUTF8: Bool {
        var at = 0
        // In bounds: eight bytes are loaded only where as many are left.
        while count - at >= 8 {
            if loadUnaligned(fromByteOffset: at, as: UInt64.self) & 0x8080_8080_8080_8080 != 0 {
                return isValidUTF8
            }
            at += 8
        }
        while at < count {
            if self[at] >= 0x80 { return isValidUTF8 }
            at += 1
        }
        return true
    }

    private var isValidUTF8: Bool {
        String(validating: self, as: UTF8.self) != nil
    }
}
