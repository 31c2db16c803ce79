#if canImport(Glibc)
import Glibc
#endif

/// Collects the rows of one part, column by column, and lays them out slice by slice at the end.
///
/// Rows of one key that follow each other within their slice are combined when the part carries sums,
/// so that a file sorted by order, or one order with a million items, takes little room.
struct PartBuilder: ~Copyable {
    private(set) var layout: PartLayout
    private(set) var rowCount = 0
    private let sumsRows: Bool
    /// Whether an amount needed more than 64 bits.
    private var isWide = false
    private var keys = Column<(low: UInt64, high: UInt64)>()
    private var slices = Column<UInt16>()
    private var secondKeys = Column<KeyHash>()
    private var amounts = Column<Int64>()
    private var wideAmounts = Column<Int128>()
    private var firstCounts = Column<UInt32>()
    private var secondCounts = Column<UInt32>()
    private var texts = Column<(offset: UInt32, length: UInt16)>()
    private var textBytes = Column<UInt8>()
    /// For each slice: the low half of its newest key, and that row's number.
    private let newest: UnsafeMutablePointer<(low: UInt64, row: UInt32)>

    /// - Parameters:
    ///   - layout: what rows carry. How many bytes amounts and counts take is found out at the end;
    ///     a count of 1 in every row is left out.
    ///   - sumsRows: whether rows of one key may be added up.
    init(_ layout: PartLayout, sumsRows: Bool) {
        self.layout = layout
        self.sumsRows = sumsRows
        newest = .allocate(capacity: KeyHasher.sliceCount)
        newest.initialize(repeating: (0, .max), count: KeyHasher.sliceCount)
        self.layout.amountScale = layout.amountBytes > 0 ? max(2, layout.amountScale) : 0
    }

    deinit { newest.deallocate() }

    /// A row with a text.
    mutating func append(_ key: KeyHash, text: UnsafeBufferPointer<UInt8>) {
        keys.append((key.low, key.high))
        slices.append(key.slice)
        texts.append((UInt32(textBytes.count), UInt16(text.count)))
        textBytes.append(contentsOf: text)
        rowCount &+= 1
    }

    /// A row with a second key, and an amount when the layout has one.
    mutating func append(
        _ key: KeyHash, second: KeyHash, amount: Int128 = 0, scale: Int = 0
    ) throws(Amount.Failure) {
        if layout.amountBytes > 0 { try appendAmount(amount, scale: scale) }
        keys.append((key.low, key.high))
        slices.append(key.slice)
        secondKeys.append(second)
        rowCount &+= 1
    }

    /// A row with a short amount, the common case on the hot path.
    @inline(__always)
    mutating func append(_ key: KeyHash, units: Int64, scale: Int) throws(Amount.Failure) {
        let slot = newest + Int(key.slice)
        if slot.pointee.low == key.low, try add(key, Int128(units), scale, (1, 0)) { return }
        if layout.amountBytes > 0, !isWide, scale == layout.amountScale {
            amounts.append(units)
        } else {
            try appendAmount(Int128(units), scale: scale)
        }
        finish(key, slot)
    }

    /// A row with an amount and counts, 1 and 0 being those of a single item.
    mutating func append(
        _ key: KeyHash, amount: Int128, scale: Int, counts: (UInt32, UInt32) = (1, 0)
    ) throws(Amount.Failure) {
        let slot = newest + Int(key.slice)
        if slot.pointee.low == key.low, try add(key, amount, scale, counts) { return }
        if layout.amountBytes > 0 { try appendAmount(amount, scale: scale) }
        if layout.countsPerRow > 0 { firstCounts.append(counts.0) }
        if layout.countsPerRow > 1 { secondCounts.append(counts.1) }
        finish(key, slot)
    }

    @inline(__always)
    private mutating func finish(
        _ key: KeyHash, _ slot: UnsafeMutablePointer<(low: UInt64, row: UInt32)>
    ) {
        if layout.countsPerRow > 0, firstCounts.count == rowCount { firstCounts.append(1) }
        keys.append((key.low, key.high))
        slices.append(key.slice)
        slot.pointee = (key.low, UInt32(truncatingIfNeeded: rowCount))
        rowCount &+= 1
    }

    /// Adds to the newest row of the key's slice.
    /// - Returns: false when that row has another key or the sum needs a row of its own.
    private mutating func add(
        _ key: KeyHash, _ amount: Int128, _ scale: Int, _ counts: (UInt32, UInt32)
    ) throws(Amount.Failure) -> Bool {
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
        if layout.amountBytes > 0 {
            let units = try align(amount, scale: scale)
            let (sum, overflow) = amountOfRow(row).addingReportingOverflow(units)
            if overflow { return false }
            setAmount(ofRow: row, sum)
        }
        firstCounts[row] = first
        if layout.countsPerRow > 1 { secondCounts[row] = second }
        return true
    }

    // MARK: Amounts

    private func amountOfRow(_ row: Int) -> Int128 {
        isWide ? wideAmounts[row] : Int128(amounts[row])
    }

    private mutating func setAmount(ofRow row: Int, _ units: Int128) {
        if !isWide, let narrow = Int64(exactly: units) {
            amounts[row] = narrow
        } else {
            widen()
            wideAmounts[row] = units
        }
    }

