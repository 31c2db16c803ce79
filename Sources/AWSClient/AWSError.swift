public import JSON

/// A request that a service refused, or that never got an answer.
public struct AWSError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The service's code without its namespace, `ExecutionAlreadyExists` say; our own are
    /// `ConnectionError`, `MissingRegion`, `MissingCredentials` and `InvalidAnswer`.
    public var code: String
    public var message: String
    public var requestID: String?
    /// The service and the operation, `Step Functions StartExecution`.
    public var operation: String
    /// 0 without an answer.
    public var httpStatus: Int
    /// The members of a JSON answer, where some errors say more; empty otherwise.
    public var fields: JSONObject

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
        var text = "\(operation): \(code): \(message)"
        if httpStatus != 0 { text += " (HTTP \(httpStatus)" }
        if let requestID { text += ", request \(requestID)" }
        return httpStatus != 0 ? text + ")" : text
    }

    /// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>: throttling.
    static let throttlingCodes: Set = [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException",
        "TooManyRequestsException", "ProvisionedThroughputExceededException",
        "TransactionInProgressException", "RequestLimitExceeded", "BandwidthLimitExceeded",
        "LimitExceededException", "RequestThrottled", "SlowDown", "PriorRequestNotComplete",
        "EC2ThrottledException",
    ]
    static let transientCodes: Set = [
        "ConnectionError", "RequestTimeout", "RequestTimeoutException", "InternalError",
    ]

    /// Whether the same request may well succeed a little later.
    public var isTransient: Bool {
        Self.throttlingCodes.contains(code) || Self.transientCodes.contains(code)
            || [429, 500, 502, 503, 504].contains(httpStatus)
    }
}
