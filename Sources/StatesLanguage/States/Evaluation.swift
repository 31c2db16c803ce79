public import JSON

// The fields every state is evaluated with, in the order the language lays down:
// InputPath, Parameters, the state's work, ResultSelector, Assign, ResultPath, OutputPath.
// See https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html

extension State {
    /// The effective input: what InputPath selects from the raw input, `scope.input`.
    /// - Throws: `States.Runtime` when the path leads nowhere.
    public func effectiveInput(in scope: Scope) throws(StatesError) -> JSON {
        try inputPath.select(in: scope)
    }

    /// What the state works on: Parameters applied to the effective input, `scope.input`.
    /// - Throws: `States.Runtime`, `States.IntrinsicFailure`.
    public func payload(in scope: Scope) throws(StatesError) -> JSON {
        guard let parameters else { return scope.input }
        return try parameters.resolve(in: scope)
    }

    /// The result as ResultSelector shapes it; `scope.input` is the raw result.
    /// - Throws: `States.Runtime`, `States.IntrinsicFailure`.
    public func selectedResult(in scope: Scope) throws(StatesError) -> JSON {
        guard let resultSelector else { return scope.input }
        return try resultSelector.resolve(in: scope)
    }

    /// The raw input with the result put in by ResultPath, then filtered by OutputPath.
    /// `scope.input` is the raw input.
    /// - Throws: `States.Runtime`, `States.ResultPathMatchFailure`.
    public func output(of result: JSON, in scope: Scope) throws(StatesError) -> JSON {
        let merged = try resultPath.merge(result, into: scope.input)
        return try outputPath.select(in: scope.with(input: merged))
    }
}

extension Catcher {
    /// The input of the state this catcher leads to: the error's object put by ResultPath into
    /// `rawInput`, the failed state's.
    /// - Throws: `States.ResultPathMatchFailure`.
    public func output(
        of error: StatesError, rawInput: JSON
    ) throws(StatesError) -> JSON {
        try resultPath.merge(error.output, into: rawInput)
    }
}

extension StatesError {
    /// `{"Error":…,"Cause":…}`, what a catcher hands on.
    public var output: JSON { ["Error": .string(error), "Cause": .string(cause)] }
}

extension PayloadPath {
    /// As InputPath or OutputPath: the part of `scope.input`.
    func select(in scope: Scope) throws(StatesError) -> JSON {
        switch self {
        case .whole: scope.input
        case .discard: .object([:])
        case .at(let path): try path.evaluate(in: scope)
        }
    }

    /// As ResultPath: `document` with `result` put in.
    func merge(_ result: JSON, into document: JSON) throws(StatesError) -> JSON {
        switch self {
        case .whole: return result
        case .discard: return document
        case .at(let path):
            guard let reference = ReferencePath(path) else {
                throw .runtime("Invalid path '\(path)' : not a reference path")
            }
            return try reference.set(result, into: document)
        }
    }
}

extension PayloadTemplate {
    /// The variables an `Assign` sets, by name; `scope.variables` are those before it.
    ///
    /// `scope.input` is the raw result of a Task, Parallel or Map (before ResultSelector), the result
    /// of a Pass, the effective input of a Choice or Wait, and the error's object in a catcher. See
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>.
    /// - Throws: `States.Runtime`, `States.IntrinsicFailure`; `States.DataLimitExceeded` when the
    ///   values have more than ``Quota/variableBytes`` bytes as JSON.
    public func assignments(in scope: Scope) throws(StatesError) -> JSONObject {
        let values = try resolve(in: scope)
        guard values.utf8Count(atMost: Quota.variableBytes) != nil else {
            throw StatesError(
                StatesError.Name.dataLimitExceeded,
                "The variables of one Assign have more than \(Quota.variableBytes) bytes."
            )
        }
        return values.object ?? JSONObject()
    }
}
