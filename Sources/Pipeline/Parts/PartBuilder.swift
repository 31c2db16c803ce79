#if canImport(Glibc)
import Glibc
#endif

import LambdaRuntime
import Stores

/// Collects the rows of one part, column by column, and lays them out slice by slice at the end.
///
/// Rows of one key that follow each other within their slice are combined when the part carries sums,
/// so that a file sorted by order, or one order with a million items, takes little room.
struct PartBuilder: ~Copyable {
    private(set) var layout: PartLayout
    private(set) var rowCount = 0
    private let sumsRows: Bool
    private let hasAmounts: Bool
    private let maximumDataBytes: Int
    private var keys = Column<(low: UInt64, high: UInt64)>()
    private var slices = Column<UInt16>()
    private var secondKeys = Column<KeyHash>()
    private var amounts: AmountColumn
    private var firstCounts = Column<UInt32>()
    private var secondCounts = Column<UInt32>()
    private var textLengths = Column<UInt32>()
    /// The texts of all rows, without anything between them.
    private var texts = Column<UInt8>()
    /// For each slice: the low half of its newest key, and that row's number.
    private let newest: UnsafeMutablePointer<(low: UInt64, row: UInt32)>

    /// - Parameters:
    ///   - layout: what rows carry. How many bytes amounts, counts and lengths take is found out at the
    ///     end; a count of 1 in every row is left out.
    ///   - sumsRows: whether rows of one key may be added up.
    ///   - maximumDataBytes: of all rows.
    init(
        _ layout: PartLayout, sumsRows: Bool, maximumDataBytes: Int = PartLayout.maximumDataBytes
    ) {
        self.layout = layout
        self.sumsRows = sumsRows
        self.maximumDataBytes = maximumDataBytes
        hasAmounts = layout.amountBytes > 0
        amounts = AmountColumn(scale: layout.amountScale)
        newest = .allocate(capacity: KeyHasher.sliceCount)
        newest.initialize(repeating: (0, .max), count: KeyHasher.sliceCount)
    }

    deinit { newest.deallocate() }

    /// Digits behind the point of the amounts so far; 0 when rows carry none.
    var amountScale: Int { hasAmounts ? amounts.scale : 0 }

    /// A row with a text, which is copied.
    /// - Throws: ``StepError`` `Sluice.RowTooLarge` for more than ``PartLayout/maximumTextBytes``.
    @inline(__always)
    mutating func append(_ key: KeyHash, text: UnsafeRawBufferPointer) throws(StepError) {
        guard text.count <= PartLayout.maximumTextBytes else {
            throw .rowTooLarge(textBytes: text.count)
        }
        textLengths.append(UInt32(truncatingIfNeeded: text.count))
        texts.append(contentsOf: text.assumingMemoryBound(to: UInt8.self))
        finish(key)
    }

    /// A row with a second key, and an amount when the layout has one.
    mutating func append(
        _ key: KeyHash, second: KeyHash, amount: Int128 = 0, scale: Int = 0
    ) {
        if hasAmounts { amounts.append(amount, scale: scale) }
        secondKeys.append(second)
        finish(key)
    }

    /// A row with a short amount, the common case on the hot path.
    @inline(__always)
    mutating func append(_ key: KeyHash, units: Int64, scale: Int) {
        let slot = newest + Int(key.slice)
        if slot.pointee.low == key.low, add(key, Int128(units), scale, (1, 0)) { return }
        if hasAmounts { amounts.append(units: units, scale: scale) }
        if layout.countsPerRow > 0 { firstCounts.append(1) }
        if layout.countsPerRow > 1 { secondCounts.append(0) }
        finish(key, slot)
    }

    /// A row with an amount and counts, 1 and 0 being those of a single item.
    mutating func append(
        _ key: KeyHash, amount: Int128, scale: Int, counts: (UInt32, UInt32) = (1, 0)
    ) {
        let slot = newest + Int(key.slice)
        if slot.pointee.low == key.low, add(key, amount, scale, counts) { return }
        if hasAmounts { amounts.append(amount, scale: scale) }
        if layout.countsPerRow > 0 { firstCounts.append(counts.0) }
        if layout.countsPerRow > 1 { secondCounts.append(counts.1) }
        finish(key, slot)
    }

    /// A row with a sum that may be wider than 128 bits; it is never combined with another.
    mutating func append(_ key: KeyHash, sum: WideSum, counts: (UInt32, UInt32) = (1, 0)) {
        if let amount = sum.amount {
            return append(key, amount: amount.units, scale: amount.scale, counts: counts)
        }
        if hasAmounts { amounts.append(sum) }
        if layout.countsPerRow > 0 { firstCounts.append(counts.0) }
        if layout.countsPerRow > 1 { secondCounts.append(counts.1) }
        finish(key, newest + Int(key.slice))
    }

    @inline(__always)
    private mutating func finish(
        _ key: KeyHash, _ slot: UnsafeMutablePointer<(low: UInt64, row: UInt32)>
    ) {
        slot.pointee = (key.low, UInt32(truncatingIfNeeded: rowCount))
        finish(key)
    }

    @inline(__always) private mutating func finish(_ key: KeyHash) {
        keys.append((key.low, key.high))
        slices.append(key.slice)
        rowCount &+= 1
    }

