public import JSON

/// A state that hands its input on, or a fixed result: <https://states-language.net/#pass-state>.
public struct Pass: Sendable, Hashable {
    /// The result, as it is; names ending in `.$` have no meaning here.
    public var result: JSON?
    /// Replaces the effective input; is the result unless `result` is given.
    public var parameters: PayloadTemplate?

    /// What is left out is left out of the definition, too.
    public init(result: JSON? = nil, parameters: PayloadTemplate? = nil) {
        self.result = result
        self.parameters = parameters
    }
}

extension Pass {
    init(_ fields: inout FieldReader) {
        result = fields.json("Result")
        parameters = fields.template("Parameters")
    }

    func render(into object: inout JSONObject) {
        object["Parameters"] = parameters?.json
        object["Result"] = result
    }
}
