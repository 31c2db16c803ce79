/// A sum of amounts that 128 bits do not hold: a fixed-point decimal with 38 digits behind the point, in
/// 320 bits of two's complement.
///
/// Every ``Amount`` has at most 36 digits before the point and 38 behind it, so it takes less than 2²⁴⁶ of
/// these units: 2⁷³ of them add up exactly, in any order. Additions wrap beyond that, which only the amounts
/// of a damaged part can bring about.
struct WideSum: Sendable, Hashable, BitwiseCopyable {
    /// Digits behind the point, those of any amount.
    static let scale = Amount.maximumDigits
    /// Bytes of a sum in a part, little-endian.
    static let byteCount = 40

    private var low: UInt128
    private var middle: UInt128
    private var high: UInt64

    private init(low: UInt128, middle: UInt128, high: UInt64) {
        self.low = low
        self.middle = middle
        self.high = high
    }

    static let zero = WideSum(low: 0, middle: 0, high: 0)

    /// - Parameter scale: of `units`, 0...``scale``.
    init(_ units: Int128, scale: Int) {
        // Two factors of 127 bits and a sign: the product fits 256 bits, and the sign fills the rest.
        let product = units.multipliedFullWidth(by: Amount.powersOfTen[Self.scale - scale])
        low = product.low
        middle = UInt128(bitPattern: product.high)
        high = product.high < 0 ? .max : 0
    }

    static func += (sum: inout WideSum, other: WideSum) {
        let (low, lowCarry) = sum.low.addingReportingOverflow(other.low)
        let (middle, middleCarry) = sum.middle.addingReportingOverflow(other.middle)
        let (carried, secondCarry) = middle.addingReportingOverflow(lowCarry ? 1 : 0)
        sum.low = low
        sum.middle = carried
        // One of the two carries at most: a sum that wrapped is no number of ones only.
        sum.high = sum.high &+ other.high &+ (middleCarry || secondCarry ? 1 : 0)
    }

    static func + (a: WideSum, b: WideSum) -> WideSum {
        var sum = a
        sum += b
        return sum
    }

    static prefix func - (sum: WideSum) -> WideSum {
        WideSum(low: ~sum.low, middle: ~sum.middle, high: ~sum.high)
            + WideSum(low: 1, middle: 0, high: 0)
    }

    var isNegative: Bool { high &>> 63 == 1 }

    /// The same number with as few digits behind the point as it has, two at least; nil when it takes more
    /// than ``Amount/maximumDigits`` then.
    var amount: Amount? {
        var rest = isNegative ? -self : self
        var scale = Self.scale
        while scale > Amount.minimumScale {
            let (quotient, digit) = rest.dividedByTen
            if digit != 0 { break }
            rest = quotient
            scale -= 1
        }
        guard rest.high == 0, rest.middle == 0, rest.low < Amount.limit else { return nil }
        return Amount(units: isNegative ? -Int128(rest.low) : Int128(rest.low), scale: scale)
    }

    /// Quotient and remainder of a sum that is not negative.
    private var dividedByTen: (WideSum, digit: UInt128) {
        let ten: UInt128 = 10
        let (highest, rest) = high.quotientAndRemainder(dividingBy: 10)
        let (next, nextRest) = ten.dividingFullWidth((UInt128(rest), middle))
        let (lowest, digit) = ten.dividingFullWidth((nextRest, low))
        return (WideSum(low: lowest, middle: next, high: highest), digit)
    }

    // MARK: In a part

    /// - Parameter bytes: ``byteCount`` of them can be read.
    @inline(__always) init(loading bytes: UnsafeRawPointer) {
        low = UInt128(littleEndian: bytes.loadUnaligned(as: UInt128.self))
        middle = UInt128(
            littleEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt128.self))
        high = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 32, as: UInt64.self))
    }

    /// - Parameter bytes: ``byteCount`` of them can be written.
    @inline(__always) func store(to bytes: UnsafeMutableRawPointer) {
        bytes.storeBytes(of: low.littleEndian, as: UInt128.self)
        bytes.storeBytes(of: middle.littleEndian, toByteOffset: 16, as: UInt128.self)
        bytes.storeBytes(of: high.littleEndian, toByteOffset: 32, as: UInt64.self)
    }
}

/// What the sums of a join's entries have beyond 128 bits: an entry's sum is what it carries itself plus
/// what is kept for it here, so that nothing is lost when an addition to the entry would overflow.
struct WideSums: ~Copyable {
    private var sums = Column<WideSum>()

    /// Whether no entry has anything here, as nearly always.
    @inline(__always) var isEmpty: Bool { sums.count == 0 }

    /// - Parameter entry: 0-based.
    @inline(never) mutating func add(_ sum: WideSum, to entry: Int) {
        while sums.count <= entry { sums.append(.zero) }
        sums[entry] += sum
    }

    /// Zero for an entry that has nothing here.
    subscript(entry: Int) -> WideSum { entry < sums.count ? sums[entry] : .zero }

    mutating func clear(_ entry: Int) { if entry < sums.count { sums[entry] = .zero } }

    mutating func removeAll() { sums.removeAll() }
}