    private mutating func appendAmount(_ units: Int128, scale: Int) throws(Amount.Failure) {
        let units = try align(units, scale: scale)
        if !isWide, let narrow = Int64(exactly: units) {
            amounts.append(narrow)
        } else {
            widen()
            wideAmounts.append(units)
        }
    }

    /// The amount in the part's scale; a larger scale than the part's becomes the part's.
    private mutating func align(_ units: Int128, scale: Int) throws(Amount.Failure) -> Int128 {
        if scale > layout.amountScale { try raiseScale(to: scale) }
        if scale == layout.amountScale { return units }
        guard let aligned = Amount.rescale(units, by: layout.amountScale - scale) else {
            throw .outOfRange
        }
        return aligned
    }

    private mutating func raiseScale(to scale: Int) throws(Amount.Failure) {
        widen()
        let digits = scale - layout.amountScale
        // All or none: a part half of whose amounts are raised would be wrong.
        for row in 0..<wideAmounts.count where Amount.rescale(wideAmounts[row], by: digits) == nil {
            throw .outOfRange
        }
        for row in 0..<wideAmounts.count { wideAmounts[row] *= Amount.powersOfTen[digits] }
        layout.amountScale = scale
    }

    private mutating func widen() {
        if isWide { return }
        isWide = true
        for row in 0..<amounts.count { wideAmounts.append(Int128(amounts[row])) }
    }

    // MARK: The finished part

    /// Lays out the part and hands its bytes to `body`.
    /// - Returns: what `body` returns.
    mutating func withBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        chooseWidths()
        let offsets = sliceOffsets()
        defer { offsets.deallocate() }
        let total = PartLayout.dataStart + Int(offsets[KeyHasher.sliceCount])
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

    /// The fewest bytes that hold every amount and every count.
    private mutating func chooseWidths() {
        if layout.amountBytes > 0 {
            layout.amountBytes = 4
            if isWide {
                for row in 0..<wideAmounts.count {
                    if Int32(exactly: wideAmounts[row]) != nil { continue }
                    let fits = Int64(exactly: wideAmounts[row]) != nil
                    layout.amountBytes = max(layout.amountBytes, fits ? 8 : 16)
                }
            } else {
                var all: UInt64 = 0
                // A number fits 32 bits when its sign fills the upper half.
                for row in 0..<amounts.count {
                    all |= UInt64(bitPattern: amounts[row] ^ (amounts[row] &>> 63))
                }
                if all > UInt64(Int32.max) { layout.amountBytes = 8 }
            }
        }
        var largest: UInt32 = 0
        for row in 0..<firstCounts.count { largest |= firstCounts[row] }
        for row in 0..<secondCounts.count { largest |= secondCounts[row] }
        layout.countBytes = largest <= 0xFF ? 1 : largest <= 0xFFFF ? 2 : 4
    }

    private func sliceOffsets() -> UnsafeMutablePointer<UInt32> {
        let offsets = UnsafeMutablePointer<UInt32>.allocate(capacity: KeyHasher.sliceCount + 1)
        offsets.initialize(repeating: 0, count: KeyHasher.sliceCount + 1)
        let width = UInt32(layout.fixedRowBytes)
        for row in 0..<rowCount {
            offsets[Int(slices[row]) &+ 1] &+= width
            if layout.hasText { offsets[Int(slices[row]) &+ 1] &+= UInt32(texts[row].length) }
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
            if layout.amountBytes > 0 { writeAmount(row, target + layout.amountOffset) }
            if layout.countsPerRow > 0 { writeCounts(row, target + layout.countsOffset) }
            if layout.hasText {
                let text = texts[row]
                store(text.length, target, layout.fixedRowBytes - 2)
                memcpy(
                    target + layout.fixedRowBytes, textBytes.start + Int(text.offset),
                    Int(text.length))
                cursors[slice] &+= UInt32(text.length)
            }
        }
    }

    @inline(__always)
    private func writeAmount(_ row: Int, _ target: UnsafeMutableRawPointer) {
        if isWide {
            let units = wideAmounts[row]
            switch layout.amountBytes {
            case 4: store(Int32(truncatingIfNeeded: units), target, 0)
            case 8: store(Int64(truncatingIfNeeded: units), target, 0)
            default: store(units, target, 0)
            }
        } else if layout.amountBytes == 4 {
            store(Int32(truncatingIfNeeded: amounts[row]), target, 0)
        } else {
            store(amounts[row], target, 0)
        }
    }

    @inline(__always)
    private func writeCounts(_ row: Int, _ target: UnsafeMutableRawPointer) {
        for index in 0..<layout.countsPerRow {
            let count = index == 0 ? firstCounts[row] : secondCounts[row]
            switch layout.countBytes {
            case 1: store(UInt8(truncatingIfNeeded: count), target, index)
            case 2: store(UInt16(truncatingIfNeeded: count), target, 2 &* index)
            default: store(count, target, 4 &* index)
            }
        }
    }

    @inline(__always)
    private func store<Value: FixedWidthInteger & BitwiseCopyable>(
        _ value: Value, _ target: UnsafeMutableRawPointer, _ offset: Int
    ) {
        target.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
    }
}
