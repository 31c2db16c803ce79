import JSON

/// What an update expression does: `SET name = value, … REMOVE name, …`.
///
/// A value is a placeholder, an attribute, `if_not_exists(attribute, value)`, or two of these joined
/// by `+` or `-`; attributes are taken as they were before the update.
///
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
struct Update {
    indirect enum Term {
        case value(AttributeValue)
        case attribute(String)
        case ifNotExists(String, Term)
        case sum(Term, Term)
        case difference(Term, Term)
    }

    private(set) var assignments: [(name: String, term: Term)] = []
    private(set) var removals: [String] = []

    /// Changes nothing.
    init() {}

    init(_ text: String, _ placeholders: Placeholders) throws(TableError) {
        var reader = try ExpressionReader(text, placeholders)
        var sections: Set<String> = []
        while !reader.isAtEnd {
            let section = reader.next?.uppercased() ?? ""
            guard sections.insert(section).inserted else {
                throw .validation(
                    "Invalid UpdateExpression: The \"\(section)\" section can only be used once "
                        + "in an update expression;")
            }
            if reader.take("SET") {
                repeat {
                    let name = try reader.attributeName()
                    try reader.expect("=")
                    assignments.append((name, try Self.sum(&reader)))
                } while reader.take(",")
            } else if reader.take("REMOVE") {
                repeat { removals.append(try reader.attributeName()) } while reader.take(",")
            } else {
                throw reader.syntaxError
            }
        }
        let names = changedNames
        if sections.isEmpty { throw reader.syntaxError }
        if Set(names).count < names.count {
            throw .validation(
                "Invalid UpdateExpression: Two document paths overlap with each other;")
        }
    }

    var changedNames: [String] { assignments.map(\.name) + removals }

    /// The item after the update.
    func applied(to item: JSONObject) throws(TableError) -> JSONObject {
        var result = item
        for (name, term) in assignments {
            result[name] = try Self.evaluate(term, item).json
        }
        for name in removals { result[name] = nil }
        return result
    }

    private static func evaluate(
        _ term: Term, _ item: JSONObject
    ) throws(TableError) -> AttributeValue {
        switch term {
        case .value(let value): return value
        case .attribute(let name):
            guard let value = item[name] else {
                throw .validation(
                    "The provided expression refers to an attribute that does not exist in the item"
                )
            }
            return AttributeValue(stored: value)
        case .ifNotExists(let name, let other):
            if let value = item[name] { return AttributeValue(stored: value) }
            return try evaluate(other, item)
        case .sum(let a, let b): return try AttributeValue(number(a, item) + number(b, item))
        case .difference(let a, let b):
            return try AttributeValue(number(a, item) + -number(b, item))
        }
    }

    private static func number(_ term: Term, _ item: JSONObject) throws(TableError) -> DecimalNumber
    {
        guard let number = try evaluate(term, item).number else {
            throw .validation("An operand in the update expression has an incorrect data type")
        }
        return number
    }

    private static func sum(_ reader: inout ExpressionReader) throws(TableError) -> Term {
        let first = try term(&reader)
        if reader.take("+") { return .sum(first, try term(&reader)) }
        if reader.take("-") { return .difference(first, try term(&reader)) }
        return first
    }

    private static func term(
        _ reader: inout ExpressionReader, depth: Int = 0
    ) throws(TableError) -> Term {
        guard depth < 100 else { throw reader.syntaxError }
        if let value = try reader.value() { return .value(value) }
        guard reader.take("if_not_exists") else { return .attribute(try reader.attributeName()) }
        try reader.expect("(")
        let name = try reader.attributeName()
        try reader.expect(",")
        let other = try term(&reader, depth: depth + 1)
        try reader.expect(")")
        return .ifNotExists(name, other)
    }
}
