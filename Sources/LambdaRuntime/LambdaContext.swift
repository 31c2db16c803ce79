public import JSON
public import System

/// What a handler is told about its invocation, and where it leaves log lines and metrics.
public struct LambdaContext: Sendable {
    public let requestID: String
    /// The ARN that was invoked, with its qualifier.
    public let functionARN: String
    /// When the invocation is stopped, in milliseconds since 1970; nil when the host sets no limit.
    public let deadlineMilliseconds: Int?
    /// The X-Ray trace header; nil when there is none.
    public let traceID: String?
    /// Bound to the request.
    public let log: LambdaLog
    private let clock: any Clock

    public init(
        requestID: String, functionARN: String, deadlineMilliseconds: Int? = nil,
        traceID: String? = nil, log: LambdaLog = LambdaLog(), clock: any Clock = WallClock()
    ) {
        self.requestID = requestID
        self.functionARN = functionARN
        self.deadlineMilliseconds = deadlineMilliseconds
        self.traceID = traceID
        self.log = log.bound(to: requestID)
        self.clock = clock
    }

    /// Seconds until the invocation is stopped; negative once it is overdue, infinite without limit.
    public var remainingSeconds: Double {
        guard let deadlineMilliseconds else { return .infinity }
        return Double(deadlineMilliseconds - clock.now().milliseconds) / 1000
    }

    /// Writes a metrics line; see ``LambdaLog/metrics(_:namespace:dimensions:)``.
    public func metrics(
        _ values: [LambdaMetric], namespace: String = "Sluice", dimensions: JSONObject = [:]
    ) {
        log.metrics(values, namespace: namespace, dimensions: dimensions)
    }
}
