/// An error as Retry, Catch and the history see it.
public struct StatesError: Error, Sendable, Hashable {
    /// The name matched by `ErrorEquals`, such as `States.Runtime`.
    public var error: String
    /// For people. Without the place: the engine puts "An error occurred while executing the
    /// state …" before it.
    public var cause: String

    public init(_ error: String, _ cause: String) {
        self.error = error
        self.cause = cause
    }
}

extension StatesError {
    /// The error names the language reserves: <https://states-language.net/#appendix-a>.
    public enum Name {
        /// Matches every name but ``dataLimitExceeded`` and ``runtime``.
        public static let all = "States.ALL"
        /// Also matches every error of a task but ``timeout``.
        public static let taskFailed = "States.TaskFailed"
        public static let timeout = "States.Timeout"
        public static let heartbeatTimeout = "States.HeartbeatTimeout"
        public static let permissions = "States.Permissions"
        public static let resultPathMatchFailure = "States.ResultPathMatchFailure"
        public static let parameterPathFailure = "States.ParameterPathFailure"
        public static let branchFailed = "States.BranchFailed"
        public static let noChoiceMatched = "States.NoChoiceMatched"
        public static let intrinsicFailure = "States.IntrinsicFailure"
        public static let exceedToleratedFailureThreshold = "States.ExceedToleratedFailureThreshold"
        public static let itemReaderFailed = "States.ItemReaderFailed"
        public static let resultWriterFailed = "States.ResultWriterFailed"
        public static let runtime = "States.Runtime"
        public static let dataLimitExceeded = "States.DataLimitExceeded"
    }

    /// `States.Runtime`: nothing that a retry could mend.
    static func runtime(_ cause: String) -> StatesError { StatesError(Name.runtime, cause) }
}
