import JSON
import System
import Testing

@testable import Engine

@Suite struct ForkTests {
    static let parallel = """
        {"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
          {"StartAt": "A", "States": {"A": \(call("a")), "A2": {"Type": "Pass", "End": true}}},
          {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 50, "End": true}}},
          {"StartAt": "B", "States": {"B": {"Type": "Task", "End": true,
            "Resource": "arn:aws:lambda:us-east-1:000000000000:function:b"}}}]}}}
        """
    static func call(_ name: String) -> String {
        """
        {"Type": "Task", "Next": "A2",
         "Resource": "arn:aws:lambda:us-east-1:000000000000:function:\(name)"}
        """
    }

    @Test func `a failed branch aborts its siblings and the execution fails`() throws {
        var script = try Script(Self.parallel)
        script.answer(.error("Bad"))
        #expect(script.state.status == .failed)
        #expect(
            script.types.suffix(5) == [
                "LambdaFunctionFailed", "WaitStateAborted", "TaskStateAborted",
                "ParallelStateFailed", "ExecutionFailed",
            ])
        #expect(script.effects.contains { if case .cancel(4, _) = $0 { true } else { false } })
    }

    @Test func `a redrive keeps the branches that succeeded and runs the others again`() throws {
        var script = try Script(Self.parallel)
        let b = script.invocations[1]
        script.answer(.error("Bad"), at: 0)
        script.restart()
        let redriven = script.give(.redrive)
        #expect(
            redriven == [
                "ExecutionRedriven", "LambdaFunctionScheduled", "LambdaFunctionStarted",
                "LambdaFunctionScheduled", "LambdaFunctionStarted",
            ])
        #expect(script.invocations.map(\.function) == ["a", "b"])
        let stale = script.give(.invocationEnded(flow: b.flow, ticket: b.ticket, .success(9)))
        #expect(stale == [])
        #expect(script.state.redriveCount == 1)
    }

    @Test func `what succeeded before the failure is not asked again`() throws {
        var script = try Script(Self.parallel)
        let calls = script.invocations
        script.give(
            .invocationEnded(flow: calls[1].flow, ticket: calls[1].ticket, .success("b")))
        script.pass(seconds: 50, wake: 3)
        script.give(
            .invocationEnded(flow: calls[0].flow, ticket: calls[0].ticket, .error("Bad")))
        #expect(script.state.status == .failed)
        script.restart()
        script.give(.redrive)
        #expect(script.invocations.map(\.function) == ["a"])
        script.answer(.success("a"))
        #expect(script.state.status == .succeeded)
        #expect(script.state.output == ["a", [:], "b"])
    }

    @Test func `retry counters start over with a redrive`() throws {
        var script = try Script(
            TaskTests.task(#", "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]"#))
        for round in 0...1 {
            script.answer(.error("E"))
            script.pass(seconds: 1)
            script.answer(.error("E"))
            #expect(script.state.status == .failed)
            script.give(.redrive)
            #expect(script.invocations.map(\.attempt) == [0], "round \(round)")
        }
    }

    @Test func `Fail is entered again and fails again`() throws {
        var script = try Script(
            #"{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}}"#)
        let redriven = script.give(.redrive)
        #expect(redriven == ["ExecutionRedriven", "FailStateEntered", "ExecutionFailed"])
    }

    @Test func `a stopped Wait waits anew unless its time has passed`() throws {
        let definition = """
            {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 50, "End": true}}}
            """
        var script = try Script(definition)
        let stopped = script.give(.stop(Failure(error: "Me", cause: "because")))
        #expect(stopped == ["WaitStateAborted", "ExecutionAborted"])
        #expect(script.state.failure == Failure(error: "Me", cause: "because"))
        script.give(.redrive)
        #expect(script.wakeUps == [50])
        script.pass(seconds: 50)
        #expect(script.state.status == .succeeded)

        var timed = try Script(
            #"{"StartAt": "W", "States": {"W": {"Type": "Wait", "TimestampPath": "$.t", "End": true}}}"#,
            input: ["t": "2023-11-14T22:13:30Z"])
        timed.give(.stop(Failure(error: nil, cause: nil)))
        timed.now = timed.now + 3600
        timed.give(.redrive)
        #expect(timed.state.status == .succeeded)
    }

    static func inlineMap(_ fields: String) -> String {
        """
        {"StartAt": "M", "States": {"M": {"Type": "Map", "End": true \(fields), "ItemProcessor":
          {"StartAt": "T", "States": {"T": {"Type": "Task", "End": true,
            "Resource": "arn:aws:lambda:us-east-1:000000000000:function:f"}}}}}}
        """
    }

    @Test func `iterations start as others end and come out in the items' order`() throws {
        var script = try Script(Self.inlineMap(#", "MaxConcurrency": 2"#), input: [10, 20, 30])
        let first = script.invocations
        #expect(first.map(\.payload) == [10, 20])
        script.give(
            .invocationEnded(flow: first[1].flow, ticket: first[1].ticket, .success("b")))
        #expect(script.invocations.map(\.payload) == [30])
        script.answer(.success("c"))
        script.restart()
        #expect(script.state.status == .failed)
    }

    @Test func `a redriven Map keeps its finished iterations and starts those left`() throws {
        var script = try Script(Self.inlineMap(#", "MaxConcurrency": 1"#), input: [10, 20, 30])
        script.answer(.success("a"))
        script.answer(.error("E"))
        #expect(
            script.types.suffix(4) == [
                "LambdaFunctionFailed", "MapIterationFailed", "MapStateFailed", "ExecutionFailed",
            ])
        script.restart()
        script.give(.redrive)
        #expect(script.invocations.map(\.payload) == [20])
        script.answer(.success("b"))
        #expect(script.invocations.map(\.payload) == [30])
        script.answer(.success("c"))
        #expect(script.state.output == ["a", "b", "c"])
    }

    @Test func `at most forty iterations run at once`() throws {
        let script = try Script(
            Self.inlineMap(""), input: .array((0..<100).map { JSON($0) }))
        #expect(script.invocations.count == 40)
    }

    @Test func `an empty array is an empty result`() throws {
        let script = try Script(Self.inlineMap(""), input: [])
        #expect(script.state.output == [])
    }

    @Test func `the machine's timeout ends it all`() throws {
        var script = try Script(
            """
            {"StartAt": "W", "TimeoutSeconds": 5, "States": {
              "W": {"Type": "Wait", "Seconds": 50, "End": true}}}
            """)
        script.pass(seconds: 5, wake: 0)
        #expect(script.state.status == .timedOut)
        #expect(script.types.last == "ExecutionTimedOut")
        script.give(.redrive)
        #expect(script.wakeUps == [5, 50])
    }

    @Test func `an endless loop ends with the 25,000th event`() throws {
        let script = try Script(
            """
            {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"},
              "B": {"Type": "Pass", "Next": "A"}}}
            """)
        #expect(script.state.status == .failed)
        #expect(script.events.count == Limits.historyEvents)
        #expect(script.types.last == "ExecutionFailed")
        #expect(script.events.map(\.id) == Array(1...Limits.historyEvents))
    }

    @Test func `a redriven Express execution starts over`() throws {
        var script = try Script(
            """
            {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "T"},
              "T": {"Type": "Task", "End": true,
              "Resource": "arn:aws:lambda:us-east-1:000000000000:function:f"}}}
            """, isExpress: true)
        script.answer(.error("E"))
        let redriven = script.give(.redrive)
        #expect(redriven.prefix(2) == ["ExecutionRedriven", "PassStateEntered"])
        script.answer(.success(1))
        #expect(script.state.status == .succeeded)
    }

    @Test func `the deepest input there can be survives a restart`() throws {
        let deep = try JSON(
            parsing: String(repeating: "[", count: JSON.maximumDepth)
                + String(repeating: "]", count: JSON.maximumDepth))
        var script = try Script(
            """
            {"StartAt": "T", "States": {"T": {"Type": "Task", "End": true,
              "ResultPath": null, "Retry": [{"ErrorEquals": ["States.ALL"]}],
              "Resource": "arn:aws:lambda:us-east-1:000000000000:function:f"}}}
            """, input: deep)
        script.restart()
        script.pass(seconds: 1)
        script.answer(.success(1))
        #expect(script.state.output == deep)
    }

    @Test func `a branch aborted before its first state gets its input with the redrive`() throws {
        var script = try Script(
            """
            {"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true,
              "Parameters": {"v": 7}, "Branches": [
              {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}},
              {"StartAt": "T", "States": {"T": {"Type": "Task", "End": true,
                "Resource": "arn:aws:lambda:us-east-1:000000000000:function:f"}}}]}}}
            """)
        #expect(script.state.status == .failed)
        #expect(script.invocations.isEmpty)
        script.restart()
        // Both run again; the Fail fails again, whatever order they come in.
        script.give(.redrive)
        #expect(script.state.status == .failed)
        #expect(
            script.state.flows[3]?.startInput == ["v": 7]
                || script.state.flows[3]?.visit?.input == ["v": 7])
    }
}
