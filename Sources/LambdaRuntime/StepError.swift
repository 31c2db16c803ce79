public import JSON

/// How a step of a job fails: with a name that a state machine's Retry and Catch can be written for.
public struct StepError: Error, Sendable, Hashable, CustomStringConvertible {
    /// As `ErrorEquals` sees it, for instance `Sluice.MissingColumn`.
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

    public var description: String { "\(errorName): \(cause)" }
}
