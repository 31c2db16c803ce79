import JSON
import Stores
import Synchronization

@testable import Pipeline

/// `arrive` with all around it: who drops files, what waits for them, what ends.
struct ArriveRig {
    let workplace: Workplace
    var environment: StepEnvironment
    var arrive: Arrive { Arrive(environment) }

    init() throws {
        workplace = try Workplace()
        environment = workplace.environment()
    }

    var executions: RecordedExecutions { workplace.executions }

    static func file(_ kind: JobInput, version: Int = 1, set: String = "S") -> S3Event.Record {
        S3Event.Record(
            object: ObjectReference(
                bucket: "drop", key: "\(kind.name)_\(set).csv", versionID: "v\(version)",
                eTag: "e\(version)", sizeBytes: 10 + version),
            sequencer: "00AB0\(version)")
    }

    @discardableResult
    func drop(_ records: S3Event.Record...) throws -> JSON {
        try arrive.handle(S3Event.json(records))
    }

    static func token(_ kind: JobInput, _ run: Int, attempt: Int = 1) -> String {
        "\(kind.name)-\(run)-\(attempt)"
    }

    static func waitEvent(_ kind: JobInput, run: Int = 1, attempt: Int = 1) -> JSON {
        [
            "job": "customer-messages", "action": "await", "kind": .string(kind.name),
            "fileSet": "S", "run": JSON(run),
            "secret": "", "taskToken": .string(token(kind, run, attempt: attempt)),
        ]
    }

    /// A state begins to wait: Step Functions knows the token before the function is called.
    @discardableResult
    func wait(_ kind: JobInput, run: Int = 1, attempt: Int = 1) throws -> JSON {
        executions.wait(Self.token(kind, run, attempt: attempt))
        return try arrive.handle(Self.waitEvent(kind, run: run, attempt: attempt))
    }

    func waitAll(run: Int = 1) throws {
        for kind in CustomerMessages.inputs { try wait(kind, run: run) }
    }

    static func expireEvent(_ kind: JobInput, run: Int = 1) -> JSON {
        [
            "job": "customer-messages", "action": "expire", "kind": .string(kind.name),
            "fileSet": "S", "run": JSON(run),
            "secret": "",
        ]
    }

    /// The event of an execution's end, as EventBridge sends it.
    func endEvent(run: Int = 1, status: String = "SUCCEEDED", error: String? = nil) -> JSON {
        let execution = executions.state.withLock { state in
            state.executions.first { $0.name == "S-\(run)" }
        }
        return [
            "detail-type": "Step Functions Execution Status Change",
            "detail": [
                "status": .string(status), "error": error.map { .string($0) } ?? .null,
                "input": .string(execution?.input.serialized() ?? "{}"),
            ],
        ]
    }

    func end(run: Int = 1, status: String = "SUCCEEDED", error: String? = nil) throws {
        executions.close("S-\(run)")
        _ = try arrive.handle(endEvent(run: run, status: status, error: error))
    }

    /// The version that was sent for the kind's token; nil when none was.
    func answered(_ kind: JobInput, run: Int = 1, attempt: Int = 1) -> String? {
        executions.answer(Self.token(kind, run, attempt: attempt))?.versionID
    }
}
