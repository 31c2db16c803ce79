/// Numbers of the load: `[+-]?(digits[.digits*]|.digits)([eE][+-]?digits)?` in ASCII, written down as
/// DynamoDB returns them: without zeros at their ends, without an exponent.
///
/// Up to 38 significant digits, from 1E-130 to 9.9999999999999999999999999999999999999E+125:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number>.
struct ItemNumber: ~Copyable {
    enum Failure: Error { case notANumber, outOfRange }

    static let maximumDigits = 38
    /// Of the first digit's place.
    static let exponents = -130...125
    /// A sign, 0 and a point, 130 places, and all digits but the first behind them.
    private static let maximumBytes = 3 + 130 + maximumDigits
    /// What a larger exponent is taken as: no field has so many digits that it would come into range.
    private static let endlessExponent = 1_000_000_000

    /// The number that was read last.
    private let text = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: maximumBytes)

    deinit { text.deallocate() }

    /// - Returns: the number's text; it is valid until the next call.
    mutating func read(
        _ field: UnsafeBufferPointer<UInt8>
    ) throws(Failure) -> UnsafeBufferPointer<UInt8> {
        var at = 0
        let isNegative = field.first == UInt8(ascii: "-")
        if isNegative || field.first == UInt8(ascii: "+") { at = 1 }
        let mantissa = at
        // Digits are counted from 0, the point left out.
        var digits = 0
        var integerDigits: Int?
        var first: Int?
        var last = 0
        scan: while at < field.count {
            switch field[at] {
            case UInt8(ascii: "0"): digits &+= 1
            case UInt8(ascii: "1")...UInt8(ascii: "9"):
                if first == nil { first = digits }
                last = digits
                digits &+= 1
            case UInt8(ascii: "."):
                if integerDigits != nil { throw .notANumber }
                integerDigits = digits
            default: break scan
            }
            at &+= 1
        }
        guard digits > 0 else { throw .notANumber }
        let exponent = try Self.exponent(field, from: at)
        guard let first else { return zero() }
        let count = last - first + 1
        // The place of the first digit: 0 for ones, 1 for tens.
        let place = (integerDigits ?? digits) - 1 - first + exponent
        guard count <= Self.maximumDigits, Self.exponents.contains(place) else {
            throw .outOfRange
        }
        let significant = { (index: Int) -> UInt8 in
            let digit = first + index
            // Behind the point, a digit stands one byte later.
            return field[mantissa + digit + (digit >= integerDigits ?? .max ? 1 : 0)]
        }
        return write(isNegative, count, place, significant)
    }

    /// - Returns: 0 when nothing follows.
    private static func exponent(
        _ field: UnsafeBufferPointer<UInt8>, from start: Int
    ) throws(Failure) -> Int {
        if start == field.count { return 0 }
        guard field[start] | 0x20 == UInt8(ascii: "e") else { throw .notANumber }
        var at = start + 1
        let isNegative = at < field.count && field[at] == UInt8(ascii: "-")
        if isNegative || (at < field.count && field[at] == UInt8(ascii: "+")) { at += 1 }
        guard at < field.count else { throw .notANumber }
        var exponent = 0
        while at < field.count {
            guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= field[at] else { throw .notANumber }
            exponent = min(endlessExponent, exponent * 10 + Int(field[at] - UInt8(ascii: "0")))
            at += 1
        }
        return isNegative ? -exponent : exponent
    }

    private func zero() -> UnsafeBufferPointer<UInt8> {
        text[0] = UInt8(ascii: "0")
        return UnsafeBufferPointer(rebasing: text[..<1])
    }

    /// In bounds: digits and place were checked, and `maximumBytes` is what the longest of them take.
    @inline(__always)
    private func write(
        _ isNegative: Bool, _ count: Int, _ place: Int, _ digit: (Int) -> UInt8
    ) -> UnsafeBufferPointer<UInt8> {
        var end = 0
        func append(_ byte: UInt8) {
            text[end] = byte
            end &+= 1
        }
        if isNegative { append(UInt8(ascii: "-")) }
        if place < 0 {
            append(UInt8(ascii: "0"))
            append(UInt8(ascii: "."))
            for _ in 0..<(-place - 1) { append(UInt8(ascii: "0")) }
        }
        for index in 0..<count {
            if place >= 0, index == place + 1 { append(UInt8(ascii: ".")) }
            append(digit(index))
        }
        if place >= count {
            for _ in count...place { append(UInt8(ascii: "0")) }
        }
        return UnsafeBufferPointer(rebasing: text[..<end])
    }
}
