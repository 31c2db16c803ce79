public import JSON
import System

/// A request that a service refused, or that never got an answer.
public struct AWSError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The service's code without its namespace, `ExecutionAlreadyExists` say; our own are
    /// `ConnectionError`, `RequestTimeout`, `IncompleteBody`, `RequestFailed`, `InvalidAnswer`,
    /// `MissingRegion`, `MissingCredentials`, `InvalidConfiguration`, `InvalidConfigurationFile`,
    /// `ProfileNotFound`, `UnsupportedCredentials`, `InvalidCredentials`, `CredentialsRefused`
    /// and `ProcessFailed`.
    public var code: String
    public var message: String
    public var requestID: String?
    /// The service and the operation, `Step Functions StartExecution`.
    public var operation: String
    /// 0 without an answer.
    public var httpStatus: Int
    /// The members of a JSON answer, where some errors say more; empty otherwise.
    public var fields: JSONObject
    /// How often the request was sent.
    public var attempts = 1
    /// The answer's `Date`.
    var serverTime: Timestamp?
    var retryAfter: RetryAfter?

    /// What an answer says of when to come again: `Retry-After` or `x-amz-retry-after`.
    enum RetryAfter: Sendable, Hashable {
        case seconds(Double)
        case milliseconds(Double)
    }

    public init(
        _ code: String, _ message: String, _ operation: String, httpStatus: Int = 0,
        requestID: String? = nil, fields: JSONObject = [:]
    ) {
        self.code = code
        self.message = message
        self.requestID = requestID
        self.operation = operation
        self.httpStatus = httpStatus
        self.fields = fields
    }

    public var description: String {
        var more: [String] = []
        if httpStatus != 0 { more.append("HTTP \(httpStatus)") }
        if let requestID { more.append("request \(requestID)") }
        if attempts > 1 { more.append("\(attempts) attempts") }
        let text = "\(operation): \(code): \(message)"
        return more.isEmpty ? text : "\(text) (\(more.joined(separator: ", ")))"
    }

    /// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>: throttling.
    static let throttlingCodes: Set = [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException",
        "TooManyRequestsException", "ProvisionedThroughputExceededException",
        "TransactionInProgressException", "RequestLimitExceeded", "BandwidthLimitExceeded",
        "LimitExceededException", "RequestThrottled", "SlowDown", "PriorRequestNotComplete",
        "EC2ThrottledException",
    ]
    static let timeoutCodes: Set = ["RequestTimeout", "RequestTimeoutException"]
    static let transientCodes: Set = [
        "ConnectionError", "IncompleteBody", "InternalError", "InternalFailure",
        "InternalServerError", "ServiceUnavailable",
    ]
    /// New credentials may help.
    static let expiredCodes: Set = [
        "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired",
    ]

    /// Whether the service asks for fewer requests.
    public var isThrottling: Bool { Self.throttlingCodes.contains(code) || httpStatus == 429 }

    var isTimeout: Bool { Self.timeoutCodes.contains(code) }

    /// Whether the same request may well succeed a little later.
    public var isTransient: Bool {
        Self.throttlingCodes.contains(code) || Self.transientCodes.contains(code) || isTimeout
            || [429, 500, 502, 503, 504].contains(httpStatus)
    }
}
