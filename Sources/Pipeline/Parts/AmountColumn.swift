/// The amounts of a part's rows, each exact, in as few bits as all of them allow.
///
/// They are 64 bits under a common scale as long as that holds them, then 128; when a number and another
/// have no common scale in 128 bits, all of them become ``WideSum``s. No amount is refused.
struct AmountColumn: ~Copyable {
    private enum Form { case short, long, wide }

    /// Digits behind the point of all amounts: the largest so far, two at least.
    private(set) var scale: Int
    private var form = Form.short
    private var shorts = Column<Int64>()
    private var longs = Column<Int128>()
    private var wides = Column<WideSum>()

    init(scale: Int) { self.scale = max(Amount.minimumScale, scale) }

    // MARK: Adding

    /// Appends a short amount, the common case on the hot path.
    @inline(__always) mutating func append(units: Int64, scale: Int) {
        if form == .short, scale == self.scale {
            shorts.append(units)
        } else {
            append(Int128(units), scale: scale)
        }
    }

    mutating func append(_ units: Int128, scale: Int) {
        guard let units = aligned(units, scale: scale) else {
            return wides.append(WideSum(units, scale: scale))
        }
        if form == .short, let short = Int64(exactly: units) {
            shorts.append(short)
        } else {
            becomeLong()
            longs.append(units)
        }
    }

    mutating func append(_ sum: WideSum) {
        becomeWide()
        wides.append(sum)
    }

    /// Adds to the amount of a row.
    /// - Returns: false when the sum would need more bits; then nothing has changed.
    mutating func add(_ units: Int128, scale: Int, toRow row: Int) -> Bool {
        guard let aligned = aligned(units, scale: scale) else {
            wides[row] += WideSum(units, scale: scale)
            return true
        }
        let present = form == .short ? Int128(shorts[row]) : longs[row]
        let (sum, overflow) = present.addingReportingOverflow(aligned)
        if overflow { return false }
        if form == .short, let short = Int64(exactly: sum) {
            shorts[row] = short
        } else {
            becomeLong()
            longs[row] = sum
        }
        return true
    }

    /// The amount in the column's scale; a larger scale than the column's becomes the column's. Nil when
    /// the amounts are wide, which they become when there is no common scale.
    private mutating func aligned(_ units: Int128, scale: Int) -> Int128? {
        if form == .wide { return nil }
        if scale > self.scale {
            guard raiseScale(to: scale) else { return nil }
        }
        if scale == self.scale { return units }
        if let aligned = Amount.rescale(units, by: self.scale - scale) { return aligned }
        becomeWide()
        return nil
    }

    /// - Returns: false when the amounts became wide instead.
    private mutating func raiseScale(to scale: Int) -> Bool {
        becomeLong()
        let digits = scale - self.scale
        for row in 0..<longs.count where Amount.rescale(longs[row], by: digits) == nil {
            becomeWide()
            return false
        }
        for row in 0..<longs.count { longs[row] *= Amount.powersOfTen[digits] }
        self.scale = scale
        return true
    }

    private mutating func becomeLong() {
        guard form == .short else { return }
        form = .long
        for row in 0..<shorts.count { longs.append(Int128(shorts[row])) }
        shorts = Column()
    }

    private mutating func becomeWide() {
        if form == .wide { return }
        for row in 0..<shorts.count { wides.append(WideSum(Int128(shorts[row]), scale: scale)) }
        for row in 0..<longs.count { wides.append(WideSum(longs[row], scale: scale)) }
        (form, scale) = (.wide, WideSum.scale)
        shorts = Column()
        longs = Column()
    }

    // MARK: The finished part

    /// The fewest bytes that hold every amount: 4, 8, 16 or ``WideSum/byteCount``.
    var bytesPerAmount: Int {
        switch form {
        case .short:
            var all: UInt64 = 0
            // A number fits 32 bits when its sign fills the upper half.
            for row in 0..<shorts.count {
                all |= UInt64(bitPattern: shorts[row] ^ (shorts[row] &>> 63))
            }
            return all > UInt64(Int32.max) ? 8 : 4
        case .long:
            var bytes = 4
            for row in 0..<longs.count where Int32(exactly: longs[row]) == nil {
                bytes = max(bytes, Int64(exactly: longs[row]) == nil ? 16 : 8)
            }
            return bytes
        case .wide:
            return WideSum.byteCount
        }
    }

    /// - Parameters:
    ///   - bytes: ``bytesPerAmount``, asked for once.
    ///   - target: so many bytes can be written there.
    @inline(__always)
    func write(row: Int, bytes: Int, to target: UnsafeMutableRawPointer) {
        switch form {
        case .short:
            if bytes == 4 {
                store(Int32(truncatingIfNeeded: shorts[row]), target)
            } else {
                store(shorts[row], target)
            }
        case .long:
            switch bytes {
            case 4: store(Int32(truncatingIfNeeded: longs[row]), target)
            case 8: store(Int64(truncatingIfNeeded: longs[row]), target)
            default: store(longs[row], target)
            }
        case .wide: wides[row].store(to: target)
        }
    }

    @inline(__always)
    private func store<Value: FixedWidthInteger & BitwiseCopyable>(
        _ value: Value, _ target: UnsafeMutableRawPointer
    ) {
        target.storeBytes(of: value.littleEndian, as: Value.self)
    }
}
