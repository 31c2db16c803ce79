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
    /// The cause as it is logged, where the cause itself shows what stands in a file; nil otherwise.
    public var publicCause: String?

    public init(
        errorName: String, cause: String, details: JSONObject? = nil, publicCause: String? = nil
    ) {
        self.errorName = errorName
        self.cause = cause
        self.details = details
        self.publicCause = publicCause
    }

    /// For logs, which more people read than may see what is in a partner's file.
    public var loggedCause: String { publicCause ?? cause }

    /// ``details`` without what stands in a file: the members `value` and `rejects`.
    public var loggedDetails: JSONObject? {
        details.map { details in
            JSONObject(details.filter { $0.name != "value" && $0.name != "rejects" })
        }
    }

    /// An error of a store under the name that definitions retry: `Sluice.Unavailable`,
    /// `Sluice.VersionChanged` and so on.
    public init(_ error: StoreError) {
        let cause = "\(error.subject): \(error.message)"
        self.init(
            errorName: "Sluice." + error.code.rawValue, cause: cause,
            details: ["subject": .string(error.subject)])
        if let key = error.key {
            self.cause = "\(error.subject), key \(key.debugDescription): \(error.message)"
            details?["value"] = .string(key)
            publicCause = cause
        }
    }

    public var description: String { "\(errorName): \(cause)" }
}
