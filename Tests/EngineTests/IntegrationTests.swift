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
                Self.task(
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
        var script = try Script(Self.task(resource, parameters, ["Retry": retry]).serialized())
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
