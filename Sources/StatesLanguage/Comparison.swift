import JSON

extension Comparator {
    /// Whether `left operator right` holds; false when the types are not the operator's.
    ///
    /// Strings compare by code points, numbers by value, timestamps as moments.
    func holds(_ left: JSON, _ right: JSON) -> Bool {
        switch self {
        case .booleanEquals:
            if let a = left.bool, let b = right.bool { a == b } else { false }
        case .isBoolean: (left.bool != nil) == right.bool
        case .isNull: (left == .null) == right.bool
        case .isNumeric: (left.number != nil) == right.bool
        case .isString: (left.string != nil) == right.bool
        case .isTimestamp: (left.string.flatMap { Timestamp($0) } != nil) == right.bool
        case .isPresent: right.bool == true
        case .stringMatches:
            if let text = left.string, let pattern = right.string {
                StringPattern(pattern).matches(text)
            } else {
                false
            }
        default:
            switch operandType {
            case .number:
                if let a = left.int, let b = right.int {
                    isOrdered(a, b)
                } else {
                    isOrdered(left.double, right.double)
                }
            case .timestamp:
                isOrdered(
                    left.string.flatMap { Timestamp($0) }, right.string.flatMap { Timestamp($0) })
            case .string:
                isOrdered(left.string.map(CodePoints.init), right.string.map(CodePoints.init))
            case .boolean: false
            }
        }
    }

    /// Whether equal values are in this relation.
    private var isInclusive: Bool { rawValue.hasSuffix("Equals") }

    private func isOrdered<Value: Comparable>(_ left: Value?, _ right: Value?) -> Bool {
        guard let left, let right else { return false }
        if left == right { return isInclusive }
        let strict = isInclusive ? rawValue.dropLast("Equals".count) : rawValue[...]
        if strict.hasSuffix("GreaterThan") { return left > right }
        if strict.hasSuffix("LessThan") { return left < right }
        return false
    }
}

/// The pattern of StringMatches: `*` stands for any characters, a backslash takes the meaning from
/// a `*` or backslash after it.
struct StringPattern {
    /// Nil is a `*`.
    private let tokens: [Unicode.Scalar?]

    /// Other characters after a backslash stand for themselves, without it.
    init(_ pattern: String) {
        var tokens: [Unicode.Scalar?] = []
        var isEscape = false
        for scalar in pattern.unicodeScalars {
            if isEscape {
                tokens.append(scalar)
                isEscape = false
            } else if scalar == "\\" {
                isEscape = true
            } else {
                tokens.append(scalar == "*" ? nil : scalar)
            }
        }
        self.tokens = tokens
    }

    /// Goes back only to the last `*`, so that the time is at most the product of the lengths.
    func matches(_ text: String) -> Bool {
        let text = Array(text.unicodeScalars)
        var at = 0
        var token = 0
        var star: (token: Int, at: Int)?
        while at < text.count {
            if token < tokens.count, tokens[token] == nil {
                star = (token, at)
                token += 1
            } else if token < tokens.count, tokens[token] == text[at] {
                token += 1
                at += 1
            } else if let (starToken, starAt) = star {
                star = (starToken, starAt + 1)
                token = starToken + 1
                at = starAt + 1
            } else {
                return false
            }
        }
        return tokens[token...].allSatisfy { $0 == nil }
    }
}
