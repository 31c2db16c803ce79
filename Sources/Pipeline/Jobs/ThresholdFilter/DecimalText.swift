/// A decimal number as it stands in a text, of any length, compared without being converted.
///
/// | text | number? |
/// |---|---|
/// | `4.7`, `-4.7`, `+5`, `.5`, `5.`, `007` | yes |
/// | `1e1`, `1E-3`, `.5e+2` | yes |
/// | empty, `.`, `-`, `e5`, `1e`, `1,5`, `1 000`, ` 5`, `0x10`, `NaN`, `inf` | no |
///
/// The grammar is `[+-]?(digits[.digits*]|.digits)([eE][+-]?digits)?` in ASCII, with nothing around it.
struct DecimalText {
    private let bytes: UnsafeBufferPointer<UInt8>
    let isNegative: Bool
    /// Where the first digit stands that is not 0, and where the digits end. Equal for zero.
    private let start: Int
    private let end: Int
    /// The value is 0.d₁d₂… times ten to this, d₁ being the digit at `start`.
    private let exponent: Int

    /// What an exponent is taken for at most: beyond it no two numbers of a file could be told apart by
    /// their digits. Ten times as much, and a digit, still is an Int.
    private static let largestExponent = 1 << 56

    /// - Returns: nil when the text is no number.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        var at = 0
        let sign = bytes.first
        isNegative = sign == UInt8(ascii: "-")
        if isNegative || sign == UInt8(ascii: "+") { at = 1 }
        var digits = 0
        var point: Int?
        var first: Int?
        // Digits before the point, from the first that is not 0; negative for zeros behind it.
        var whole = 0
        while at < bytes.count {
            let byte = bytes[at]
            if byte &- UInt8(ascii: "0") < 10 {
                digits += 1
                if first == nil, byte != UInt8(ascii: "0") { first = at }
                if point == nil {
                    if first != nil { whole += 1 }
                } else if first == nil {
                    whole -= 1
                }
            } else if byte == UInt8(ascii: "."), point == nil {
                point = at
            } else {
                break
            }
            at += 1
        }
        guard digits > 0 else { return nil }
        let digitsEnd = at
        var power = 0
        if at < bytes.count {
            guard bytes[at] | 0x20 == UInt8(ascii: "e") else { return nil }
            at += 1
            let isDown = at < bytes.count && bytes[at] == UInt8(ascii: "-")
            if at < bytes.count, isDown || bytes[at] == UInt8(ascii: "+") { at += 1 }
            guard at < bytes.count else { return nil }
            while at < bytes.count {
                let digit = bytes[at] &- UInt8(ascii: "0")
                guard digit < 10 else { return nil }
                power = min(Self.largestExponent, power * 10 + Int(digit))
                at += 1
            }
            if isDown { power = -power }
        }
        self.bytes = bytes
        start = first ?? digitsEnd
        end = digitsEnd
        // In range: a text has fewer than 2^32 digits.
        exponent = whole + power
    }

    private var isZero: Bool { start == end }
    /// -1, 0 or 1.
    private var sign: Int { isZero ? 0 : isNegative ? -1 : 1 }

    /// -1 when this is the smaller one, 0 when they are equal, 1 when it is the larger one.
    func compared(to other: DecimalText) -> Int {
        if sign != other.sign { return sign < other.sign ? -1 : 1 }
        if isZero { return 0 }
        let larger = isNegative ? -1 : 1
        if exponent != other.exponent { return exponent < other.exponent ? -larger : larger }
        var (a, b) = (start, other.start)
        while true {
            let (left, right) = (digit(&a), other.digit(&b))
            if left == nil, right == nil { return 0 }
            let (x, y) = (left ?? 0, right ?? 0)
            if x != y { return x < y ? -larger : larger }
        }
    }

    /// The next digit, the point left out; nil behind the last.
    private func digit(_ at: inout Int) -> UInt8? {
        if at < end, bytes[at] == UInt8(ascii: ".") { at += 1 }
        guard at < end else { return nil }
        defer { at += 1 }
        return bytes[at] &- UInt8(ascii: "0")
    }
}
