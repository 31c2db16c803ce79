public import JSON

/// An execution as a reader wants to see it: its states in order, how each went, and why it failed.
public struct ExecutionReport: Sendable, Hashable {
    public var name: String
    public var arn: String
    /// `RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT`, `ABORTED`.
    public var status: String
    /// Seconds since 1970.
    public var startedAt: Double
    public var stoppedAt: Double?
    public var redriveCount: Int
    /// When it was last redriven.
    public var redrivenAt: Double?
    public var error: String?
    public var cause: String?
    /// Each state before the states inside of it, branch by branch.
    public var states: [StateReport]

    /// The states in which it failed, innermost only, in order.
    public var failedStates: [StateReport] {
        states.indices.filter { index in
            let state = states[index]
            let inner = states[(index + 1)...].prefix { $0.depth > state.depth }
            return state.status == .failed && !inner.contains { $0.status == .failed }
        }.map { states[$0] }
    }
}

/// What went wrong, for a reader.
public struct Failure: Sendable, Hashable {
    public var error: String?
    /// Of a Lambda function's error object only the message.
    public var message: String?
    /// The Map's child in which it happened.
    public var child: String?

    public init(error: String?, cause: String?, child: String? = nil) {
        self.error = error
        self.child = child
        let object = cause.flatMap { try? JSON(parsing: $0) }
        message = object?["errorMessage"]?.string ?? cause
    }
}

extension StateReport {
    /// Why it failed; of a Distributed Map, why its first child did.
    public var failure: Failure {
        guard let run = mapRun, let child = run.failedChild else {
            return Failure(error: error, cause: cause)
        }
        return Failure(error: run.error, cause: run.cause, child: child)
    }
}

/// One visit of a state.
public struct StateReport: Sendable, Hashable {
    public enum Status: String, Sendable {
        case running = "RUNNING"
        case succeeded = "SUCCEEDED"
        case failed = "FAILED"
        /// It failed, and a Catch took it on.
        case caught = "CAUGHT"
        case aborted = "ABORTED"
    }

    public var name: String
    /// `Task`, `Map` …
    public var type: String
    /// How many Parallel and Map states it is in.
    public var depth: Int
    public var status = Status.running
    /// How often its work was begun; 0 for states without.
    public var attempts = 0
    public var startedAt: Double
    public var stoppedAt: Double?
    public var error: String?
    public var cause: String?
    public var mapRun: MapRunReport?
}

/// The children of a Distributed Map.
public struct MapRunReport: Sendable, Hashable {
    public var arn: String
    /// Numbers by status: `total`, `succeeded`, `failed`, `running`, `pending`, `aborted`.
    public var counts: [String: Int] = [:]
    /// The first child that failed: its name, error and cause.
    public var failedChild: String?
    public var error: String?
    public var cause: String?
}

extension ExecutionReport {
    /// The report as JSON, times in seconds since 1970.
    public var json: JSON {
        var object: JSONObject = [
            "execution": JSON(name), "executionArn": JSON(arn), "status": JSON(status),
            "startedAt": .seconds(startedAt),
        ]
        object["stoppedAt"] = stoppedAt.map { .seconds($0) }
        object["redriveCount"] = JSON(redriveCount)
        object["redrivenAt"] = redrivenAt.map { .seconds($0) }
        object["error"] = error.map { JSON($0) }
        object["cause"] = cause.map { JSON($0) }
        object["states"] = .array(states.map(\.json))
        return .object(object)
    }
}

extension StateReport {
    var json: JSON {
        var object: JSONObject = [
            "name": JSON(name), "type": JSON(type), "depth": JSON(depth),
            "status": JSON(status.rawValue), "attempts": JSON(attempts),
            "startedAt": .seconds(startedAt),
        ]
        object["stoppedAt"] = stoppedAt.map { .seconds($0) }
        object["error"] = error.map { JSON($0) }
        object["cause"] = cause.map { JSON($0) }
        object["mapRun"] = mapRun.map { run in
            var object: JSONObject = [
                "mapRunArn": JSON(run.arn),
                "counts": .object(
                    JSONObject(run.counts.sorted { $0.key < $1.key }.map { ($0, JSON($1)) })),
            ]
            object["failedChild"] = run.failedChild.map { JSON($0) }
            object["error"] = run.error.map { JSON($0) }
            object["cause"] = run.cause.map { JSON($0) }
            return .object(object)
        }
        return .object(object)
    }
}

extension JSON {
    /// To the millisecond.
    fileprivate static func seconds(_ seconds: Double) -> JSON {
        JSONNumber((seconds * 1000).rounded() / 1000).map { .number($0) } ?? .null
    }
}
