import JSON

/// What the placeholders of a request's expressions stand for, and which of them were used.
final class Placeholders {
    private let names: JSONObject
    private let values: [String: AttributeValue]
    private var used: Set<String> = []

    init(_ request: JSON) throws(TableError) {
        names = try request.optionalObject("ExpressionAttributeNames") ?? [:]
        var values: [String: AttributeValue] = [:]
        for (name, value) in try request.optionalObject("ExpressionAttributeValues") ?? [:] {
            values[name] = try AttributeValue(value)
        }
        self.values = values
    }

    func name(_ placeholder: String) throws(TableError) -> String {
        guard let name = names[placeholder]?.string else {
            throw .validation(
                "An expression attribute name used in the document path is not defined; "
                    + "attribute name: \(placeholder)")
        }
        used.insert(placeholder)
        return name
    }

    func value(_ placeholder: String) throws(TableError) -> AttributeValue {
        guard let value = values[placeholder] else {
            throw .validation(
                "An expression attribute value used in expression is not defined; "
                    + "attribute value: \(placeholder)")
        }
        used.insert(placeholder)
        return value
    }

    /// DynamoDB refuses a request that defines more than it uses.
    func checkAllUsed() throws(TableError) {
        for (kind, defined) in [("Names", names.names), ("Values", values.keys.sorted())] {
            let unused = defined.filter { !used.contains($0) }
            if !unused.isEmpty {
                throw .validation(
                    "Value provided in ExpressionAttribute\(kind) unused in expressions: "
                        + "keys: {\(unused.joined(separator: ", "))}")
            }
        }
    }
}

/// Reads an expression token by token: names, placeholders, punctuation.
///
/// Its limits are DynamoDB's, and keep what is built of it small: whoever goes through a condition or
/// frees it may do so recursively.
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
struct ExpressionReader {
    /// Bytes of an expression.
    static let maximumBytes = 4096
    /// Operators and functions of an expression.
    static let maximumOperators = 300

    let text: String
    let placeholders: Placeholders
    private var tokens: [String] = []
    private var at = 0

    init(_ text: String, _ placeholders: Placeholders) throws(TableError) {
        guard text.utf8.count <= Self.maximumBytes else {
            throw .validation(
                "Invalid expression: Expression size has exceeded the maximum allowed size; "
                    + "expression size: \(text.utf8.count), maximum: \(Self.maximumBytes)")
        }
        self.text = text
        self.placeholders = placeholders
        var rest = Substring(text)
        while let first = rest.first {
            if first.isWhitespace {
                rest.removeFirst()
            } else if Self.isWord(first) {
                let word = rest.prefix(while: Self.isWord)
                tokens.append(String(word))
                rest = rest.dropFirst(word.count)
            } else if let symbol = ["<>", "<=", ">="].first(where: { rest.hasPrefix($0) }) {
                tokens.append(symbol)
                rest = rest.dropFirst(2)
            } else if "=<>(),+-".contains(first) {
                tokens.append(String(first))
                rest.removeFirst()
            } else {
                throw .validation(
                    "Invalid expression: Syntax error; token: \"\(first)\", near: \"\(text)\"")
            }
        }
        try checkOperators()
    }

    /// Counts the operators as well, before anything is built of them.
    private func checkOperators() throws(TableError) {
        let operators = tokens.count { Self.operators.contains($0.uppercased()) }
        guard operators <= Self.maximumOperators else {
            throw .validation(
                "Invalid expression: The expression contains too many operators; "
                    + "operator count: \(operators), maximum: \(Self.maximumOperators)")
        }
    }

    /// In capitals, as tokens are compared.
    private static let operators: Set = [
        "=", "<>", "<", "<=", ">", ">=", "+", "-", "AND", "OR", "NOT", "BETWEEN", "BEGINS_WITH",
        "ATTRIBUTE_EXISTS", "ATTRIBUTE_NOT_EXISTS", "IF_NOT_EXISTS",
    ]

    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "_#:".contains(character)
    }

    var isAtEnd: Bool { at == tokens.count }
    var next: String? { isAtEnd ? nil : tokens[at] }

    /// Takes the next token when it is this keyword or symbol, keywords in any case.
    mutating func take(_ token: String) -> Bool {
        guard let next, next.uppercased() == token.uppercased() else { return false }
        at += 1
        return true
    }

    mutating func expect(_ token: String) throws(TableError) {
        if !take(token) { throw syntaxError }
    }

    /// An attribute's name, itself or through a placeholder.
    mutating func attributeName() throws(TableError) -> String {
        guard let token = next, let first = token.first, first != ":",
            first == "#" || first.isLetter || first == "_"
        else { throw syntaxError }
        at += 1
        return first == "#" ? try placeholders.name(token) : token
    }

    /// A value placeholder's value; nil when the next token is none.
    mutating func value() throws(TableError) -> AttributeValue? {
        guard let token = next, token.hasPrefix(":") else { return nil }
        at += 1
        return try placeholders.value(token)
    }

    var syntaxError: TableError {
        .validation(
            "Invalid expression: Syntax error; token: \"\(next ?? "<EOF>")\", near: \"\(text)\"")
    }
}
