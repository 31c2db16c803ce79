import JSON
import Stores

/// Turns the end of an execution that failed, timed out or was aborted into an `error_message`.
///
/// In: `{action: "report", detail}`, the detail of EventBridge's "Step Functions Execution Status Change".
/// On one machine the engine's own notification does the same.
struct FailureReport {
    let environment: StepEnvironment

    func handle(_ input: StepInput) throws -> JSON {
        let detail = try input.object("detail")
        let status = try detail.text("status")
        let name = try detail.text("name")
        let execution = detail.json["input"]?.string.flatMap { try? JSON(parsing: $0) }
        let message: JSON = [
            "type": "error_message", "file_set": execution?["fileSet"] ?? .null,
            "error": .string(detail.json["error"]?.string ?? "States.\(status)"),
            "message": .string(Self.message(detail.json["cause"]?.string, status)),
            "execution": .string(try detail.text("executionArn")),
        ]
        // Named by what fails, so that a FIFO queue takes it once, however often the event comes; and
        // by how often it was redriven before, so that another failure is another message.
        let line = Array((message.serialized() + "\n").utf8)
        try line.withUnsafeBytes { bytes in
            try environment.queue.send(
                MessageGroup(
                    sender: "errors/\(name)",
                    firstSequence: detail.json["redriveCount"]?.int ?? 0, lines: bytes,
                    ends: [bytes.count]))
        }
        environment.log("reported", ["execution": .string(name), "status": .string(status)])
        return ["reported": .string(name)]
    }

    /// What people read: of a Lambda's error its message, which stands within its cause.
    static func message(_ cause: String?, _ status: String) -> String {
        guard let cause, !cause.isEmpty else { return "The execution has ended as \(status)." }
        return (try? JSON(parsing: cause))?["errorMessage"]?.string ?? cause
    }
}
