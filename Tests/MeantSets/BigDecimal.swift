/// Decimals of any length, the slow and simple way: what the tests hold amounts and their sums against.
public struct BigDecimal: Sendable, Equatable, CustomStringConvertible {
    /// Digits from the last to the first, without zeros in front.
    public private(set) var digits: [Int]
    public private(set) var isNegative: Bool
    public private(set) var scale: Int

    public static let zero = BigDecimal("0")!

    /// `[+-]?digits[.digits]`, one of the two groups may be missing; nil for all else.
    public init?(_ text: String) {
        var rest = Substring(text)
        isNegative = rest.hasPrefix("-")
        if rest.hasPrefix("-") || rest.hasPrefix("+") { rest.removeFirst() }
        let groups = rest.split(separator: ".", omittingEmptySubsequences: false)
        guard groups.count <= 2 else { return nil }
        let all = groups.joined()
        guard !all.isEmpty, all.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        digits = all.utf8.reversed().map { Int($0) - 0x30 }
        scale = groups.count == 2 ? groups[1].utf8.count : 0
        trim()
    }

    /// Digits from the first that is not zero, zeros at the end counted.
    public var significantDigits: Int { digits.count }

    private mutating func trim() {
        while digits.last == 0 { digits.removeLast() }
        if digits.isEmpty { isNegative = false }
    }

    public func scaled(to newScale: Int) -> BigDecimal {
        var copy = self
        copy.digits.insert(contentsOf: Array(repeating: 0, count: newScale - scale), at: 0)
        copy.scale = newScale
        copy.trim()
        return copy
    }

    public static func + (a: BigDecimal, b: BigDecimal) -> BigDecimal {
        let scale = max(a.scale, b.scale)
        var (a, b) = (a.scaled(to: scale), b.scaled(to: scale))
        if a.isNegative == b.isNegative {
            a.digits = carry(pairs(a, b).map { $0 + $1 })
        } else {
            if !a.isAtLeast(b) { swap(&a, &b) }
            a.digits = carry(pairs(a, b).map { $0 - $1 })
        }
        a.trim()
        return a
    }

    private static func pairs(_ a: BigDecimal, _ b: BigDecimal) -> [(Int, Int)] {
        (0...max(a.digits.count, b.digits.count)).map {
            ($0 < a.digits.count ? a.digits[$0] : 0, $0 < b.digits.count ? b.digits[$0] : 0)
        }
    }

    private static func carry(_ sums: [Int]) -> [Int] {
        var rest = 0
        return sums.map { sum in
            let all = sum + rest
            rest = all < 0 ? -1 : all / 10
            return all < 0 ? all + 10 : all % 10
        }
    }

    private func isAtLeast(_ other: BigDecimal) -> Bool {
        if digits.count != other.digits.count { return digits.count > other.digits.count }
        return !digits.reversed().lexicographicallyPrecedes(other.digits.reversed())
    }

    /// As in a message: two digits behind the point, more where they are not zero.
    public var money: String {
        var value = scale < 2 ? scaled(to: 2) : self
        while value.scale > 2, value.digits.first ?? 0 == 0 {
            if !value.digits.isEmpty { value.digits.removeFirst() }
            value.scale -= 1
        }
        var text = value.digits.reversed().map(String.init).joined()
        text = String(repeating: "0", count: max(0, value.scale + 1 - text.count)) + text
        let point = text.index(text.endIndex, offsetBy: -value.scale)
        return (value.isNegative ? "-" : "") + text[..<point] + "." + text[point...]
    }

    public var description: String { money }
}
