public import JSON
public import System

#if canImport(Glibc)
import Glibc
#endif

/// Log lines as Lambda's JSON format has them: `timestamp`, `level`, `message`, `function`,
/// `requestId`, then what the event is about (`fileSet`, `execution`) and the caller's fields. One
/// write(2) a line.
///
/// | variable | is |
/// |---|---|
/// | `AWS_LAMBDA_LOG_LEVEL` | the lowest level that is written: TRACE, DEBUG, INFO, WARN, ERROR, FATAL; INFO unless set. Lambda sets it from the function's LoggingConfig |
/// | `SLUICE_METRICS` | `off` for no lines of metrics; they are written unless it says so |
///
/// Levels: <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html>
public struct LambdaLog: Sendable {
    public enum Level: Int, Sendable, Comparable, CaseIterable {
        case trace, debug, info, warn, error, fatal

        public var name: String { "\(self)".uppercased() }

        /// Nil when the text names no level; case does not matter.
        public init?(name: String) {
            let name = name.uppercased()
            guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
            self = level
        }

        public static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
    }

    /// Lines below it are left out.
    public let minimumLevel: Level
    public let function: String
    public private(set) var requestID: String?
    private var fields: JSONObject = [:]
    private let writesMetrics: Bool
    private let descriptor: Int32
    private let clock: any Clock

    /// - Parameters:
    ///   - minimumLevel: nil reads AWS_LAMBDA_LOG_LEVEL; INFO when that is not set either.
    ///   - function: nil reads AWS_LAMBDA_FUNCTION_NAME.
    ///   - writesMetrics: nil reads SLUICE_METRICS.
    ///   - descriptor: where lines go, standard error unless told.
    public init(
        minimumLevel: Level? = nil, function: String? = nil, writesMetrics: Bool? = nil,
        descriptor: Int32 = 2, clock: any Clock = WallClock()
    ) {
        self.minimumLevel =
            minimumLevel
            ?? environmentVariable("AWS_LAMBDA_LOG_LEVEL").flatMap(Level.init(name:)) ?? .info
        self.function = function ?? environmentVariable("AWS_LAMBDA_FUNCTION_NAME") ?? ""
        self.writesMetrics = writesMetrics ?? (environmentVariable("SLUICE_METRICS") != "off")
        self.descriptor = descriptor
        self.clock = clock
    }

    func bound(to requestID: String, _ fields: JSONObject) -> LambdaLog {
        var log = self
        log.requestID = requestID
        log.fields = fields
        return log
    }

    public func callAsFunction(_ level: Level, _ message: String, _ fields: JSONObject = [:]) {
        guard level >= minimumLevel else { return }
        var line: JSONObject = [
            "timestamp": .string(clock.now().iso8601), "level": .string(level.name),
            "message": .string(message), "function": .string(function),
        ]
        if let requestID { line["requestId"] = .string(requestID) }
        for (name, value) in self.fields where line[name] == nil { line[name] = value }
        for (name, value) in fields where line[name] == nil { line[name] = value }
        write(line)
    }

    public func debug(_ message: String, _ fields: JSONObject = [:]) {
        self(.debug, message, fields)
    }
    public func info(_ message: String, _ fields: JSONObject = [:]) { self(.info, message, fields) }
    public func warn(_ message: String, _ fields: JSONObject = [:]) { self(.warn, message, fields) }
    public func error(_ message: String, _ fields: JSONObject = [:]) {
        self(.error, message, fields)
    }

    /// The namespace of the metrics in CloudWatch; their one dimension is `function`.
    public static let metricsNamespace = "Sluice"

    /// Writes one line in the embedded metric format, whatever the level; CloudWatch makes metrics of
    /// it. The other fields of the line serve to find the invocation and cost no metrics of their own.
    ///
    /// Lambda leaves out lines below the function's level too, and takes one that names no level for
    /// INFO: so this one says INFO, or the least level that passes.
    /// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html>
    ///
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
    public func metrics(_ values: [StepMetric]) {
        guard writesMetrics, !values.isEmpty else { return }
        let now = clock.now()
        let definitions = values.map { metric -> JSON in
            ["Name": .string(metric.name), "Unit": .string(metric.unit.rawValue)]
        }
        var line: JSONObject = [
            "_aws": [
                "Timestamp": JSON(now.milliseconds),
                "CloudWatchMetrics": [
                    [
                        "Namespace": .string(Self.metricsNamespace),
                        "Dimensions": [["function"]], "Metrics": .array(definitions),
                    ]
                ],
            ],
            "timestamp": .string(now.iso8601), "level": .string(max(.info, minimumLevel).name),
            "function": .string(function),
        ]
        if let requestID { line["requestId"] = .string(requestID) }
        for (name, value) in fields where line[name] == nil { line[name] = value }
        for metric in values { line[metric.name] = JSON(metric.value) }
        write(line)
    }

    private func write(_ line: JSONObject) {
        var bytes: [UInt8] = []
        JSON.object(line).write(to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress! + done, $0.count - done)
            }
            if count == -1, errno == EINTR { continue }
            // A log that cannot be written must not fail the work that it tells of.
            guard count > 0 else { return }
            done += count
        }
    }
}
