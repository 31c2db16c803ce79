import JSON
import System
import Testing

@testable import Engine

/// Calls of services that are waited for: callbacks, crashes, stops.
@Suite struct IntegrationWaitingTests {
    @Test func `a callback ends what a service has submitted`() throws {
        let rig = try Rig()
        let tokens = Monitor<[String]>([])
        rig.services.on("sqs:sendMessage") { parameters in
            let body = parameters["MessageBody"]?.parsed
            tokens.withLock { $0.append(body?["token"]?.string ?? "") }
            return ["MessageId": "m"]
        }
        let arn = try rig.start(
            try rig.machine(
                IntegrationTests.task(
                    "sqs:sendMessage.waitForTaskToken",
                    ["QueueUrl": "q", "MessageBody": ["token.$": "$$.Task.Token"]])))
        let token = try #require(tokens.soon { $0.first })
        // The answer may come before the call's own; then it counts as well.
        try rig.call("SendTaskSuccess", ["taskToken": .string(token), "output": "[7]"])
        #expect(try rig.end(of: arn)["output"] == "[7]")
        let events = try rig.history(arn)
        let types = events.compactMap { $0["type"]?.string }.filter { $0 != "TaskSubmitted" }
        #expect(
            types == [
                "ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted",
                "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded",
            ])
        #expect(
            events[2]["taskScheduledEventDetails"]?["resource"] == "sendMessage.waitForTaskToken")
    }

    @Test func `a function called by its ARN can wait for its token`() throws {
        let text = """
            {"StartAt": "T", "States": {"T": {"Type": "Task", "End": true,
              "Parameters": {"token.$": "$$.Task.Token"}, "Resource":
              "arn:aws:lambda:us-east-1:000000000000:function:f:live.waitForTaskToken"}}}
            """
        var script = try Script(text)
        #expect(script.invocations.map(\.function) == ["f"])
        let ticket = script.invocations[0].ticket
        #expect(script.answer(.success("ignored")) == [])
        #expect(script.state.status == .running)
        script.restart()
        #expect(script.state.status == .running)
        script.give(.callback(flow: 1, ticket: ticket, .success("called back")))
        #expect(script.state.output == "called back")
        #expect(
            script.types == [
                "ExecutionStarted", "TaskStateEntered", "LambdaFunctionScheduled",
                "LambdaFunctionStarted", "LambdaFunctionSucceeded", "TaskStateExited",
                "ExecutionSucceeded",
            ])
    }

    @Test func `a stop waits for the call in flight and holds the next until the start`() throws {
        let rig = try Rig()
        let calls = Monitor(0)
        let isStopping = Monitor(false)
        rig.services.on("sqs:sendMessage") { _ in
            let count = calls.withLock { calls in
                calls += 1
                return calls
            }
            if count == 1 { _ = isStopping.soon { $0 ? true : nil } }
            return ["MessageId": "m"]
        }
        let definition = """
            {"StartAt": "A", "States": {
              "A": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Next": "B"},
              "B": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true,
                "Parameters": {"QueueUrl": "q", "MessageBody.$": "$"}}}}
            """
        let machine = try rig.machine(try JSON(parsing: definition))
        let arn = try rig.start(machine, ["QueueUrl": "q", "MessageBody": "m"])
        _ = calls.soon { $0 == 1 ? true : nil }
        let engine = rig.engine
        let restart = Thread { try? rig.reopen(crashing: false) }
        // Changes nothing; refused from the moment the engine stops.
        let tag: JSON = ["resourceArn": .string(machine), "tags": []]
        while (try? engine.call("TagResource", tag)) != nil {}
        isStopping.withLock { $0 = true }
        restart.join()
        #expect(try rig.end(of: arn)["status"] == "SUCCEEDED")
        #expect(calls.withLock { $0 } == 2)
        #expect(try rig.eventTypes(arn).count { $0 == "TaskScheduled" } == 2)
    }

    @Test(
        arguments: [
            ("sqs:sendMessage", ["QueueUrl": "q", "MessageBody": "m"], "SQS.SdkClientException"),
            ("dynamodb:getItem", ["TableName": "t", "Key": [:]], "DynamoDB.SdkClientException"),
            ("aws-sdk:s3:getObject", ["Bucket": "b", "Key": "k"], "S3.SdkClientException"),
        ] as [(String, JSON, String)])
    func `a call in flight at a crash is lost, and its Retry makes it again`(
        _ resource: String, _ parameters: JSON, _ error: String
    ) throws {
        let retry: JSON = [["ErrorEquals": [.string(error)], "MaxAttempts": 1]]
        var script = try Script(
            IntegrationTests.task(resource, parameters, ["Retry": retry]).serialized())
        func calls(_ script: Script) -> Int {
            script.effects.count { if case .call = $0 { true } else { false } }
        }
        #expect(calls(script) == 1)
        script.restart()
        #expect(script.types.last == "TaskFailed")
        script.pass(seconds: 1)
        #expect(calls(script) == 1)
        script.restart()
        #expect(script.state.failure?.error == error)
    }
}
