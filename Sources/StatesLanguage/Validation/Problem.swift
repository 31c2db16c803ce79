/// Something wrong with a definition, and where; as ValidateStateMachineDefinition reports it.
public struct Problem: Sendable, Hashable, CustomStringConvertible {
    /// Whether the definition can be run.
    public enum Severity: String, Sendable { case error = "ERROR", warning = "WARNING" }

    /// What kind of problem, in AWS's words where it has one. Open: new codes may appear.
    public struct Code: RawRepresentable, Sendable, Hashable {
        /// As in the API.
        public let rawValue: String
        /// With these parts.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The text is no JSON.
        public static let invalidJSON = Code(rawValue: "INVALID_JSON_DESCRIPTION")
        /// A field is missing, unknown or of a wrong type or value.
        public static let schema = Code(rawValue: "SCHEMA_VALIDATION_FAILED")
        /// A path or intrinsic function cannot be parsed or has no place there.
        public static let invalidPath = Code(rawValue: "INVALID_JSON_PATH")
        /// A transition leads nowhere, or nothing leads to a state.
        public static let missingTarget = Code(rawValue: "MISSING_TRANSITION_TARGET")
        /// Nothing ends the machine.
        public static let missingEnd = Code(rawValue: "MISSING_END_STATE")
        /// Two states have one name.
        public static let duplicateName = Code(rawValue: "DUPLICATE_STATE_NAME")
        /// Something else than JSONPath is asked for.
        public static let queryLanguage = Code(rawValue: "UNSUPPORTED_QUERY_LANGUAGE")
    }

    /// Default error.
    public var severity: Severity
    /// What kind of problem.
    public var code: Code
    /// JSON Pointer (RFC 6901) into the definition, such as `/States/Seal/Retry/0`.
    public var path: String
    /// One sentence without a full stop, understandable without `path`'s last part.
    public var message: String

    /// With these parts.
    public init(
        severity: Severity = .error, code: Code = .schema, path: String, message: String
    ) {
        self.severity = severity
        self.code = code
        self.path = path
        self.message = message
    }

    /// `SCHEMA_VALIDATION_FAILED: Field is not supported at /States/Seal/Foo`
    public var description: String {
        "\(code.rawValue): \(message) at \(path.isEmpty ? "/" : path)"
    }
}

/// A definition that could not be read.
public struct DefinitionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Every problem found, at least one.
    public var problems: [Problem]

    /// With these parts.
    public init(problems: [Problem]) { self.problems = problems }

    /// `Invalid State Machine Definition: '…'`, as CreateStateMachine words it.
    public var description: String {
        "Invalid State Machine Definition: '"
            + problems.map(\.description).joined(separator: ", ") + "'"
    }
}

/// The problems found while one definition is read.
final class ProblemList {
    var all: [Problem] = []
    var errors: [Problem] { all.filter { $0.severity == .error } }
}
