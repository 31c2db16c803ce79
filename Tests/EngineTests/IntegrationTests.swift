import JSON
import StatesLanguage
import System
import Testing

@testable import Engine

/// Tasks that call services: what they ask for, what they record, how they fail.
@Suite struct IntegrationTests {
    /// A machine of one Task.
    static func task(_ resource: String, _ parameters: JSON, _ more: JSONObject = [:]) -> JSON {
        var task: JSONObject = [
            "Type": "Task", "Resource": .string("arn:aws:states:::" + resource),
            "Parameters": parameters, "End": true,
        ]
        for (name, value) in more { task[name] = value }
        return ["StartAt": "T", "States": ["T": .object(task)]]
    }

    static let queue = "http://127.0.0.1:8083/000000000000/q"

    static let calls: [(resource: String, parameters: JSON, asked: JSON)] = [
        (
            "sqs:sendMessage", ["QueueUrl": .string(queue), "MessageBody.$": "$"],
            ["QueueUrl": .string(queue), "MessageBody": #"{"n":1}"#]
        ),
        (
            "sqs:sendMessage", ["QueueUrl": .string(queue), "MessageBody": "text"],
            ["QueueUrl": .string(queue), "MessageBody": "text"]
        ),
        (
            "dynamodb:getItem", ["TableName": "t", "Key": ["k": ["S": "1"]]],
            ["TableName": "t", "Key": ["k": ["S": "1"]]]
        ),
        (
            "dynamodb:putItem", ["TableName": "t", "Item": ["k": ["S": "1"]]],
            ["TableName": "t", "Item": ["k": ["S": "1"]]]
        ),
        (
            "dynamodb:updateItem",
            ["TableName": "t", "Key": [:], "UpdateExpression": "SET a = :a"],
            ["TableName": "t", "Key": [:], "UpdateExpression": "SET a = :a"]
        ),
        (
            "dynamodb:deleteItem", ["TableName": "t", "Key": [:]], ["TableName": "t", "Key": [:]]
        ),
        (
            "aws-sdk:s3:getObject", ["Bucket": "b", "Key.$": "States.Format('k{}', $.n)"],
            ["Bucket": "b", "Key": "k1"]
        ),
        ("s3:getObject", ["Bucket": "b", "Key": "k"], ["Bucket": "b", "Key": "k"]),
        (
            "aws-sdk:s3:putObject", ["Bucket": "b", "Key": "k", "Body": ["a": [1]]],
            ["Bucket": "b", "Key": "k", "Body": #"{"a":[1]}"#]
        ),
        (
            "s3:putObject", ["Bucket": "b", "Key": "k", "Body": "text"],
            ["Bucket": "b", "Key": "k", "Body": "text"]
        ),
        (
            "events:putEvents",
            [
                "Entries": [
                    ["Source": "s", "DetailType": "d", "Detail": ["a": 1]],
                    ["Source": "s", "DetailType": "d", "Detail": "{}", "Resources": ["r"]],
                ]
            ],
            [
                "Entries": [
                    [
                        "Source": "s", "DetailType": "d", "Detail": #"{"a":1}"#,
                        "Resources": [.string(machineARN), .string(executionARN)],
                    ],
                    [
                        "Source": "s", "DetailType": "d", "Detail": "{}",
                        "Resources": ["r", .string(machineARN), .string(executionARN)],
                    ],
                ]
            ]
        ),
    ]
    static let machineARN = "arn:aws:states:us-east-1:000000000000:stateMachine:machine"
    static let executionARN = "arn:aws:states:us-east-1:000000000000:execution:machine:run"

    @Test func `services are asked for what the parameters say, and the history tells it`() throws {
        for (resource, parameters, asked) in Self.calls {
            let rig = try Rig()
            let action = String(resource.split(separator: ":").last ?? "")
            let service = resource.split(separator: ":").dropLast().last.map(String.init) ?? ""
            rig.services.on("\(service):\(action)") { _ in ["Answer": "x"] }
            let definition = Self.task(resource, parameters)
            let found = try rig.run(definition, ["n": 1])
            #expect(found["status"] == "SUCCEEDED", "\(resource) \(found)")
            #expect(
                rig.services.log.withLock { $0 } == [
                    FakeServices.Call(name: "\(service):\(action)", parameters: asked)
                ], "\(resource)")
            let events = try rig.history(Self.executionARN)
            #expect(
                events.map { $0["type"]?.string } == [
                    "ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted",
                    "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded",
                ])
            let type = String(resource.dropLast(action.count + 1))
            for (event, details) in zip(
                events[2...4], ["taskScheduled", "taskStarted", "taskSucceeded"])
            {
                #expect(event[details + "EventDetails"]?["resourceType"] == .string(type))
                #expect(event[details + "EventDetails"]?["resource"] == .string(action))
            }
            // Optimised integrations other than EventBridge's tell of the HTTP answer, too.
            let output = found["output"]?.parsed
            #expect(output?["Answer"] == "x")
            let tells = resource.hasPrefix("sqs") || resource.hasPrefix("dynamodb")
            #expect((output?["SdkHttpMetadata"]?["HttpStatusCode"] == 200) == tells, "\(resource)")
        }
    }

