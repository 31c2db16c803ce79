import JSON
import System

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
        case .isTimestamp: (left.timestamp != nil) == right.bool
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
                isOrdered(left.timestamp, right.timestamp)
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
