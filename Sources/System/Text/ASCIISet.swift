/// Some of the 128 ASCII characters: which bytes a name may consist of, or an encoding keeps.
public struct ASCIISet: Sendable, Hashable, ExpressibleByStringLiteral {
    public static let lowercaseLetters: ASCIISet = "abcdefghijklmnopqrstuvwxyz"
    public static let uppercaseLetters: ASCIISet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    public static let digits: ASCIISet = "0123456789"
    public static let lettersAndDigits = lowercaseLetters.union(uppercaseLetters).union(digits)

    /// A bit for each character: of the first 64, and of the others.
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    /// - Parameter characters: ASCII only, which is a precondition.
    public init(_ characters: String) {
        for byte in characters.utf8 {
            precondition(byte < 128, "\(characters.debugDescription) is not ASCII")
            if byte < 64 { low |= 1 << byte } else { high |= 1 << (byte - 64) }
        }
    }

    public init(stringLiteral characters: String) { self.init(characters) }

    public func union(_ others: ASCIISet) -> ASCIISet {
        var all = self
        all.low |= others.low
        all.high |= others.high
        return all
    }

    public func contains(_ byte: UInt8) -> Bool {
        byte < 64 ? low >> byte & 1 == 1 : byte < 128 && high >> (byte - 64) & 1 == 1
    }

    /// Whether the text has no other characters; true for an empty one.
    public func contains(allOf text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy(contains)
    }
}
