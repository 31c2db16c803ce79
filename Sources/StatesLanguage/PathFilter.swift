import JSON

/// The condition in `[?(…)]`.
indirect enum PathFilter: Sendable, Hashable {
    case and(PathFilter, PathFilter)
    case or(PathFilter, PathFilter)
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

    func matches(_ item: JSON, document: JSON) -> Bool {
        switch self {
        case .and(let a, let b):
            a.matches(item, document: document) && b.matches(item, document: document)
        case .or(let a, let b):
            a.matches(item, document: document) || b.matches(item, document: document)
        case .not(let filter): !filter.matches(item, document: document)
        case .exists(let operand): operand.value(item, document) != nil
        case .comparison(let left, let relation, let right):
            relation.holds(left.value(item, document), right.value(item, document))
        }
    }
}

extension PathFilter.Operand {
    fileprivate func value(_ item: JSON, _ document: JSON) -> JSON? {
        switch self {
        case .literal(let value): value
        case .list(let values): .array(values)
        case .item(let segments):
            try? JSONPath.value(segments, from: item, document: document)
        case .document(let segments):
            try? JSONPath.value(segments, from: document, document: document)
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
        part.count <= text.count
            && (0...text.count - part.count).contains { text[$0...].starts(with: part) }
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
        var filter = try conjunction()
        skipSpace()
        while take(word: "||") {
            filter = .or(filter, try conjunction())
            skipSpace()
        }
        return filter
    }

    private mutating func conjunction() throws(PathSyntaxError) -> PathFilter {
        var filter = try term()
        skipSpace()
        while take(word: "&&") {
            filter = .and(filter, try term())
            skipSpace()
        }
        return filter
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
