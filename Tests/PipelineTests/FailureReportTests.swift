import JSON
import LambdaRuntime
import Stores
import Synchronization
import Testing

@testable import Pipeline

/// A failed execution as an `error_message`.
struct FailureReportTests {
    /// Keeps what it is sent.
    private final class KeptMessages: MessageQueue {
        let groups = Mutex<[(sender: String, sequence: Int, text: String)]>([])

        func sentCount(sender: String) throws(StoreError) -> Int? { nil }
        func send(_ group: MessageGroup) throws(StoreError) {
            let text = String(decoding: group.lines, as: UTF8.self)
            groups.withLock { $0.append((group.sender, group.firstSequence, text)) }
        }
        func send(_ message: String) throws(StoreError) {}
    }

    private func report(_ detail: JSON) throws -> (sender: String, sequence: Int, json: JSON) {
        let queue = KeptMessages()
        var environment = try ArriveRig().environment
        environment.queue = queue
        _ = try Arrive(environment).handle(detail)
        let kept = queue.groups.withLock { $0 }
        try #require(kept.count == 1)
        return (kept[0].sender, kept[0].sequence, try JSON(parsing: kept[0].text))
    }

    private static func detail(
        _ status: String, error: JSON? = nil, cause: JSON? = nil, redrives: JSON? = nil,
        input: JSON = #"{"fileSet":"S","run":2,"secret":"abc"}"#
    ) -> JSON {
        var detail: JSONObject = [
            "executionArn": "arn:aws:states:x:1:execution:m:S-2", "name": "S-2",
            "stateMachineArn": .string(RecordedExecutions.arnPrefix + "customer-messages"),
            "status": .string(status), "input": input,
        ]
        detail["error"] = error
        detail["cause"] = cause
        detail["redriveCount"] = redrives
        return .object(detail)
    }

    @Test(arguments: [
        (
            detail(
                "FAILED", error: "Sluice.NotANumber",
                cause:
                    #"{"errorType":"Sluice.NotANumber","errorMessage":"items: \"x\"","trace":[]}"#),
            "Sluice.NotANumber", #"items: "x""#
        ),
        (detail("FAILED", error: "E", cause: "plain"), "E", "plain"),
        (detail("FAILED", error: "E", cause: #"{"other":1}"#), "E", #"{"other":1}"#),
        (
            detail("TIMED_OUT", error: .null, cause: .null), "States.TIMED_OUT",
            "The execution has ended as TIMED_OUT."
        ),
        (detail("ABORTED"), "States.ABORTED", "The execution has ended as ABORTED."),
    ])
    func `error and message are what people can read`(
        _ detail: JSON, _ error: JSON, _ message: JSON
    ) throws {
        let sent = try report(detail)
        #expect(
            sent.json == [
                "type": "error_message", "file_set": "S", "error": error, "message": message,
                "execution": "arn:aws:states:x:1:execution:m:S-2",
            ])
        // The run's secret is nobody else's.
        #expect(!sent.json.serialized().contains("abc"))
    }

    @Test func `each failure of an execution is a message of its own`() throws {
        let first = try report(Self.detail("FAILED"))
        let second = try report(Self.detail("FAILED", redrives: 1))
        #expect(first.sender == "errors/S-2" && second.sender == first.sender)
        #expect(first.sequence == 0 && second.sequence == 1)
    }

    @Test func `an input that cannot be read loses no failure`() throws {
        #expect(try report(Self.detail("FAILED", input: "none")).json["file_set"] == .null)
        #expect(try report(Self.detail("FAILED", input: .null)).json["file_set"] == .null)
    }

    static let wrongEvents: [JSON] = [
        ["action": "report"], ["executionArn": "arn", "status": "FAILED"],
        ["executionArn": [], "name": "S-1"],
    ]

    @Test(arguments: wrongEvents)
    func `what is no such event is refused`(_ event: JSON) throws {
        #expect {
            try ArriveRig().arrive.handle(event)
        } throws: {
            ($0 as? StepError)?.errorName == "Sluice.BadEvent"
        }
    }
}
