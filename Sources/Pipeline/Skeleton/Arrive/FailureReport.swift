public import JSON
public import Stores

/// The `error_message` of an execution that failed, timed out or was aborted.
///
/// On AWS an event rule has `arrive` send it; on one machine what watches the engine does.
public struct FailureReport: Sendable {
    public let message: JSON
    /// Named by what failed, so that it is sent once, however often the event comes.
    private let sender: String
    /// Counted by how often it was redriven before, so that another failure is another message.
    private let sequence: Int

    /// - Parameters:
    ///   - detail: of EventBridge's "Step Functions Execution Status Change".
    ///   - addition: what is known besides the cause.
    public init(_ detail: JSON, addition: String = "") {
        let status = detail["status"]?.string ?? ""
        let input = detail["input"]?.string.flatMap { try? JSON(parsing: $0) }
        message = [
            "type": "error_message", "file_set": input?["fileSet"] ?? .null,
            "error": .string(detail["error"]?.string ?? "States.\(status)"),
            "message": .string(Self.reason(detail["cause"]?.string, status) + addition),
            "execution": detail["executionArn"] ?? .null,
        ]
        sender = "errors/" + (detail["name"]?.string ?? "unknown")
        sequence = detail["redriveCount"]?.int ?? 0
    }

    public func send(to queue: any MessageQueue) throws(StoreError) {
        let line = Array((message.serialized() + "\n").utf8)
        let result = line.withUnsafeBytes { bytes in
            Result { () throws(StoreError) in
                try queue.send(
                    MessageGroup(
                        sender: sender, firstSequence: sequence, lines: bytes, ends: [bytes.count]))
            }
        }
        try result.get()
    }

    /// What people read: of a Lambda's error its message, which stands within its cause.
    static func reason(_ cause: String?, _ status: String) -> String {
        guard let cause, !cause.isEmpty else { return "The execution has ended as \(status)." }
        return (try? JSON(parsing: cause))?["errorMessage"]?.string ?? cause
    }
}
