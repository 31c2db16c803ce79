public import JSON
public import System

#if canImport(Glibc)
import Glibc
#endif

/// Log lines as Lambda's JSON format has them: `timestamp`, `level`, `message`, `function`,
/// `requestId`, then the caller's fields. One write(2) a line.
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
    private let descriptor: Int32
    private let clock: any Clock

    /// - Parameters:
    ///   - minimumLevel: nil reads AWS_LAMBDA_LOG_LEVEL; INFO when that is not set either.
    ///   - function: nil reads AWS_LAMBDA_FUNCTION_NAME.
    ///   - descriptor: where lines go, standard error unless told.
    public init(
        minimumLevel: Level? = nil, function: String? = nil, descriptor: Int32 = 2,
        clock: any Clock = WallClock()
    ) {
        self.minimumLevel =
            minimumLevel
            ?? environmentVariable("AWS_LAMBDA_LOG_LEVEL").flatMap(Level.init(name:)) ?? .info
        self.function = function ?? environmentVariable("AWS_LAMBDA_FUNCTION_NAME") ?? ""
        self.descriptor = descriptor
        self.clock = clock
    }

    func bound(to requestID: String) -> LambdaLog {
        var log = self
        log.requestID = requestID
        return log
    }

    public func callAsFunction(_ level: Level, _ message: String, _ fields: JSONObject = [:]) {
        guard level >= minimumLevel else { return }
        var line: JSONObject = [
            "timestamp": .string(clock.now().iso8601), "level": .string(level.name),
            "message": .string(message), "function": .string(function),
        ]
        if let requestID { line["requestId"] = .string(requestID) }
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

    /// Writes one line in the embedded metric format, whatever the level; CloudWatch makes metrics
    /// of it. The function's name is a dimension beside those given.
    ///
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
    public func metrics(
        _ values: [LambdaMetric], namespace: String = "Sluice", dimensions: JSONObject = [:]
    ) {
        let names = ["function"] + dimensions.names.filter { $0 != "function" }
        let definitions = values.map { metric -> JSON in
            ["Name": .string(metric.name), "Unit": .string(metric.unit.rawValue)]
        }
        var line: JSONObject = [
            "_aws": [
                "Timestamp": JSON(clock.now().milliseconds),
                "CloudWatchMetrics": [
                    [
                        "Namespace": .string(namespace),
                        "Dimensions": [.array(names.map { .string($0) })],
                        "Metrics": .array(definitions),
                    ]
                ],
            ],
            "function": .string(function),
        ]
        if let requestID { line["requestId"] = .string(requestID) }
        for (name, value) in dimensions where line[name] == nil { line[name] = value }
        for metric in values { line[metric.name] = .number(metric.value) }
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

/// One value of a metrics line.
public struct LambdaMetric: Sendable, Hashable {
    public enum Unit: String, Sendable {
        case count = "Count"
        case bytes = "Bytes"
        case milliseconds = "Milliseconds"
        case seconds = "Seconds"
        case bytesPerSecond = "Bytes/Second"
    }

    public var name: String
    public var unit: Unit
    public var value: JSONNumber

    public init(_ name: String, _ value: Int, _ unit: Unit = .count) {
        (self.name, self.unit, self.value) = (name, unit, JSONNumber(value))
    }
}