    static let failures: [(String, JSON, ServiceError, String, String)] = [
        (
            "sqs:sendMessage", ["QueueUrl": "q", "MessageBody": "m"],
            ServiceError("QueueDoesNotExist", "no"), "SQS.QueueDoesNotExistException",
            "no (Service: AmazonSQS; Status Code: 400; Error Code: QueueDoesNotExist; Request ID: "
        ),
        (
            "sqs:sendMessage", ["QueueUrl": "q", "MessageBody": "m"],
            ServiceError("InvalidMessageContents", "no"), "SQS.AmazonSQSException", "no (Service: "
        ),
        (
            "dynamodb:putItem", ["TableName": "t", "Item": [:]],
            ServiceError("ConditionalCheckFailedException", "The conditional request failed"),
            "DynamoDB.ConditionalCheckFailedException",
            "The conditional request failed (Service: AmazonDynamoDBv2; Status Code: 400; "
                + "Error Code: ConditionalCheckFailedException; Request ID: "
        ),
        (
            "dynamodb:getItem", ["TableName": "t", "Key": [:]],
            ServiceError("ValidationException", "bad"), "DynamoDB.AmazonDynamoDBException", "bad ("
        ),
        (
            "dynamodb:putItem", ["TableName": "t", "Item": ["k": ["S": 1]]],
            ServiceError("SerializationException", "1 cannot be a value of type S"),
            "States.Runtime", "1 cannot be"
        ),
        (
            "aws-sdk:s3:getObject", ["Bucket": "b", "Key": "k"], ServiceError("NoSuchKey", "gone"),
            "S3.NoSuchKeyException", "gone (Service: S3, Status Code: 404, Request ID: "
        ),
        (
            "aws-sdk:s3:putObject", ["Bucket": "b", "Key": "k"], ServiceError("AccessDenied", "no"),
            "S3.S3Exception", "no (Service: S3, Status Code: 403, Request ID: "
        ),
        (
            "s3:getObject", ["Bucket": "b", "Key": "k"],
            ServiceError("States.DataLimitExceeded", ""), "States.DataLimitExceeded",
            "The state/task 'arn:aws:states:::s3:getObject' returned a result with a size"
        ),
        (
            "events:putEvents", ["Entries": []], ServiceError("ValidationException", "few"),
            "EventBridge.AmazonEventBridgeException", "few ("
        ),
    ]

    @Test func `a service's error has the name and cause AWS gives it`() throws {
        for (resource, parameters, error, name, cause) in Self.failures {
            let rig = try Rig()
            let parts = resource.split(separator: ":").suffix(2).joined(separator: ":")
            rig.services.on(parts) { _ throws(ServiceError) in throw error }
            let found = try rig.run(Self.task(resource, parameters))
            #expect(found["error"]?.string == name, "\(resource)")
            #expect(found["cause"]?.string?.hasPrefix(cause) == true, "\(found)")
            #expect(
                try rig.eventTypes(Self.executionARN).suffix(2) == [
                    "TaskFailed", "ExecutionFailed",
                ])
        }
    }

    @Test func `an entry that EventBridge refuses fails the task`() throws {
        let rig = try Rig()
        let answer: JSON = [
            "Entries": [["EventId": "1"], ["ErrorCode": "MalformedDetail"]], "FailedEntryCount": 1,
        ]
        rig.services.on("events:putEvents") { _ in answer }
        let found = try rig.run(Self.task("events:putEvents", ["Entries": [[:], [:]]]))
        #expect(found["error"] == "EventBridge.FailedEntry")
        #expect(found["cause"]?.parsed == answer)
    }
}
