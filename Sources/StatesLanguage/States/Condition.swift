public import JSON

/// What a ``ChoiceRule`` asks of the input: <https://states-language.net/#choice-rule>.
public indirect enum Condition: Sendable, Hashable {
    case and([Condition])
    case or([Condition])
    case not(Condition)
    /// `Variable`, the operator and what it is compared with.
    case comparison(JSONPath, Comparator, Operand)

    /// The right side of a comparison.
    public enum Operand: Sendable, Hashable {
        case value(JSON)
        /// The operator's `…Path` form.
        case path(JSONPath)
    }

    /// `.test("$.count", .numericGreaterThan, 0)`
    public static func test(_ variable: JSONPath, _ comparator: Comparator, _ value: JSON) -> Self {
        .comparison(variable, comparator, .value(value))
    }

    /// `.test("$.count", .numericGreaterThan, path: "$.limit")`
    public static func test(
        _ variable: JSONPath, _ comparator: Comparator, path: JSONPath
    ) -> Self {
        .comparison(variable, comparator, .path(path))
    }

    /// Whether the path leads somewhere.
    public static func isPresent(_ variable: JSONPath) -> Self { .test(variable, .isPresent, true) }
    /// Whether the value is `true`.
    public static func isTrue(_ variable: JSONPath) -> Self {
        .test(variable, .booleanEquals, true)
    }
}

/// A comparison operator: <https://states-language.net/#choice-state-comparison-operators>.
public enum Comparator: String, Sendable, Hashable, CaseIterable {
    case booleanEquals = "BooleanEquals"
    case isBoolean = "IsBoolean"
    case isNull = "IsNull"
    case isNumeric = "IsNumeric"
    case isPresent = "IsPresent"
    case isString = "IsString"
    case isTimestamp = "IsTimestamp"
    case numericEquals = "NumericEquals"
    case numericGreaterThan = "NumericGreaterThan"
    case numericGreaterThanEquals = "NumericGreaterThanEquals"
    case numericLessThan = "NumericLessThan"
    case numericLessThanEquals = "NumericLessThanEquals"
    case stringEquals = "StringEquals"
    case stringGreaterThan = "StringGreaterThan"
    case stringGreaterThanEquals = "StringGreaterThanEquals"
    case stringLessThan = "StringLessThan"
    case stringLessThanEquals = "StringLessThanEquals"
    case stringMatches = "StringMatches"
    case timestampEquals = "TimestampEquals"
    case timestampGreaterThan = "TimestampGreaterThan"
    case timestampGreaterThanEquals = "TimestampGreaterThanEquals"
    case timestampLessThan = "TimestampLessThan"
    case timestampLessThanEquals = "TimestampLessThanEquals"

    /// The type a literal operand must have; also what `…Path` must lead to.
    enum OperandType: String { case boolean, number, string, timestamp }

    var operandType: OperandType {
        switch self {
        case .booleanEquals, .isBoolean, .isNull, .isNumeric, .isPresent, .isString, .isTimestamp:
            .boolean
        case .numericEquals, .numericGreaterThan, .numericGreaterThanEquals, .numericLessThan,
            .numericLessThanEquals:
            .number
        case .stringEquals, .stringGreaterThan, .stringGreaterThanEquals, .stringLessThan,
            .stringLessThanEquals, .stringMatches:
            .string
        case .timestampEquals, .timestampGreaterThan, .timestampGreaterThanEquals,
            .timestampLessThan, .timestampLessThanEquals:
            .timestamp
        }
    }

    /// Whether there is a form ending in `Path`: all but StringMatches and the type tests.
    var hasPathForm: Bool { self != .stringMatches && !isTypeTest }

    var isTypeTest: Bool { rawValue.hasPrefix("Is") }
}

extension Condition {
    init(_ json: JSON, at path: String, _ problems: ProblemList) {
        var fields = FieldReader(json, at: path, problems)
        self.init(&fields)
        fields.finish()
    }

    /// Reads the one condition among the fields of a rule.
    init(_ fields: inout FieldReader) {
        let variable = fields.path("Variable")
        var found: [Condition] = []
        for (name, combine) in [("And", Condition.and), ("Or", Condition.or)] {
            guard fields.has(name) else { continue }
            found.append(combine(fields.list(name, Condition.init)))
        }
        if let json = fields.json("Not") {
            found.append(.not(Condition(json, at: fields.place("Not"), fields.problems)))
        }
        for comparator in Comparator.allCases {
            if let operand = fields.json(comparator.rawValue) {
                if !comparator.accepts(operand) {
                    fields.note(comparator.rawValue, "must be a \(comparator.operandType)")
                }
                found.append(.comparison(variable ?? "$", comparator, .value(operand)))
            }
            if comparator.hasPathForm, let path = fields.path(comparator.rawValue + "Path") {
                found.append(.comparison(variable ?? "$", comparator, .path(path)))
            }
        }
        if found.count != 1 {
            fields.problems.all.append(
                Problem(
                    path: fields.path,
                    message: found.isEmpty
                        ? "a rule needs one of And, Or, Not or a comparison operator"
                        : "a rule must have only one operator"))
        }
        self = found.first ?? .and([])
        if case .comparison = self {
            if variable == nil { fields.note("Variable", "is missing") }
        } else if variable != nil {
            fields.note("Variable", "cannot stand beside And, Or or Not")
        }
    }

    var json: JSON {
        var object = JSONObject()
        render(into: &object)
        return .object(object)
    }

    func render(into object: inout JSONObject) {
        switch self {
        case .and(let conditions): object["And"] = .array(conditions.map(\.json))
        case .or(let conditions): object["Or"] = .array(conditions.map(\.json))
        case .not(let condition): object["Not"] = condition.json
        case .comparison(let variable, let comparator, .value(let value)):
            object["Variable"] = .string(variable.text)
            object[comparator.rawValue] = value
        case .comparison(let variable, let comparator, .path(let path)):
            object["Variable"] = .string(variable.text)
            object[comparator.rawValue + "Path"] = .string(path.text)
        }
    }
}

extension Comparator {
    /// Whether a literal of the definition has the type this operator compares.
    func accepts(_ operand: JSON) -> Bool {
        switch operandType {
        case .boolean: operand.bool != nil
        case .number: operand.number != nil
        case .string: operand.string != nil
        case .timestamp: operand.timestamp != nil
        }
    }
}
