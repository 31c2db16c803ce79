/// Exact decimals: an integer and how many of its digits stand behind the point.
///
/// Accepted is `-?digits[.digits]`, with one of the two groups of digits allowed to be missing (`.5`, `5.`)
/// and a leading `+`. Refused are exponents, group separators, currency signs and spaces: what they would
/// mean depends on who wrote them.
public struct Amount: Sendable, Hashable {
    /// Most significant digits, as in DynamoDB's numbers, two behind the point always counted.
    public static let maximumDigits = 38
    /// Digits behind the point that sums have at least, as money has.
    static let minimumScale = 2
    /// The first magnitude of more than ``maximumDigits``.
    static let limit = powersOfTen[maximumDigits].magnitude

    public var units: Int128
    /// 0...``maximumDigits``.
    public var scale: Int

    public init(units: Int128, scale: Int) {
        self.units = units
        self.scale = scale
    }

    /// Why a field is no amount.
    public enum Failure: Error, Sendable { case notANumber, outOfRange }

    /// Units and scale of a short number, up to 18 digits; nil when it is longer or none.
    @inline(__always)
    static func short(_ text: UnsafeBufferPointer<UInt8>) -> (units: Int64, scale: Int)? {
        let count = text.count
        guard count > 0, count <= 19 else { return nil }
        var at = 0
        let isNegative = text[0] == UInt8(ascii: "-")
        if isNegative { at = 1 }
        var units: Int64 = 0
        var digits = 0
        var point = -1
        while at < count {
            let digit = text[at] &- UInt8(ascii: "0")
            if digit < 10 {
                units = units &* 10 &+ Int64(truncatingIfNeeded: digit)
                digits &+= 1
            } else if text[at] == UInt8(ascii: "."), point < 0 {
                point = digits
            } else {
                return nil
            }
            at &+= 1
        }
        guard digits > 0, digits <= 18 else { return nil }
        return (isNegative ? 0 &- units : units, point < 0 ? 0 : digits &- point)
    }

    /// Reads a number of up to ``maximumDigits`` digits.
    public init(_ text: UnsafeBufferPointer<UInt8>) throws(Failure) {
        if let (units, scale) = Self.short(text) {
            self.init(units: Int128(units), scale: scale)
            return
        }
        var at = 0
        let isNegative = text.first == UInt8(ascii: "-")
        if isNegative || text.first == UInt8(ascii: "+") { at = 1 }
        var units: Int128 = 0
        var significant = 0
        var digits = 0
        var scale: Int?
        while at < text.count {
            let digit = text[at] &- UInt8(ascii: "0")
            if digit < 10 {
                digits += 1
                if units != 0 || digit != 0 { significant += 1 }
                if let behind = scale { scale = behind + 1 }
                // Past the limit the rest is only looked at for whether it is a number at all.
                if significant <= Self.maximumDigits { units = units * 10 + Int128(digit) }
            } else if text[at] == UInt8(ascii: "."), scale == nil {
                scale = 0
            } else {
                throw .notANumber
            }
            at += 1
        }
        guard digits > 0 else { throw .notANumber }
        // Those two behind the point counted that every sum has.
        let needed =
            significant == 0 ? 0 : significant + max(0, Self.minimumScale - (scale ?? 0))
        guard needed <= Self.maximumDigits, scale ?? 0 <= Self.maximumDigits else {
            throw .outOfRange
        }
        self.init(units: isNegative ? -units : units, scale: scale ?? 0)
    }

    /// 10 to the power of 0...38.
    static let powersOfTen: [Int128] = (0...maximumDigits).reduce(into: []) { powers, _ in
        powers.append((powers.last ?? 0) == 0 ? 1 : powers[powers.count - 1] * 10)
    }

    /// The same amount with a larger scale; nil when that takes more than 128 bits.
    static func rescale(_ units: Int128, by digits: Int) -> Int128? {
        let (product, overflow) = units.multipliedReportingOverflow(by: powersOfTen[digits])
        return overflow ? nil : product
    }

    /// Whether the number has at most ``maximumDigits``, zeros at its end behind the second digit after the
    /// point not counted: they come from what it was added up with.
    static func isInRange(_ units: Int128, scale: Int) -> Bool {
        if units.magnitude < limit { return true }
        return WideSum(units, scale: scale).amount != nil
    }

    /// Appends the number as JSON: with two digits behind the point, more only where they are not zero.
    static func write(_ units: Int128, scale: Int, to bytes: inout [UInt8]) {
        var units = units
        var scale = scale
        while scale > minimumScale, units % 10 == 0 {
            units /= 10
            scale -= 1
        }
        while scale < minimumScale {
            // In range: whoever sums keeps at least this scale, see AmountColumn.
            units *= 10
            scale += 1
        }
        if units < 0 { bytes.append(UInt8(ascii: "-")) }
        let digits = Array(String(units.magnitude).utf8)
        if digits.count > scale {
            bytes.append(contentsOf: digits[..<(digits.count - scale)])
        } else {
            bytes.append(UInt8(ascii: "0"))
        }
        bytes.append(UInt8(ascii: "."))
        bytes.append(
            contentsOf: repeatElement(UInt8(ascii: "0"), count: max(0, scale - digits.count)))
        bytes.append(contentsOf: digits.suffix(scale))
    }
}
