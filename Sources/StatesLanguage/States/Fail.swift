import JSON

/// A state that ends the execution, branch or iteration as failed:
/// <https://states-language.net/#fail-state>.
public struct Fail: Sendable, Hashable {
    /// The name of the error.
    public var error: Setting<String>?
    /// The reason, for people.
    public var cause: Setting<String>?

    /// What is left out is left out of the definition, too.
    public init(error: Setting<String>? = nil, cause: Setting<String>? = nil) {
        self.error = error
        self.cause = cause
    }
}

extension Fail {
    init(_ fields: inout FieldReader) {
        error = fields.setting("Error") { $0.string("Error") }
        cause = fields.setting("Cause") { $0.string("Cause") }
    }

    func render(into object: inout JSONObject) {
        error?.render("Error", into: &object) { .string($0) }
        cause?.render("Cause", into: &object) { .string($0) }
    }
}
