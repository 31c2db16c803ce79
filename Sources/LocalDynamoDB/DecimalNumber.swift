/// A number as DynamoDB keeps it: decimal, up to 38 significant digits, exact.
///
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
struct DecimalNumber: Hashable, Comparable, CustomStringConvertible {
    static let maximumDigits = 38
    /// The powers of ten that the first digit may stand for.
    static let magnitudes = -130...125
    /// Powers of ten that are read at all; what is written with a larger one is out of range, unless it
    /// has as many digits.
    private static let powers = -1000...1000

    /// Most significant first, without zeros at either end; empty for zero.
    private var digits: [UInt8]
    /// The power of ten of the last digit.
    private var exponent: Int
    private var isNegative: Bool

    /// Reads `-12.50`, `1e3`; nil when it is no number, has too many digits or is out of range.
    init?(_ text: String) {
        var rest = Substring(text).utf8
        isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        digits = []
        exponent = 0
        var count = 0
        var fraction: Int?
        while let byte = rest.first, byte != UInt8(ascii: "e"), byte != UInt8(ascii: "E") {
            rest.removeFirst()
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits.append(byte - UInt8(ascii: "0"))
                count += 1
                fraction = fraction.map { $0 + 1 }
            case UInt8(ascii: ".") where fraction == nil: fraction = 0
            default: return nil
            }
        }
        guard count > 0 else { return nil }
        if !rest.isEmpty {
            guard let power = Int(Substring(rest.dropFirst())), Self.powers.contains(power) else {
                return nil
            }
            exponent = power
        }
        exponent -= fraction ?? 0
        normalize()
        guard isStorable else { return nil }
    }

    private init(digits: [UInt8], exponent: Int, isNegative: Bool) {
        self.digits = digits
        self.exponent = exponent
        self.isNegative = isNegative
        normalize()
    }

    private mutating func normalize() {
        while digits.last == 0 {
            digits.removeLast()
            exponent += 1
        }
        digits = Array(digits.drop { $0 == 0 })
        if digits.isEmpty {
            exponent = 0
            isNegative = false
        }
    }

    /// Without superfluous zeros, as DynamoDB returns it.
    var description: String {
        if digits.isEmpty { return "0" }
        var text = digits.map { UInt8(ascii: "0") + $0 }
        if exponent >= 0 {
            text += repeatElement(UInt8(ascii: "0"), count: exponent)
        } else {
            let missing = 1 - exponent - text.count
            if missing > 0 { text = [UInt8](repeating: UInt8(ascii: "0"), count: missing) + text }
            text.insert(UInt8(ascii: "."), at: text.count + exponent)
        }
        return (isNegative ? "-" : "") + String(decoding: text, as: UTF8.self)
    }

    static prefix func - (value: DecimalNumber) -> DecimalNumber {
        DecimalNumber(
            digits: value.digits, exponent: value.exponent, isNegative: !value.isNegative)
    }

    /// The exact sum, of numbers that are storable; it need not be storable itself.
    static func + (a: DecimalNumber, b: DecimalNumber) -> DecimalNumber {
        let exponent = min(a.exponent, b.exponent)
        let (first, second) = (a.digits(from: exponent), b.digits(from: exponent))
        if a.isNegative == b.isNegative {
            return DecimalNumber(
                digits: sum(first, second), exponent: exponent, isNegative: a.isNegative)
        }
        let isFirstLarger = isLarger(first, than: second)
        let difference = isFirstLarger ? difference(first, second) : difference(second, first)
        return DecimalNumber(
            digits: difference, exponent: exponent,
            isNegative: isFirstLarger ? a.isNegative : b.isNegative)
    }

    static func < (a: DecimalNumber, b: DecimalNumber) -> Bool { (a + -b).isNegative }

    /// Whether DynamoDB could keep it: a sum may have too many digits, or be out of range.
    var isStorable: Bool {
        digits.isEmpty
            || digits.count <= Self.maximumDigits
                && Self.magnitudes.contains(exponent + digits.count - 1)
    }

    private func digits(from exponent: Int) -> [UInt8] {
        digits.isEmpty ? [] : digits + repeatElement(0, count: self.exponent - exponent)
    }

    private static func isLarger(_ a: [UInt8], than b: [UInt8]) -> Bool {
        a.count != b.count ? a.count > b.count : b.lexicographicallyPrecedes(a)
    }

    private static func sum(_ a: [UInt8], _ b: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var carry: UInt8 = 0
        let (a, b) = (Array(a.reversed()), Array(b.reversed()))
        for index in 0..<max(a.count, b.count) {
            let value =
                (index < a.count ? a[index] : 0) + (index < b.count ? b[index] : 0) + carry
            result.append(value % 10)
            carry = value / 10
        }
        return [carry] + result.reversed()
    }

    /// `a` is not less than `b`.
    private static func difference(_ a: [UInt8], _ b: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var borrow: UInt8 = 0
        let b = Array(b.reversed())
        for (index, digit) in a.reversed().enumerated() {
            let taken = (index < b.count ? b[index] : 0) + borrow
            borrow = digit < taken ? 1 : 0
            result.append(digit + borrow * 10 - taken)
        }
        return result.reversed()
    }
}
