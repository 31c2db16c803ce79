import JSON

extension Fail {
    /// The error and cause the state ends with, nil where the field is left out. `scope.input` is
    /// the raw input.
    /// - Throws: `States.Runtime` for a path that leads nowhere or not to a string.
    public func outcome(in scope: Scope) throws(StatesError) -> (error: String?, cause: String?) {
        (try error?.string("Error", in: scope), try cause?.string("Cause", in: scope))
    }
}

extension Setting<String> {
    /// The text; `field` is the field's name without `Path`.
    /// - Throws: `States.Runtime`.
    func string(_ field: String, in scope: Scope) throws(StatesError) -> String {
        switch self {
        case .value(let value): return value
        case .path(let path):
            let value = try path.evaluate(in: scope, field: field + "Path")
            guard let string = value.string else {
                throw .runtime(
                    "The \(field)Path field refers to value \"\(value.plain)\" which is not a "
                        + "string: \(path.text)")
            }
            return string
        }
    }
}

extension Setting<Int> {
    /// The integer; `field` is the field's name without `Path`, for the message.
    /// - Throws: `States.Runtime` for a path that leads nowhere or not to an integer.
    public func resolve(_ field: String, in scope: Scope) throws(StatesError) -> Int {
        switch self {
        case .value(let value): return value
        case .path(let path):
            let value = try path.evaluate(in: scope, field: field + "Path")
            guard let int = value.int else {
                throw .runtime(
                    "The \(field)Path field refers to value \"\(value.plain)\" which is not a "
                        + "valid integer: \(path.text)")
            }
            return int
        }
    }
}

extension Setting<Double> {
    /// The number; `field` is the field's name without `Path`, for the message.
    /// - Throws: `States.Runtime` for a path that leads nowhere or not to a number.
    public func resolve(_ field: String, in scope: Scope) throws(StatesError) -> Double {
        switch self {
        case .value(let value): return value
        case .path(let path):
            let value = try path.evaluate(in: scope, field: field + "Path")
            guard let double = value.double else {
                throw .runtime(
                    "The \(field)Path field refers to value \"\(value.plain)\" which is not a "
                        + "valid float: \(path.text)")
            }
            return double
        }
    }
}

extension JSON {
    /// A string as it is, anything else as JSON.
    var plain: String { string ?? serialized() }
}
