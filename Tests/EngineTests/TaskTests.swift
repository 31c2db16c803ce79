import JSON
import System
import Testing

@testable import Engine

@Suite struct TaskTests {
    static func task(_ fields: String, resource: String = "lambda:invoke") -> String {
        """
        {"StartAt": "T", "States": {"T": {"Type": "Task",
          "Resource": "arn:aws:states:::\(resource)",
          "Parameters": {"FunctionName": "f", "Payload.$": "$"} \(fields), "End": true},
          "Caught": {"Type": "Pass", "End": true}}}
        """
    }

    @Test func `an invocation's answer comes in AWS's envelope`() throws {
        var script = try Script(Self.task(""), input: ["n": 1])
        #expect(script.invocations.map(\.function) == ["f"])
        #expect(script.invocations[0].payload == ["n": 1])
        script.answer(.success(["m": 2]))
        #expect(script.state.output?["Payload"] == ["m": 2])
        #expect(script.state.output?["StatusCode"] == 200)
        #expect(
            script.chain == [
                "1<-0 ExecutionStarted", "2<-0 TaskStateEntered", "3<-2 TaskScheduled",
                "4<-3 TaskStarted", "5<-4 TaskSucceeded", "6<-5 TaskStateExited",
                "7<-6 ExecutionSucceeded",
            ])
    }

    @Test func `a function's ARN gives events and result of its own kind`() throws {
        var script = try Script(
            """
            {"StartAt": "T", "States": {"T": {"Type": "Task", "End": true,
              "Resource": "arn:aws:lambda:us-east-1:000000000000:function:g:live"}}}
            """, input: [1])
        #expect(script.invocations.map(\.function) == ["g"])
        script.answer(.success("done"))
        #expect(script.state.output == "done")
        #expect(
            script.types.dropFirst(2) == [
                "LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionSucceeded",
                "TaskStateExited", "ExecutionSucceeded",
            ])
    }

    @Test func `a function's error is its type, its cause the whole object`() throws {
        var script = try Script(Self.task(""))
        script.answer(.error("Sluice.Bad"))
        #expect(script.state.status == .failed)
        #expect(script.state.failure?.error == "Sluice.Bad")
        #expect(
            script.state.failure?.cause == #"{"errorType":"Sluice.Bad","errorMessage":"no"}"#)
        #expect(script.types.suffix(2) == ["TaskFailed", "ExecutionFailed"])
    }

    @Test(arguments: [
        (#""IntervalSeconds": 2, "MaxAttempts": 3, "BackoffRate": 3"#, [2.0, 6, 18]),
        (#""IntervalSeconds": 2, "MaxAttempts": 3, "MaxDelaySeconds": 5"#, [2, 4, 5]),
        (#""IntervalSeconds": 4, "MaxAttempts": 2, "JitterStrategy": "FULL""#, [2, 4]),
        (#""MaxAttempts": 0"#, []),
    ])
    func `retries wait as their retrier says, then the state fails`(
        _ fields: String, _ delays: [Double]
    ) throws {
        var script = try Script(
            Self.task(#", "Retry": [{"ErrorEquals": ["States.TaskFailed"], \#(fields)}]"#))
        var waited: [Double] = []
        for attempt in 0...delays.count {
            #expect(script.invocations.map(\.attempt) == [attempt])
            script.answer(.error("E"))
            waited += script.wakeUps
            if let delay = script.wakeUps.last {
                let none = script.pass(seconds: delay - 0.001)
                #expect(none == [])
                script.pass(seconds: 0.001)
            }
        }
        #expect(waited == delays)
        #expect(script.state.status == .failed)
        #expect(script.types.count { $0 == "TaskScheduled" } == delays.count + 1)
        #expect(script.types.count { $0 == "TaskStateEntered" } == 1)
    }

    @Test func `a catcher puts the error beside the input`() throws {
        var script = try Script(
            Self.task(
                #", "Catch": [{"ErrorEquals": ["E"], "Next": "Caught", "ResultPath": "$.e"}]"#),
            input: ["n": 1])
        script.answer(.error("E"))
        #expect(script.state.status == .succeeded)
        #expect(script.state.output?["n"] == 1)
        #expect(script.state.output?["e"]?["Error"] == "E")
        #expect(script.chain.suffix(4).first == "6<-5 TaskStateExited")
    }

    @Test func `a task that takes too long is cancelled and times out`() throws {
        var script = try Script(Self.task(#", "TimeoutSeconds": 10"#))
        let late = script.invocations[0]
        #expect(script.wakeUps == [10])
        script.pass(seconds: 9.9)
        #expect(script.state.status == .running)
        script.pass(seconds: 0.2)
        guard case .cancel(1, late.ticket)? = script.effects.first else {
            Issue.record("not cancelled: \(script.effects)")
            return
        }
        #expect(script.state.failure == Failure(error: "States.Timeout", cause: nil))
        #expect(script.types.suffix(2) == ["TaskTimedOut", "ExecutionFailed"])
        let after = script.give(
            .invocationEnded(flow: late.flow, ticket: late.ticket, .success(1)))
        #expect(after == [])
    }

    @Test func `a callback ends the task, before or after its function has`() throws {
        for isSubmitted in [true, false] {
            var script = try Script(
                Self.task("", resource: "lambda:invoke.waitForTaskToken"))
            let ticket = script.invocations[0].ticket
            if isSubmitted { script.answer(.success(nil)) }
            #expect(script.state.status == .running)
            script.give(.callback(flow: 1, ticket: ticket, .success(["file": "x"])))
            #expect(script.state.output == ["file": "x"])
            #expect(script.types.contains("TaskSubmitted") == isSubmitted)
            let again = script.give(.callback(flow: 1, ticket: ticket, .success(2)))
            #expect(again == [])
        }
    }

    @Test func `a callback's failure is the task's`() throws {
        var script = try Script(Self.task("", resource: "lambda:invoke.waitForTaskToken"))
        script.give(
            .callback(flow: 1, ticket: 3, .failure(Failure(error: "Late", cause: "why"))))
        #expect(script.state.failure == Failure(error: "Late", cause: "why"))
    }

    @Test func `heartbeats put off the end, silence brings it`() throws {
        var script = try Script(
            Self.task(
                #", "HeartbeatSeconds": 5, "TimeoutSeconds": 60"#,
                resource: "lambda:invoke.waitForTaskToken"))
        script.answer(.success(nil))
        for _ in 0..<3 {
            script.now = script.now + 4
            script.give(.callback(flow: 1, ticket: 3, .heartbeat))
            script.pass(seconds: 0)
            #expect(script.state.status == .running)
        }
        script.pass(seconds: 5)
        #expect(script.state.failure?.error == "States.HeartbeatTimeout")
    }

    @Test func `a result over the limit fails the task, whatever it catches`() throws {
        var script = try Script(
            Self.task(#", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]"#))
        script.answer(.success(.string(String(repeating: "x", count: Limits.payloadBytes))))
        #expect(script.state.failure?.error == "States.DataLimitExceeded")
    }

    @Test func `after a restart a lost invocation is retried, a callback waited for`() throws {
        var script = try Script(
            Self.task(
                #", "Retry": [{"ErrorEquals": ["Lambda.ServiceException"]}]"#,
                resource: "lambda:invoke.waitForTaskToken"))
        script.restart()
        #expect(script.types.last == "TaskFailed")
        script.pass(seconds: 1)
        #expect(script.invocations.map(\.attempt) == [1])
        let ticket = script.invocations[0].ticket
        script.answer(.success(nil))
        script.restart()
        #expect(script.state.status == .running)
        guard case .expectCallback(_, 1, ticket)? = script.effects.first else {
            Issue.record("the token is forgotten: \(script.effects)")
            return
        }
        script.give(.callback(flow: 1, ticket: ticket, .success(1)))
        #expect(script.state.status == .succeeded)
    }
}
