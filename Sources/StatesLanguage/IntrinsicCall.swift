import JSON

/// A call of an intrinsic function: <https://states-language.net/#intrinsic-functions>.
struct IntrinsicCall: Sendable, Hashable {
    let name: String
    let arguments: [Argument]

    indirect enum Argument: Sendable, Hashable {
        case literal(JSON)
        case path(JSONPath)
        case call(IntrinsicCall)
    }

    init(parsing text: String) throws(PathSyntaxError) {
        throw PathSyntaxError(message: "not yet")
    }

    func evaluate(in scope: Scope, field: String) throws(StatesError) -> JSON {
        throw StatesError(StatesError.Name.intrinsicFailure, "not yet")
    }
}
