public import JSON

/// How a step of a job fails: with a name that a state machine's Retry and Catch can be written for.
///
/// Defined here, not in LambdaRuntime, so that handlers can throw it without knowing how they are run.
public struct StepError: Error, Sendable, Hashable, CustomStringConvertible {
    /// As `ErrorEquals` sees it, `Sluice.MissingColumn` say.
    public var errorName: String
    /// For people: what is wrong, where, and with which value.
    public var cause: String
    /// The same for programs; it is logged and answered beside the cause.
    public var details: JSONObject?

    public init(errorName: String, cause: String, details: JSONObject? = nil) {
        self.errorName = errorName
        self.cause = cause
        self.details = details
    }

    /// An error of a store under the name that definitions retry: `Sluice.Unavailable`,
    /// `Sluice.VersionChanged` and so on.
    public init(_ error: StoreError) {
        self.init(
            errorName: "Sluice." + error.code.rawValue,
            cause: "\(error.subject): \(error.message)",
            details: ["subject": .string(error.subject)])
    }

    public var description: String { "\(errorName): \(cause)" }
}
