import JSON

/// A field's value, written down or to be looked up: `TimeoutSeconds` or `TimeoutSecondsPath`.
public enum Setting<Value: Sendable & Hashable>: Sendable, Hashable {
    case value(Value)
    /// The field whose name ends in `Path`: a path, for some fields also an intrinsic function.
    case path(Expression)
}

extension Setting: ExpressibleByIntegerLiteral where Value: ExpressibleByIntegerLiteral {
    /// As written in Swift source.
    public init(integerLiteral value: Value.IntegerLiteralType) {
        self = .value(Value(integerLiteral: value))
    }
}

extension Setting: ExpressibleByFloatLiteral where Value: ExpressibleByFloatLiteral {
    /// As written in Swift source.
    public init(floatLiteral value: Value.FloatLiteralType) {
        self = .value(Value(floatLiteral: value))
    }
}

extension Setting: ExpressibleByUnicodeScalarLiteral, ExpressibleByExtendedGraphemeClusterLiteral,
    ExpressibleByStringLiteral
where Value == String {
    /// As written in Swift source.
    public init(stringLiteral value: String) { self = .value(value) }
}

extension Setting {
    func render(_ name: String, into object: inout JSONObject, _ json: (Value) -> JSON) {
        switch self {
        case .value(let value): object[name] = json(value)
        case .path(let path): object[name + "Path"] = .string(path.text)
        }
    }
}

/// InputPath, OutputPath or ResultPath.
public enum PayloadPath: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The field is left out, which means `$`.
    case whole
    /// The field is null: an empty object in and out; of a result, that it is dropped.
    case discard
    case at(JSONPath)

    /// As written in Swift source.
    public init(stringLiteral text: String) { self = .at(JSONPath(text)) }

    func render(_ name: String, into object: inout JSONObject) {
        switch self {
        case .whole: break
        case .discard: object[name] = .null
        case .at(let path): object[name] = .string(path.text)
        }
    }
}
