/// How the rows of a part look.
///
/// A part is one object: a header of 64 bytes, an index, and rows slice by slice, so that who owns a
/// contiguous range of slices reads one contiguous range of bytes. All numbers are little-endian.
///
/// | bytes | header |
/// |---|---|
/// | 0–7 | `SLUICE1\n` |
/// | 8 | 1 when rows carry a second key |
/// | 9 | bytes of a row's amount: 0, 4, 8 or 16, whatever the largest of the part needs |
/// | 10 | scale of the amounts: digits behind the point |
/// | 11 | number of counts in a row: 0, 1 or 2 |
/// | 13 | bytes of a count: 1, 2 or 4, likewise |
/// | 12 | 1 when rows end with a text: its length in 2 bytes, then the text |
/// | 16–23 | number of rows |
///
/// The index holds ``KeyHasher/sliceCount`` + 1 offsets of 4 bytes, counted from its own end: slice `s` lies
/// between offsets `s` and `s + 1`. A row is: key (16), second key and its slice (16 + 2), amount, counts, text.
public struct PartLayout: Sendable, Hashable {
    public var hasSecondKey = false
    public var amountBytes = 0
    public var amountScale = 0
    public var countsPerRow = 0
    public var countBytes = 4
    public var hasText = false

    static let magic = Array("SLUICE1\n".utf8)
    static let headerBytes = 64
    static let indexBytes = (KeyHasher.sliceCount + 1) * 4
    static let dataStart = headerBytes + indexBytes

    var secondKeyOffset: Int { 16 }
    var amountOffset: Int { hasSecondKey ? 34 : 16 }
    var countsOffset: Int { amountOffset + amountBytes }
    /// Bytes of a row without its text.
    var fixedRowBytes: Int { countsOffset + countBytes * countsPerRow + (hasText ? 2 : 0) }

    func writeHeader(to bytes: UnsafeMutableRawPointer, rows: Int) {
        bytes.initializeMemory(as: UInt8.self, repeating: 0, count: Self.headerBytes)
        for (at, byte) in Self.magic.enumerated() {
            bytes.storeBytes(of: byte, toByteOffset: at, as: UInt8.self)
        }
        bytes.storeBytes(of: hasSecondKey ? 1 : 0, toByteOffset: 8, as: UInt8.self)
        bytes.storeBytes(of: UInt8(amountBytes), toByteOffset: 9, as: UInt8.self)
        bytes.storeBytes(of: UInt8(amountScale), toByteOffset: 10, as: UInt8.self)
        bytes.storeBytes(of: UInt8(countsPerRow), toByteOffset: 11, as: UInt8.self)
        bytes.storeBytes(of: hasText ? 1 : 0, toByteOffset: 12, as: UInt8.self)
        bytes.storeBytes(of: UInt8(countBytes), toByteOffset: 13, as: UInt8.self)
        bytes.storeBytes(of: UInt64(rows).littleEndian, toByteOffset: 16, as: UInt64.self)
    }

    /// - Returns: nil when these bytes are no part's header.
    init?(header bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.headerBytes, bytes.starts(with: Self.magic),
            [0, 4, 8, 16].contains(bytes[9]), bytes[10] <= Amount.maximumDigits, bytes[11] <= 2,
            [1, 2, 4].contains(bytes[13])
        else { return nil }
        hasSecondKey = bytes[8] == 1
        amountBytes = Int(bytes[9])
        amountScale = Int(bytes[10])
        countsPerRow = Int(bytes[11])
        hasText = bytes[12] == 1
        countBytes = Int(bytes[13])
    }

    init() {}
}

/// One row of a part, read where it lies.
struct PartRow {
    let bytes: UnsafeRawPointer
    let layout: PartLayout

    @inline(__always) var low: UInt64 { load(0) }
    @inline(__always) var high: UInt64 { load(8) }
    @inline(__always) var secondLow: UInt64 { load(16) }
    @inline(__always) var secondHigh: UInt64 { load(24) }
    @inline(__always) var secondSlice: UInt16 { load(32) }

    @inline(__always) var amount: Int128 {
        switch layout.amountBytes {
        case 4: Int128(load(layout.amountOffset) as Int32)
        case 8: Int128(load(layout.amountOffset) as Int64)
        case 16: load(layout.amountOffset)
        default: 0
        }
    }

    /// A count of the row, 0-based; 1 when rows carry no such count.
    @inline(__always) func count(_ index: Int) -> UInt32 {
        guard index < layout.countsPerRow else { return 1 }
        let offset = layout.countsOffset &+ layout.countBytes &* index
        switch layout.countBytes {
        case 1: return UInt32(load(offset) as UInt8)
        case 2: return UInt32(load(offset) as UInt16)
        default: return load(offset)
        }
    }

    @inline(__always) var text: UnsafeRawBufferPointer {
        let length: UInt16 = load(layout.fixedRowBytes &- 2)
        return UnsafeRawBufferPointer(start: bytes + layout.fixedRowBytes, count: Int(length))
    }

    // In bounds: PartReader checks that rows of this layout fill their slice exactly; who reads rows
    // with texts checks each.
    @inline(__always) private func load<Value: FixedWidthInteger & BitwiseCopyable>(
        _ offset: Int
    ) -> Value {
        Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
}
