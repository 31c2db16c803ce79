#if canImport(Glibc)
import Glibc
#endif

/// A JSON number with the text it was written in, so that nothing is rounded on the way through.
public struct JSONNumber: Sendable {
    /// The number as RFC 8259 §6 writes it; never `+1`, `.5`, `01`, `NaN`.
    public let text: String

    /// For text that is already known to be a number; ``init(_:)-(String)`` checks.
    init(unchecked text: String) { self.text = text }

    public init(_ value: Int) { text = String(value) }

    /// The shortest decimal that reads back as the same double; nil for infinities and NaN.
    public init?(_ value: Double) {
        guard value.isFinite else { return nil }
        if value == value.rounded(), abs(value) < 1e15 {
            text = String(Int(value))
        } else {
            text = "\(value)"
        }
    }

    /// The text when it is one number as RFC 8259 §6 writes it; nil otherwise.
    public init?(_ text: String) {
        guard case .number(let number)? = try? JSON(parsing: text), number.text == text else {
            return nil
        }
        self = number
    }

    /// The integer; nil with a fraction (`1.0` and `1e2` count as integers) or past 64 bits.
    public var int: Int? {
        if let value = Int(text) { return value }
        let (negative, digits, exponent) = normalized
        guard exponent >= 0, digits.count + exponent <= 19 else { return nil }
        return Int((negative ? "-" : "") + digits + String(repeating: "0", count: exponent))
    }

    /// The nearest double; infinite past its range.
    public var double: Double { Double(text) ?? .nan }

    /// Sign, significant digits without zeros at either end, power of ten: equal for equal values.
    private var normalized: (negative: Bool, digits: String, exponent: Int) {
        var digits: [UInt8] = []
        var exponent = 0
        var isFraction = false
        var rest = Substring(text).utf8
        let negative = rest.first == UInt8(ascii: "-")
        if negative { rest.removeFirst() }
        scan: while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "."): isFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                // Past any number of digits there can be, and far from the end of the integers.
                let limit = 1 << 40
                let written =
                    Int(Substring(rest)) ?? (rest.first == UInt8(ascii: "-") ? -limit : limit)
                exponent += min(max(written, -limit), limit)
                break scan
            default:
                digits.append(byte)
                if isFraction { exponent -= 1 }
            }
        }
        while digits.last == UInt8(ascii: "0") {
            digits.removeLast()
            exponent += 1
        }
        let significant = digits.drop { $0 == UInt8(ascii: "0") }
        if significant.isEmpty { return (false, "0", 0) }
        return (negative, String(decoding: significant, as: UTF8.self), exponent)
    }
}

extension JSONNumber: Hashable {
    /// Equal in value: `1`, `1.0` and `10e-1` are one number.
    public static func == (a: JSONNumber, b: JSONNumber) -> Bool {
        a.text == b.text || a.normalized == b.normalized
    }

    public func hash(into hasher: inout Hasher) {
        let (negative, digits, exponent) = normalized
        hasher.combine(negative)
        hasher.combine(digits)
        hasher.combine(exponent)
    }
}

extension JSONNumber: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int) { self.init(value) }
}
