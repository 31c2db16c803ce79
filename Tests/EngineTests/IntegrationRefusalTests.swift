import JSON
import System
import Testing

@testable import Engine

/// Resources and parameters that an engine does not take.
@Suite struct IntegrationRefusalTests {
    @Test func `parameters that come with the input are checked when they are there`() throws {
        let rig = try Rig()
        rig.services.on("sqs:sendMessage") { _ in [:] }
        let bare: JSON = [
            "StartAt": "T",
            "States": [
                "T": ["Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true]
            ],
        ]
        let machine = try rig.machine(bare)
        let wrong = try rig.end(of: try rig.start(machine, ["QueueUrl": 7], name: "wrong"))
        #expect(wrong["error"] == "States.Runtime")
        #expect(
            wrong["cause"]?.string?.contains(
                "[The value for the field 'QueueUrl' must be of the type STRING, The field "
                    + "'MessageBody' is required but was missing]") == true, "\(wrong)")
        // What the service does not know is left out, as AWS does.
        let more: JSON = ["QueueUrl": "q", "MessageBody": "m", "Other": 1]
        #expect(
            try rig.end(of: try rig.start(machine, more, name: "more"))["status"] == "SUCCEEDED")
        #expect(
            rig.services.log.withLock { $0.last?.parameters }
                == ["QueueUrl": "q", "MessageBody": "m"])
    }

    static let refusals: [(String, JSON, String)] = [
        ("glue:startJobRun", [:], "arn:aws:states:::sqs:sendMessage[.waitForTaskToken]"),
        ("sqs:sendMessage.sync", [:], "is not supported"),
        ("dynamodb:getItem.waitForTaskToken", [:], "is not supported"),
        ("dynamodb:query", [:], "is not supported"),
        ("lambda:invoke.sync", [:], "is not supported"),
        ("aws-sdk:sfn:startExecution", [:], "is not supported"),
        ("sqs:sendMessage", [:], "The field 'QueueUrl' is required but was missing"),
        ("lambda:invoke", ["Payload": 1], "The field 'FunctionName' is required but was missing"),
        (
            "sqs:sendMessage", ["QueueUrl": "q", "MessageBody": "m", "DelaySeconds": 3],
            "The field 'DelaySeconds' is not supported by this engine; it knows QueueUrl"
        ),
        (
            "lambda:invoke", ["FunctionName": "f", "InvocationType": "Event"],
            "The field 'InvocationType' must be RequestResponse for this engine"
        ),
        ("aws-sdk:s3:getObject", ["Bucket": "b"], "The field 'Key' is required but was missing"),
        ("states:startExecution", [:], "The field 'StateMachineArn' is required"),
    ]

    @Test func `what is not supported is refused when the machine is created`() throws {
        let rig = try Rig()
        for (resource, parameters, reason) in Self.refusals {
            let text = IntegrationTests.task(resource, parameters).serialized()
            let report = try rig.call(
                "ValidateStateMachineDefinition", ["definition": .string(text)])
            #expect(report["result"] == "FAIL", "\(resource)")
            do {
                try rig.call(
                    "CreateStateMachine",
                    ["name": "m", "definition": .string(text), "roleArn": "r"])
                Issue.record("\(resource) was accepted")
            } catch let error as ServiceError {
                #expect(error.code == "InvalidDefinition")
                #expect(error.message.contains(reason), "\(error)")
            }
        }
    }
}
