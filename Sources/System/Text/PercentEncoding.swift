/// Percent-encoding, RFC 3986 §2.1: a byte as `%` and two hexadecimal digits.
public enum PercentEncoding {
    /// The characters that need no encoding anywhere in a URI, RFC 3986 §2.3.
    public static let unreserved = ASCIISet.lettersAndDigits.union("-._~")

    /// Every byte but those of `kept` as `%XX`, with upper-case digits.
    public static func encode(_ bytes: some Sequence<UInt8>, keeping kept: ASCIISet) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.underestimatedCount)
        for byte in bytes {
            if kept.contains(byte) {
                text.append(byte)
            } else {
                let digits = Hexadecimal.uppercase(byte)
                text.append(UInt8(ascii: "%"))
                text.append(digits.high)
                text.append(digits.low)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Undoes it; a `%` without two hexadecimal digits stays. A `+` is a plus.
    public static func decode(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        decode(Array(bytes), stray: UInt8(ascii: "%")) ?? []
    }

    /// ``decode(_:)`` that is nil for a `%` without two hexadecimal digits.
    public static func decodeStrictly(_ bytes: some Sequence<UInt8>) -> [UInt8]? {
        decode(Array(bytes), stray: nil)
    }

    /// - Parameter stray: what a `%` without digits becomes; nil when it makes the whole nil.
    private static func decode(_ bytes: [UInt8], stray: UInt8?) -> [UInt8]? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var at = 0
        while at < bytes.count {
            if bytes[at] != UInt8(ascii: "%") {
                decoded.append(bytes[at])
                at += 1
            } else if at + 2 < bytes.count,
                let high = Hexadecimal.value(ofDigit: bytes[at + 1]),
                let low = Hexadecimal.value(ofDigit: bytes[at + 2])
            {
                decoded.append(high << 4 | low)
                at += 3
            } else {
                guard let stray else { return nil }
                decoded.append(stray)
                at += 1
            }
        }
        return decoded
    }
}
