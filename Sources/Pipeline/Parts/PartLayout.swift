/// How the rows of a part look.
///
/// A part is one object: a header of 64 bytes, an index, and rows slice by slice, so that who owns a
/// contiguous range of slices reads one contiguous range of bytes. All numbers are little-endian.
///
/// | bytes | header |
/// |---|---|
/// | 0–5 | `SLUICE` |
/// | 6–7 | number of the format, ``formatNumber`` |
/// | 8 | 1 when rows carry a second key |
/// | 9 | bytes of a row's amount: 0, 4, 8, 16 or 40, whatever the largest of the part needs |
/// | 10 | scale of the amounts: digits behind the point; 38 for those of 40 bytes, see ``WideSum`` |
/// | 11 | number of counts in a row: 0, 1 or 2 |
/// | 12 | bytes of the length of the text that rows end with: 1, 2 or 4; 0 when they carry none |
/// | 13 | bytes of a count: 1, 2 or 4, likewise |
/// | 16–23 | number of rows |
///
/// The index holds ``KeyHasher/sliceCount`` + 1 offsets of 4 bytes, counted from its own end: slice `s` lies
/// between offsets `s` and `s + 1`. A row is: key (16), second key and its slice (16 + 2), amount, counts,
/// length of its text, text.
struct PartLayout: Sendable, Hashable {
    var hasSecondKey = false
    var amountBytes = 0
    var amountScale = 0
    var countsPerRow = 0
    var countBytes = 4
    var hasText = false
    /// Without effect unless rows have texts.
    var textLengthBytes = 4

    static let magic = Array("SLUICE".utf8)
    /// To be raised with every change of the format; parts of another format are refused. The first was 1,
    /// in other bytes.
    static let formatNumber: UInt16 = 2
    static let headerBytes = 64
    static let indexBytes = (KeyHasher.sliceCount + 1) * 4
    static let dataStart = headerBytes + indexBytes
    /// Bytes of a part's rows at most, as the index can count them. S3 takes 5 GiB in one request.
    static let maximumDataBytes = Int(UInt32.max)
    /// Bytes of a row's text at most: DynamoDB's largest item (409,600) and what it takes to tell its
    /// attributes apart.
    static let maximumTextBytes = 512 << 10

    var secondKeyOffset: Int { 16 }
    var amountOffset: Int { hasSecondKey ? 34 : 16 }
    var countsOffset: Int { amountOffset + amountBytes }
    var textLengthOffset: Int { countsOffset + countBytes * countsPerRow }
    /// Bytes of a row without its text.
    var fixedRowBytes: Int { textLengthOffset + (hasText ? textLengthBytes : 0) }

    func writeHeader(to bytes: UnsafeMutableRawPointer, rows: Int) {
        bytes.initializeMemory(as: UInt8.self, repeating: 0, count: Self.headerBytes)
        for (at, byte) in Self.magic.enumerated() {
            bytes.storeBytes(of: byte, toByteOffset: at, as: UInt8.self)
        }
        bytes.storeBytes(of: Self.formatNumber.littleEndian, toByteOffset: 6, as: UInt16.self)
        bytes.storeBytes(of: hasSecondKey ? 1 : 0, toByteOffset: 8, as: UInt8.self)
        bytes.storeBytes(of: UInt8(amountBytes), toByteOffset: 9, as: UInt8.self)
        bytes.storeBytes(of: UInt8(amountScale), toByteOffset: 10, as: UInt8.self)
        bytes.storeBytes(of: UInt8(countsPerRow), toByteOffset: 11, as: UInt8.self)
        bytes.storeBytes(
            of: hasText ? UInt8(textLengthBytes) : 0, toByteOffset: 12, as: UInt8.self)
        bytes.storeBytes(of: UInt8(countBytes), toByteOffset: 13, as: UInt8.self)
        bytes.storeBytes(of: UInt64(rows).littleEndian, toByteOffset: 16, as: UInt64.self)
    }

    /// Why bytes are no header that can be read.
    enum HeaderProblem: Error, Hashable { case noHeader, unknownFormat(Int) }

    init(header bytes: UnsafeRawBufferPointer) throws(HeaderProblem) {
        guard bytes.count >= Self.headerBytes, bytes.starts(with: Self.magic) else {
            throw .noHeader
        }
        let format = UInt16(bytes[6]) | UInt16(bytes[7]) << 8
        guard format == Self.formatNumber else { throw .unknownFormat(Int(format)) }
        guard bytes[8] <= 1, [0, 4, 8, 16, UInt8(WideSum.byteCount)].contains(bytes[9]),
            bytes[10] <= Amount.maximumDigits,
            Int(bytes[9]) != WideSum.byteCount || Int(bytes[10]) == WideSum.scale,
            bytes[11] <= 2, [0, 1, 2, 4].contains(bytes[12]), [1, 2, 4].contains(bytes[13])
        else { throw .noHeader }
        hasSecondKey = bytes[8] == 1
        amountBytes = Int(bytes[9])
        amountScale = Int(bytes[10])
        countsPerRow = Int(bytes[11])
        hasText = bytes[12] > 0
        if hasText { textLengthBytes = Int(bytes[12]) }
        countBytes = Int(bytes[13])
        guard shape != nil else { throw .noHeader }
    }

    init() {}

    var shape: PartShape? {
        let hasNumbers = amountBytes > 0 || countsPerRow > 0
        switch (hasSecondKey, hasText) {
        case (false, true): return hasNumbers ? nil : .texts
        case (true, false): return countsPerRow > 0 ? nil : .references
        case (false, false): return countsPerRow < 2 ? .sums : .totals
        case (true, true): return nil
        }
    }
}

/// What the rows of a part are, by what they carry beside their key. Whoever opens a part says which it
/// must be.
enum PartShape: String, Sendable {
    /// A text.
    case texts
    /// A second key, and perhaps an amount.
    case references
    /// Perhaps an amount, and perhaps how many rows it was added up from.
    case sums
    /// Two counts, and perhaps an amount.
    case totals
}
