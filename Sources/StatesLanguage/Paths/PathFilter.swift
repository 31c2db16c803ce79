import JSON

/// The condition in `[?(…)]`.
indirect enum PathFilter: Sendable, Hashable {
    /// Lists, not pairs: a filter of a hundred thousand terms must not be as deep.
    case and([PathFilter])
    case or([PathFilter])
    case not(PathFilter)
    /// Whether the path leads somewhere.
    case exists(Operand)
    case comparison(Operand, Relation, Operand)

    enum Operand: Sendable, Hashable {
        case literal(JSON)
        /// `@` and on.
        case item([JSONPath.Segment])
        /// `$` and on.
        case document([JSONPath.Segment])
        case list([JSON])
    }

    enum Relation: String, Sendable, Hashable, CaseIterable {
        case strictlyEqual = "===", strictlyUnequal = "!=="
        case equal = "==", unequal = "!="
        case atMost = "<=", atLeast = ">=", below = "<", above = ">"
        case isIn = "in", isNotIn = "nin", contains = "contains"
    }

    func matches(_ item: JSON, _ search: PathSearch) throws(PathFailure) -> Bool {
        try search.spend(1)
        switch self {
        case .and(let filters):
            for filter in filters {
                guard try filter.matches(item, search) else { return false }
            }
            return true
        case .or(let filters):
            for filter in filters where try filter.matches(item, search) { return true }
            return false
        case .not(let filter): return try !filter.matches(item, search)
        case .exists(let operand): return try operand.value(item, search) != nil
        case .comparison(let left, let relation, let right):
            let (a, b) = (try left.value(item, search), try right.value(item, search))
            try search.spend(relation.cost(a, b))
            return relation.holds(a, b)
        }
    }
}

extension PathFilter.Operand {
    fileprivate func value(_ item: JSON, _ search: PathSearch) throws(PathFailure) -> JSON? {
        let (start, segments): (JSON, [JSONPath.Segment])
        switch self {
        case .literal(let value): return value
        case .list(let values): return .array(values)
        case .item(let path): (start, segments) = (item, path)
        case .document(let path): (start, segments) = (search.document, path)
        }
        do {
            return try JSONPath.value(segments, from: start, search)
        } catch {
            if error.isFinal { throw error }
            return nil
        }
    }
}

extension PathFilter.Relation {
    /// A missing value is unequal to everything and otherwise in no relation.
    fileprivate func holds(_ left: JSON?, _ right: JSON?) -> Bool {
        switch self {
        case .equal, .strictlyEqual: areEqual(left, right)
        case .unequal, .strictlyUnequal: !areEqual(left, right)
        case .isIn: right?.array?.contains { areEqual(left, $0) } ?? false
        case .isNotIn: !(right?.array?.contains { areEqual(left, $0) } ?? false)
        case .contains:
            if let elements = left?.array, let right {
                elements.contains(right)
            } else if let text = left?.string, let part = right?.string {
                Self.isPart(Array(part.utf8), of: Array(text.utf8))
            } else {
                false
            }
        case .atMost, .atLeast, .below, .above: isOrdered(left, right)
        }
    }

    /// By bytes, so that no two spellings of a character are taken for one.
    private static func isPart(_ part: [UInt8], of text: [UInt8]) -> Bool {
        SubsequenceSearch(part).firstIndex(in: text, from: 0) != nil
    }

    /// How much there may be to look at, as ``EvaluationWork`` counts.
    fileprivate func cost(_ left: JSON?, _ right: JSON?) -> Int {
        func size(_ value: JSON?) -> Int {
            switch value {
            case .array(let elements)?: elements.count
            case .object(let object)?: object.count
            case .string(let text)?: text.utf8.count / 64
            default: 0
            }
        }
        return size(left) + size(right)
    }

    private func areEqual(_ left: JSON?, _ right: JSON?) -> Bool {
        guard let left, let right else { return false }
        return left == right
    }

    private func isOrdered(_ left: JSON?, _ right: JSON?) -> Bool {
        func holds<Value: Comparable>(_ a: Value, _ b: Value) -> Bool {
            switch self {
            case .atMost: a <= b
            case .atLeast: a >= b
            case .below: a < b
            default: a > b
            }
        }
        if let a = left?.double, let b = right?.double { return holds(a, b) }
        if let a = left?.string, let b = right?.string {
            return holds(CodePoints(a), CodePoints(b))
        }
        return false
    }
}

extension PathParser {
    /// What follows `[?`, up to `]`.
    mutating func filter() throws(PathSyntaxError) -> PathFilter {
        skipSpace()
        return try alternatives()
    }

    private mutating func alternatives() throws(PathSyntaxError) -> PathFilter {
        var filters = [try conjunction()]
        skipSpace()
        while take(word: "||") {
            filters.append(try conjunction())
            skipSpace()
        }
        return filters.count == 1 ? filters[0] : .or(filters)
    }

    private mutating func conjunction() throws(PathSyntaxError) -> PathFilter {
        var filters = [try term()]
        skipSpace()
        while take(word: "&&") {
            filters.append(try term())
            skipSpace()
        }
        return filters.count == 1 ? filters[0] : .and(filters)
    }

    private mutating func term() throws(PathSyntaxError) -> PathFilter {
        skipSpace()
        if take("!") {
            return .not(try nested { parser throws(PathSyntaxError) in try parser.term() })
        }
        if take("(") {
            let filter = try nested { parser throws(PathSyntaxError) in try parser.alternatives() }
            skipSpace()
            guard take(")") else { throw failure("')' is missing") }
            return filter
        }
        let left = try operand()
        skipSpace()
        for relation in PathFilter.Relation.allCases where take(word: relation.rawValue) {
            skipSpace()
            return .comparison(left, relation, try operand())
        }
        return .exists(left)
    }

    private mutating func operand() throws(PathSyntaxError) -> PathFilter.Operand {
        if take("@") { return .item(try nestedSegments()) }
        if take("$") { return .document(try nestedSegments()) }
        if take("[") {
            var values: [JSON] = []
            skipSpace()
            while let value = try literal() {
                values.append(value)
                skipSpace()
                guard take(",") else { break }
                skipSpace()
            }
            guard take("]") else { throw failure("']' is missing") }
            return .list(values)
        }
        guard let value = try literal() else { throw failure("a value is missing") }
        return .literal(value)
    }

    private mutating func nestedSegments() throws(PathSyntaxError) -> [JSONPath.Segment] {
        try nested { parser throws(PathSyntaxError) in try parser.segments() }
    }
}
