public import JSON

/// An error as Retry, Catch and the history see it.
public struct StatesError: Error, Sendable, Hashable {
    /// The name matched by `ErrorEquals`, such as `States.Runtime`.
    public var error: String
    /// For people. Without the place: the engine puts "An error occurred while executing the
    /// state …" before it.
    public var cause: String

    /// With a name and a cause.
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
        /// A task or the execution took too long.
        public static let timeout = "States.Timeout"
        /// A task was silent for too long.
        public static let heartbeatTimeout = "States.HeartbeatTimeout"
        /// A task lacked a permission.
        public static let permissions = "States.Permissions"
        /// ResultPath does not fit the input.
        public static let resultPathMatchFailure = "States.ResultPathMatchFailure"
        /// A path in Parameters leads nowhere.
        public static let parameterPathFailure = "States.ParameterPathFailure"
        /// A branch of a Parallel failed.
        public static let branchFailed = "States.BranchFailed"
        /// No rule of a Choice without Default matched.
        public static let noChoiceMatched = "States.NoChoiceMatched"
        /// An intrinsic function could not be applied.
        public static let intrinsicFailure = "States.IntrinsicFailure"
        /// More items of a Map failed than it tolerates.
        public static let exceedToleratedFailureThreshold = "States.ExceedToleratedFailureThreshold"
        /// A Map's items could not be read.
        public static let itemReaderFailed = "States.ItemReaderFailed"
        /// A Map's results could not be written.
        public static let resultWriterFailed = "States.ResultWriterFailed"
        /// The definition does not fit the data; never retried by ``all``.
        public static let runtime = "States.Runtime"
        /// A payload is larger than ``Quota/payloadBytes``; never retried by ``all``.
        public static let dataLimitExceeded = "States.DataLimitExceeded"
    }

    /// `States.Runtime`: nothing that a retry could mend.
    static func runtime(_ cause: String) -> StatesError { StatesError(Name.runtime, cause) }

    /// `States.DataLimitExceeded` when a state's input, result or output has more bytes as JSON than
    /// ``Quota/payloadBytes``, or nests deeper than could be parsed again; nil otherwise. Nothing is
    /// put before its cause.
    public static func dataLimitExceeded(by value: JSON, ofState name: String) -> StatesError? {
        guard
            value.isDeeper(than: JSON.maximumDepth)
                || value.utf8Count(atMost: Quota.payloadBytes) == nil
        else { return nil }
        return StatesError(
            Name.dataLimitExceeded,
            "The state/task '\(name)' returned a result with a size exceeding the maximum number of "
                + "bytes service limit.")
    }
}

extension JSON {
    /// Whether arrays and objects nest more than `levels` deep.
    fileprivate func isDeeper(than levels: Int) -> Bool {
        switch self {
        case .array(let elements):
            levels == 0 || elements.contains { $0.isDeeper(than: levels - 1) }
        case .object(let object):
            levels == 0 || object.contains { $0.value.isDeeper(than: levels - 1) }
        default: false
        }
    }
}