    /// Adds to the newest row of the key's slice.
    /// - Returns: false when that row has another key or the sum needs a row of its own.
    private mutating func add(
        _ key: KeyHash, _ amount: Int128, _ scale: Int, _ counts: (UInt32, UInt32)
    ) -> Bool {
        let row = Int(newest[Int(key.slice)].row)
        guard sumsRows, row < rowCount, keys[row].low == key.low, keys[row].high == key.high else {
            return false
        }
        if layout.countsPerRow == 0 {
            layout.countsPerRow = 1
            firstCounts.fill(1, count: rowCount)
        }
        let (first, overflow) = firstCounts[row].addingReportingOverflow(counts.0)
        let (second, secondOverflow) =
            layout.countsPerRow > 1
            ? secondCounts[row].addingReportingOverflow(counts.1) : (0, false)
        if overflow || secondOverflow { return false }
        if hasAmounts, !amounts.add(amount, scale: scale, toRow: row) { return false }
        firstCounts[row] = first
        if layout.countsPerRow > 1 { secondCounts[row] = second }
        return true
    }

    // MARK: The finished part

    /// Lays out the part and hands its bytes to `body`.
    /// - Returns: what `body` returns.
    /// - Throws: ``StepError`` `Sluice.PartTooLarge` when the index cannot count the rows' bytes; what `body`
    ///   throws.
    mutating func withBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        chooseWidths()
        let dataBytes = rowCount * layout.fixedRowBytes + texts.count
        if dataBytes > maximumDataBytes { throw StepError.partTooLarge(dataBytes: dataBytes) }
        let offsets = sliceOffsets()
        defer { offsets.deallocate() }
        let total = PartLayout.dataStart + dataBytes
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: total, alignment: 16)
        defer { bytes.deallocate() }
        layout.writeHeader(to: bytes, rows: rowCount)
        for slice in 0...KeyHasher.sliceCount {
            bytes.storeBytes(
                of: offsets[slice].littleEndian,
                toByteOffset: PartLayout.headerBytes + 4 * slice, as: UInt32.self)
        }
        writeRows(to: bytes + PartLayout.dataStart, cursors: offsets)
        return try body(UnsafeRawBufferPointer(start: bytes, count: total))
    }

    /// The fewest bytes that hold every amount, every count and every length.
    private mutating func chooseWidths() {
        layout.amountScale = amountScale
        if hasAmounts { layout.amountBytes = amounts.bytesPerAmount }
        var largest: UInt32 = 0
        for row in 0..<firstCounts.count { largest |= firstCounts[row] }
        for row in 0..<secondCounts.count { largest |= secondCounts[row] }
        layout.countBytes = Self.bytes(of: largest)
        var longest: UInt32 = 0
        for row in 0..<textLengths.count { longest |= textLengths[row] }
        layout.textLengthBytes = Self.bytes(of: longest)
    }

    private static func bytes(of largest: UInt32) -> Int {
        largest <= 0xFF ? 1 : largest <= 0xFFFF ? 2 : 4
    }

    /// No offset wraps: the sum of all was checked.
    private func sliceOffsets() -> UnsafeMutablePointer<UInt32> {
        let offsets = UnsafeMutablePointer<UInt32>.allocate(capacity: KeyHasher.sliceCount + 1)
        offsets.initialize(repeating: 0, count: KeyHasher.sliceCount + 1)
        let width = UInt32(layout.fixedRowBytes)
        for row in 0..<rowCount {
            offsets[Int(slices[row]) &+ 1] &+= width
            if layout.hasText { offsets[Int(slices[row]) &+ 1] &+= textLengths[row] }
        }
        for slice in 0..<KeyHasher.sliceCount { offsets[slice + 1] &+= offsets[slice] }
        return offsets
    }

    /// In bounds: the cursors start at the offsets that were summed over these very rows.
    private func writeRows(
        to data: UnsafeMutableRawPointer, cursors: UnsafeMutablePointer<UInt32>
    ) {
        let layout = layout
        let width = UInt32(layout.fixedRowBytes)
        var text = UnsafeRawPointer(texts.start)
        for row in 0..<rowCount {
            let slice = Int(slices[row])
            let target = data + Int(cursors[slice])
            cursors[slice] &+= width
            store(keys[row].low, target, 0)
            store(keys[row].high, target, 8)
            if layout.hasSecondKey {
                let second = secondKeys[row]
                store(second.low, target, 16)
                store(second.high, target, 24)
                store(second.slice, target, 32)
            }
            if hasAmounts {
                amounts.write(
                    row: row, bytes: layout.amountBytes, to: target + layout.amountOffset)
            }
            if layout.countsPerRow > 0 { writeCounts(row, target + layout.countsOffset) }
            if layout.hasText {
                let length = textLengths[row]
                writeUnsigned(
                    length, bytes: layout.textLengthBytes, target, layout.textLengthOffset)
                memcpy(target + layout.fixedRowBytes, text, Int(length))
                text += Int(length)
                cursors[slice] &+= length
            }
        }
    }

    @inline(__always)
    private func writeCounts(_ row: Int, _ target: UnsafeMutableRawPointer) {
        for index in 0..<layout.countsPerRow {
            writeUnsigned(
                index == 0 ? firstCounts[row] : secondCounts[row], bytes: layout.countBytes,
                target, layout.countBytes &* index)
        }
    }

    @inline(__always)
    private func writeUnsigned(
        _ value: UInt32, bytes: Int, _ target: UnsafeMutableRawPointer, _ offset: Int
    ) {
        switch bytes {
        case 1: store(UInt8(truncatingIfNeeded: value), target, offset)
        case 2: store(UInt16(truncatingIfNeeded: value), target, offset)
        default: store(value, target, offset)
        }
    }

    @inline(__always)
    private func store<Value: FixedWidthInteger & BitwiseCopyable>(
        _ value: Value, _ target: UnsafeMutableRawPointer, _ offset: Int
    ) {
        target.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
    }
}
