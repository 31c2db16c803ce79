import JSON

/// Where to go on after an error: <https://states-language.net/#fallback-states>.
public struct Catcher: Sendable, Hashable {
    /// Error names; `States.ALL` must stand alone, in the last catcher.
    public var errorEquals: [String]
    /// The state that follows.
    public var next: String
    /// Where in the state's raw input `{"Error":…,"Cause":…}` goes.
    public var resultPath: PayloadPath
    /// Variables to set; here `$` is the error's object.
    public var assign: PayloadTemplate?
    /// For people; has no effect.
    public var comment: String?

    /// What is left out is left out of the definition, too.
    public init(
        errorEquals: [String], next: String, resultPath: PayloadPath = .whole,
        assign: PayloadTemplate? = nil, comment: String? = nil
    ) {
        self.errorEquals = errorEquals
        self.next = next
        self.resultPath = resultPath
        self.assign = assign
        self.comment = comment
    }
}

extension Catcher {
    init(_ json: JSON, at path: String, _ problems: ProblemList) {
        var fields = FieldReader(json, at: path, problems)
        if !fields.has("ErrorEquals") { fields.note("ErrorEquals", "is missing") }
        errorEquals = fields.strings("ErrorEquals")
        next = fields.requiredString("Next")
        resultPath = fields.payloadPath("ResultPath")
        assign = fields.assign()
        comment = fields.string("Comment")
        fields.finish()
    }

    var json: JSON {
        var object = JSONObject()
        object["Comment"] = comment.map { .string($0) }
        object["ErrorEquals"] = .array(errorEquals.map { .string($0) })
        resultPath.render("ResultPath", into: &object)
        object["Assign"] = assign?.json
        object["Next"] = .string(next)
        return .object(object)
    }
}
