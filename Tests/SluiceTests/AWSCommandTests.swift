import Glibc
import HTTP
import JSON
import LoopbackServer
import System
import Testing

/// The commands with `--aws` and `--queue`: what they say to an endpoint that the environment names.
struct AWSCommandTests {
    let sluice: SluiceProcess
    init() throws { sluice = try SluiceProcess() }

    let reference = "\(Place.samples)/reference"

    /// Runs a command as somebody does who has an account.
    func onAWS(_ environment: [String], _ words: String...) throws -> SluiceProcess.Result {
        try sluice.start(words, environment: environment + ["AWS_MAX_ATTEMPTS=1"]).finish()
    }

    @Test func `what --aws shows and reruns is at the endpoint, whoever serves it`() throws {
        let service = try Service(sluice, "--drill", "seal:items/error/1")
        #expect(try sluice("run", reference).code == 1)
        let environment = ["AWS_ENDPOINT_URL_SFN=\(service.endpoint)"]
        let list = try onAWS(environment, "executions", "--aws", "--json").json
        #expect(list?[0]?["name"] == "20240105-1")
        let arn = try #require(list?[0]?["executionArn"]?.string)
        let machine = try #require(list?[0]?["stateMachineArn"]?.string)
        let graph = try onAWS(environment, "graph", arn, "--aws")
        #expect(graph.code == 0)
        #expect(graph.output.hasPrefix("20240105-1  FAILED  "))
        let same = try onAWS(environment, "graph", "20240105-1", "--state-machine", machine)
        #expect(same.output == graph.output)
        let unknown = try onAWS(environment, "graph", "20240105-2", "--aws")
        #expect(unknown.code == 69)
        #expect(
            unknown.error == "sluice: there is no execution 20240105-2; did you mean 20240105-1?"
                + "; see: sluice executions --aws\n")
        let dry = try onAWS(environment, "rerun", "20240105-1", "--aws", "--dry-run")
        #expect(dry.output.contains("SealItems          runs again\n"))
        for flag in [["--workers", "2"], ["--out", "x"], ["--from-start"], ["--home", "x"]] {
            let refused = try sluice.start(
                ["rerun", "20240105-1", "--aws"] + flag, environment: environment
            ).finish()
            #expect(refused.code == 64, "\(flag) \(refused.error)")
        }
        let rerun = try onAWS(environment, "rerun", "20240105-1", "--aws")
        #expect(rerun.code == 0, "\(rerun.error)")
        #expect(rerun.error.contains("8 messages from 8 customers, 9 orders, 16 items\n"))
        #expect(rerun.error.hasSuffix("  messages are in the stack's queue\n"))
        #expect(service.end() == .exited(code: 0))
    }

    @Test func `what keeps AWS from answering is told`() throws {
        let nowhere = try onAWS([], "executions", "--aws")
        #expect(nowhere.code == 69)
        #expect(nowhere.error.contains("MissingRegion"), "\(nowhere.error)")
        let server = LoopbackServer { _ in
            .text(400, #"{"__type":"AccessDeniedException","message":"not for you"}"#)
        }
        let denied = try onAWS(["AWS_ENDPOINT_URL=\(server.origin)"], "executions", "--aws")
        server.stop()
        #expect(denied.code == 69)
        #expect(
            denied.error
                == "sluice: Step Functions refuses: AccessDeniedException: not for you\n")
        let gone = try onAWS(["AWS_ENDPOINT_URL=\(server.origin)"], "executions", "--aws")
        #expect(gone.code == 69)
        #expect(gone.error.contains("ConnectionError"), "\(gone.error)")
        let several = LoopbackServer { _ in
            .text(
                200,
                #"""
                {"stateMachines":[{"name":"a-customer-messages","stateMachineArn":"arn:a"},
                {"name":"b-customer-messages","stateMachineArn":"arn:b"}]}
                """#)
        }
        let unclear = try onAWS(["AWS_ENDPOINT_URL=\(several.origin)"], "executions", "--aws")
        several.stop()
        #expect(unclear.code == 69)
        #expect(unclear.error.hasSuffix("name one with --state-machine: arn:a, arn:b\n"))
    }

    /// A queue of 23 messages, an error message among them, which gives one message twice.
    final class Queue: Sendable {
        let state = Monitor<(next: Int, deleted: [String], returned: [String])>((0, [], []))
        static let count = 23

        func answer(_ request: LoopbackServer.Request) -> LoopbackServer.Answer {
            let input = (try? JSON(parsing: request.body)) ?? .null
            let receipts = (input["Entries"]?.array ?? []).compactMap {
                $0["ReceiptHandle"]?.string
            }
            return state.withLock { state in
                switch request.headers["X-Amz-Target"] {
                case "AmazonSQS.ReceiveMessage":
                    let numbers = state.next..<min(state.next + 10, Self.count)
                    state.next = numbers.upperBound
                    var messages = numbers.map { Self.message($0) }
                    if numbers.contains(20) { messages.append(Self.message(0)) }
                    return .text(200, JSON.object(["Messages": .array(messages)]).serialized())
                case "AmazonSQS.DeleteMessageBatch": state.deleted += receipts
                case "AmazonSQS.ChangeMessageVisibilityBatch": state.returned += receipts
                default: return .text(400, #"{"__type":"InvalidAction"}"#)
                }
                return .text(200, #"{"Successful":[],"Failed":[]}"#)
            }
        }

        static func body(_ number: Int) -> String {
            number == 7 ? #"{"type":"error_message"}"# : #"{"type":"m","n":\#(number)}"#
        }

        private static func message(_ number: Int) -> JSON {
            [
                "MessageId": JSON("id-\(number)"), "ReceiptHandle": JSON("receipt-\(number)"),
                "Body": JSON(body(number)),
            ]
        }
    }

    @Test(arguments: [false, true])
    func `the messages of a queue are printed once each, and deleted only when asked`(
        deletes: Bool
    ) throws {
        let queue = Queue()
        let server = LoopbackServer { queue.answer($0) }
        defer { server.stop() }
        let words = ["messages", "--queue", "\(server.origin)/000000000000/q"]
        let result = try sluice.start(words + (deletes ? ["--delete"] : [])).finish()
        #expect(result.code == 0, "\(result.error)")
        #expect(result.lines == (0..<Queue.count).map { Queue.body($0) })
        let receipts = Set((0..<Queue.count).map { "receipt-\($0)" })
        let state = queue.state.withLock { $0 }
        #expect(Set(state.deleted) == (deletes ? receipts : []))
        #expect(Set(state.returned) == (deletes ? [] : receipts))
    }

    @Test func `only what was printed is deleted`() throws {
        let queue = Queue()
        let server = LoopbackServer { queue.answer($0) }
        defer { server.stop() }
        let url = "\(server.origin)/000000000000/q"
        let errors = try sluice("messages", "--queue", url, "--errors", "--delete")
        #expect(errors.lines == [Queue.body(7)])
        #expect(queue.state.withLock { $0.deleted } == ["receipt-7"])
        #expect(queue.state.withLock { Set($0.returned).count } == Queue.count - 1)
        // Where nothing can be written, nothing is deleted.
        queue.state.withLock { $0 = (0, [], []) }
        let full = try sluice.start(
            ["-c", "exec \"$0\" messages --queue \(url) --delete > /dev/full", sluice.executable],
            by: "/bin/sh"
        ).finish()
        #expect(full.code == 70)
        #expect(full.error == "sluice: write standard output: No space left on device\n")
        #expect(queue.state.withLock { $0.deleted } == [])
    }

    @Test(arguments: [
        (["--queue", "q"], "--queue must be a queue's URL, not 'q'"),
        (["--delete"], "--delete is for --queue; a home keeps its messages"),
        (
            ["x", "--queue", "http://127.0.0.1:1/0/q"],
            "x: SQS does not keep the messages apart by execution; leave it out"
        ),
    ])
    func `flags of messages that do not go together are refused`(words: [String], message: String)
        throws
    {
        let result = try sluice.start(["messages"] + words).finish()
        #expect(result.code == 64)
        #expect(result.error == "sluice: \(message)\nsee: sluice --help\n")
    }
}
