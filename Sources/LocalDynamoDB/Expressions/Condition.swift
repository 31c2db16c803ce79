import JSON

/// A condition on an item: comparisons, `BETWEEN`, `attribute_exists`, `attribute_not_exists`,
/// `begins_with`, joined by `AND`, `OR`, `NOT` and parentheses.
///
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
indirect enum Condition {
    enum Operand {
        case attribute(String)
        case value(AttributeValue)

        func value(in item: JSONObject) -> AttributeValue? {
            switch self {
            case .attribute(let name): item[name].map { AttributeValue(stored: $0) }
            case .value(let value): value
            }
        }
    }

    case compare(Operand, String, Operand)
    case exists(String)
    case beginsWith(Operand, Operand)
    case and(Condition, Condition)
    case or(Condition, Condition)
    case not(Condition)

    init(_ text: String, _ placeholders: Placeholders) throws(TableError) {
        var reader = try ExpressionReader(text, placeholders)
        self = try Self.alternatives(&reader)
        guard reader.isAtEnd else { throw reader.syntaxError }
    }

    /// Whether it holds; an item that does not exist has no attributes.
    func holds(for item: JSONObject) -> Bool {
        switch self {
        case .exists(let name): return item[name] != nil
        case .and(let a, let b): return a.holds(for: item) && b.holds(for: item)
        case .or(let a, let b): return a.holds(for: item) || b.holds(for: item)
        case .not(let condition): return !condition.holds(for: item)
        case .beginsWith(let operand, let prefix):
            guard let text = operand.value(in: item)?.string,
                let start = prefix.value(in: item)?.string
            else { return false }
            return text.utf8.starts(with: start.utf8)
        case .compare(let a, let symbol, let b):
            let (a, b) = (a.value(in: item), b.value(in: item))
            // A missing attribute differs from every value, and is in no other relation to it.
            guard let a, let b else { return symbol == "<>" }
            switch symbol {
            case "=": return a.isSame(b)
            case "<>": return !a.isSame(b)
            case "<": return a.precedes(b) == true
            case "<=": return b.precedes(a) == false
            case ">": return b.precedes(a) == true
            default: return a.precedes(b) == false
            }
        }
    }

    /// What the attribute must be equal to for the condition to hold, when it says so.
    func requiredValue(of name: String) -> AttributeValue? {
        switch self {
        case .compare(.attribute(name), "=", .value(let value)),
            .compare(.value(let value), "=", .attribute(name)):
            value
        case .and(let a, let b): a.requiredValue(of: name) ?? b.requiredValue(of: name)
        default: nil
        }
    }

    private static func alternatives(
        _ reader: inout ExpressionReader, depth: Int = 0
    ) throws(TableError) -> Condition {
        guard depth < 100 else { throw .validation("Invalid expression: it is nested too deeply") }
        var condition = try conjunction(&reader, depth)
        while reader.take("OR") { condition = .or(condition, try conjunction(&reader, depth)) }
        return condition
    }

    private static func conjunction(
        _ reader: inout ExpressionReader, _ depth: Int
    ) throws(TableError) -> Condition {
        var condition = try single(&reader, depth)
        while reader.take("AND") { condition = .and(condition, try single(&reader, depth)) }
        return condition
    }

    private static func single(
        _ reader: inout ExpressionReader, _ depth: Int
    ) throws(TableError) -> Condition {
        var isNegated = false
        while reader.take("NOT") { isNegated.toggle() }
        let condition: Condition
        if reader.take("(") {
            condition = try alternatives(&reader, depth: depth + 1)
            try reader.expect(")")
        } else {
            condition = try test(&reader)
        }
        return isNegated ? .not(condition) : condition
    }

    private static func test(_ reader: inout ExpressionReader) throws(TableError) -> Condition {
        for (function, isExisting) in [("attribute_exists", true), ("attribute_not_exists", false)]
        where reader.take(function) {
            try reader.expect("(")
            let name = try reader.attributeName()
            try reader.expect(")")
            return isExisting ? .exists(name) : .not(.exists(name))
        }
        if reader.take("begins_with") {
            try reader.expect("(")
            let text = try operand(&reader)
            try reader.expect(",")
            let prefix = try operand(&reader)
            try reader.expect(")")
            return .beginsWith(text, prefix)
        }
        let left = try operand(&reader)
        if reader.take("BETWEEN") {
            let low = try operand(&reader)
            try reader.expect("AND")
            return .and(.compare(left, ">=", low), .compare(left, "<=", try operand(&reader)))
        }
        for symbol in ["=", "<>", "<=", ">=", "<", ">"] where reader.take(symbol) {
            return .compare(left, symbol, try operand(&reader))
        }
        throw reader.syntaxError
    }

    private static func operand(_ reader: inout ExpressionReader) throws(TableError) -> Operand {
        if let value = try reader.value() { return .value(value) }
        return .attribute(try reader.attributeName())
    }
}

extension AttributeValue {
    /// Equal in type and value; numbers by value, strings by their bytes, sets in any order.
    func isSame(_ other: AttributeValue) -> Bool {
        if let a = number, let b = other.number { return a == b }
        if let a = string, let b = other.string { return a.utf8.elementsEqual(b.utf8) }
        for type in ["SS", "NS", "BS"] {
            if let a = json[type]?.array, let b = other.json[type]?.array {
                return Set(a) == Set(b)
            }
        }
        return json == other.json
    }
}
