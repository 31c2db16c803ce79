public import JSON
import Synchronization
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
    /// Bound to the request and to what its event is about.
    public let log: LambdaLog
    private let clock: any Clock
    private let recorded = Recorded()

    /// - Parameter fields: of every log line, the file set say.
    public init(
        requestID: String, functionARN: String, deadlineMilliseconds: Int? = nil,
        traceID: String? = nil, log: LambdaLog = LambdaLog(), fields: JSONObject = [:],
        clock: any Clock = WallClock()
    ) {
        self.requestID = requestID
        self.functionARN = functionARN
        self.deadlineMilliseconds = deadlineMilliseconds
        self.traceID = traceID
        self.log = log.bound(to: requestID, fields)
        self.clock = clock
    }

    /// Seconds until the invocation is stopped; negative once it is overdue, infinite without limit.
    public var remainingSeconds: Double {
        guard let deadlineMilliseconds else { return .infinity }
        return Double(deadlineMilliseconds - clock.now().milliseconds) / 1000
    }

    /// Keeps metrics for the one line that is written when the invocation ends, whether it succeeds or
    /// fails. Values of one name add up.
    public func record(_ metrics: [StepMetric]) {
        recorded.metrics.withLock { all in
            for metric in metrics {
                if let index = all.firstIndex(where: { $0.name == metric.name }) {
                    all[index].value += metric.value
                } else {
                    all.append(metric)
                }
            }
        }
    }

    /// Writes the line of metrics; see ``LambdaLog/metrics(_:)``.
    func writeMetrics() { log.metrics(recorded.metrics.withLock { $0 }) }

    private final class Recorded: Sendable {
        let metrics = Mutex<[StepMetric]>([])
    }
}
