import JSON

/// A state that runs branches side by side and joins them:
/// <https://states-language.net/#parallel-state>. Its result is the array of their outputs.
public struct Parallel: Sendable, Hashable {
    /// Run side by side, each from the same input.
    public var branches: [StateMachine]
    /// What every branch is given, instead of the effective input.
    public var parameters: PayloadTemplate?
    /// Shapes the result before ResultPath puts it in.
    public var resultSelector: PayloadTemplate?
    /// Tried in order; the first that matches an error counts.
    public var retry: [Retrier]
    /// Tried in order when no retry is left.
    public var `catch`: [Catcher]

    /// What is left out is left out of the definition, too.
    public init(
        branches: [StateMachine], parameters: PayloadTemplate? = nil,
        resultSelector: PayloadTemplate? = nil, retry: [Retrier] = [], catch: [Catcher] = []
    ) {
        self.branches = branches
        self.parameters = parameters
        self.resultSelector = resultSelector
        self.retry = retry
        self.catch = `catch`
    }
}

extension Parallel {
    init(_ fields: inout FieldReader) {
        if !fields.has("Branches") { fields.note("Branches", "is missing") }
        branches = fields.list("Branches") { json, path, problems in
            StateMachine(json, at: path, problems)
        }
        parameters = fields.template("Parameters")
        resultSelector = fields.template("ResultSelector")
        retry = fields.list("Retry", Retrier.init)
        `catch` = fields.list("Catch", Catcher.init)
    }

    func render(into object: inout JSONObject) {
        object["Parameters"] = parameters?.json
        object["Branches"] = .array(branches.map(\.json))
    }
}
