public import JSON

/// What paths can refer to while a state is evaluated.
public struct Scope: Sendable {
    /// `$`: the state's input, or its result where a field works on that.
    public var input: JSON
    /// `$$`: the context object.
    public var context: JSON
    /// `$name`: the variables visible here.
    public var variables: JSONObject
    /// What may still be done; shared with the scopes made from this one.
    let work: EvaluationWork

    /// Without context or variables unless given.
    public init(input: JSON, context: JSON = .object([:]), variables: JSONObject = [:]) {
        self.init(input: input, context: context, variables: variables, work: EvaluationWork())
    }

    init(input: JSON, context: JSON, variables: JSONObject, work: EvaluationWork) {
        self.input = input
        self.context = context
        self.variables = variables
        self.work = work
    }

    /// The same scope with another `$`.
    public func with(input: JSON) -> Scope {
        Scope(input: input, context: context, variables: variables, work: work)
    }
}
