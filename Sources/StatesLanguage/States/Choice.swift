import JSON

/// A state that branches on its input: <https://states-language.net/#choice-state>.
public struct Choice: Sendable, Hashable {
    /// The first rule that matches decides.
    public var choices: [ChoiceRule]
    /// Where to go when no rule matches; without it that fails with `States.NoChoiceMatched`.
    public var `default`: String?

    /// What is left out is left out of the definition, too.
    public init(_ choices: [ChoiceRule], default: String? = nil) {
        self.choices = choices
        self.default = `default`
    }
}

/// One of a ``Choice``'s rules: a condition, and where it leads.
public struct ChoiceRule: Sendable, Hashable {
    /// What the rule asks.
    public var condition: Condition
    /// The state that follows when it matches.
    public var next: String
    /// Variables to set when this rule is taken.
    public var assign: PayloadTemplate?
    /// For people; has no effect.
    public var comment: String?

    /// What is left out is left out of the definition, too.
    public init(
        _ condition: Condition, next: String, assign: PayloadTemplate? = nil, comment: String? = nil
    ) {
        self.condition = condition
        self.next = next
        self.assign = assign
        self.comment = comment
    }
}

extension Choice {
    init(_ fields: inout FieldReader) {
        choices = fields.list("Choices", ChoiceRule.init)
        `default` = fields.string("Default")
        if !fields.has("Choices") {
            fields.note("Choices", "is missing")
        } else if choices.isEmpty {
            fields.note("Choices", "must hold at least one rule")
        }
    }

    func render(into object: inout JSONObject) {
        object["Choices"] = .array(choices.map(\.json))
        object["Default"] = `default`.map { .string($0) }
    }
}

extension ChoiceRule {
    init(_ json: JSON, at path: String, _ problems: ProblemList) {
        var fields = FieldReader(json, at: path, problems)
        condition = Condition(&fields)
        next = fields.requiredString("Next")
        assign = fields.assign()
        comment = fields.string("Comment")
        fields.finish()
    }

    var json: JSON {
        var object = JSONObject()
        object["Comment"] = comment.map { .string($0) }
        condition.render(into: &object)
        object["Assign"] = assign?.json
        object["Next"] = .string(next)
        return .object(object)
    }
}
