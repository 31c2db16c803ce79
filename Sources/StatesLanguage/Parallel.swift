import JSON

/// A state that runs branches side by side and joins them:
/// <https://states-language.net/#parallel-state>. Its result is the array of their outputs.
public struct Parallel: Sendable, Hashable {
    public var branches: [StateMachine]
    /// What every branch is given, instead of the effective input.
    public var parameters: PayloadTemplate?
    public var resultSelector: PayloadTemplate?
    public var retry: [Retrier]
    public var `catch`: [Catcher]

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
