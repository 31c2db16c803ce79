import JSON
import System
import Testing

@testable import Engine

/// `states:startExecution` in its four forms.
@Suite struct NestedExecutionTests {
    static let prefix = "arn:aws:states:us-east-1:000000000000:"
    static let child = prefix + "stateMachine:child"

    static func parent(
        _ suffix: String, _ parameters: JSONObject = [:], _ more: JSONObject = [:]
    ) -> JSON {
        var all: JSONObject = ["StateMachineArn": .string(child)]
        for (name, value) in parameters { all[name] = value }
        return IntegrationTests.task("states:startExecution" + suffix, .object(all), more)
    }

    static let pass: JSON = [
        "StartAt": "P",
        "States": ["P": ["Type": "Pass", "Result": ["made": 1], "End": true]],
    ]
    static let fail: JSON = [
        "StartAt": "F", "States": ["F": ["Type": "Fail", "Error": "E", "Cause": "C"]],
    ]

    @Test func `without a suffix the task ends when the execution has started`() throws {
        let rig = try Rig()
        _ = try rig.machine(OperationTests.wait, name: "child")
        let found = try rig.run(Self.parent("", ["Name": "c", "Input": ["a": 1]]))
        let output = try #require(found["output"]?.parsed)
        let arn = Self.prefix + "execution:child:c"
        #expect(output["ExecutionArn"]?.string == arn)
        #expect(output["StartDate"]?.int != nil)
        #expect(output["SdkHttpMetadata"]?["HttpStatusCode"] == 200)
        let child = try rig.call("DescribeExecution", ["executionArn": .string(arn)])
        #expect(child["status"] == "RUNNING")
        #expect(child["input"] == #"{"a":1}"#)
        let events = try rig.history(IntegrationTests.executionARN)
        #expect(
            events.map { $0["type"]?.string } == [
                "ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted",
                "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded",
            ])
        #expect(events[2]["taskScheduledEventDetails"]?["resourceType"] == "states")
    }

    @Test(
        arguments: [
            (".sync", .string(#"{"made":1}"#)), (".sync:2", ["made": 1]),
        ] as [(String, JSON)])
    func `with sync the task's result describes the execution that has ended`(
        _ suffix: String, _ output: JSON
    ) throws {
        let rig = try Rig()
        _ = try rig.machine(Self.pass, name: "child")
        let found = try rig.run(Self.parent(suffix, ["Name": "c"]))
        let result = try #require(found["output"]?.parsed)
        #expect(result["Output"] == output)
        #expect(result["Input"] == (suffix == ".sync" ? "{}" : [:]))
        #expect(result["Status"] == "SUCCEEDED")
        #expect(
            result.object?.names == [
                "ExecutionArn", "Input", "InputDetails", "Name", "Output", "OutputDetails",
                "StartDate", "StateMachineArn", "Status", "StopDate",
            ])
        let events = try rig.history(IntegrationTests.executionARN)
        #expect(
            events.map { $0["type"]?.string } == [
                "ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted",
                "TaskSubmitted", "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded",
            ])
        #expect(
            events[4]["taskSubmittedEventDetails"]?["resource"]?.string
                == "startExecution" + suffix)
        let submitted = events[4]["taskSubmittedEventDetails"]?["output"]?.parsed
        #expect(submitted?["ExecutionArn"]?.string == Self.prefix + "execution:child:c")
    }

    @Test func `an execution that fails fails the task with its description`() throws {
        let rig = try Rig()
        _ = try rig.machine(Self.fail, name: "child")
        let found = try rig.run(Self.parent(".sync:2", ["Name": "c"]))
        #expect(found["error"] == "States.TaskFailed")
        let cause = try #require(found["cause"]?.parsed)
        #expect(cause["Error"] == "E" && cause["Cause"] == "C" && cause["Status"] == "FAILED")
        #expect(cause["Output"] == nil)
        // A redrive starts another execution, which under the same name is refused.
        try rig.call(
            "RedriveExecution", ["executionArn": .string(IntegrationTests.executionARN)])
        let again = try rig.end(of: IntegrationTests.executionARN, times: 2)
        #expect(again["error"] == "StepFunctions.ExecutionAlreadyExistsException")
        #expect(
            again["cause"]?.string?.hasPrefix(
                "Execution Already Exists: '\(Self.prefix)execution:child:c' (Service: "
                    + "AWSStepFunctions; Status Code: 400; Error Code: ExecutionAlreadyExists; "
                    + "Request ID: ") == true, "\(again)")
    }

    @Test func `a redrive starts a new execution, and a callback ends what waits for one`() throws {
        let rig = try Rig()
        _ = try rig.machine(Self.fail, name: "child")
        let arn = try rig.start(try rig.machine(Self.parent(".sync")))
        _ = try rig.end(of: arn)
        try rig.call(
            "UpdateStateMachine",
            ["stateMachineArn": .string(Self.child), "definition": .string(Self.pass.serialized())])
        try rig.call("RedriveExecution", ["executionArn": .string(arn)])
        #expect(try rig.end(of: arn, times: 2)["status"] == "SUCCEEDED")
        #expect(
            try ListExecutionsTests.names(rig, ["stateMachineArn": .string(Self.child)]).count == 2)

        let waiting = try rig.start(
            try rig.machine(
                Self.parent(".waitForTaskToken", ["Input": ["token.$": "$$.Task.Token"]]),
                name: "waiting"))
        let submitted = try rig.history(waiting).first { $0["type"] == "TaskSubmitted" }
        let output = submitted?["taskSubmittedEventDetails"]?["output"]?.parsed
        let child = try rig.call(
            "DescribeExecution", ["executionArn": output?["ExecutionArn"] ?? .null])
        let token = child["input"]?.parsed?["token"] ?? .null
        try rig.call("SendTaskSuccess", ["taskToken": token, "output": "3"])
        #expect(try rig.end(of: waiting)["output"] == "3")
    }

    @Test(
        arguments: [
            ([:], "StepFunctions.StateMachineDoesNotExistException"),
            (["StateMachineArn": "no"], "StepFunctions.InvalidArnException"),
            (["Name": "a b"], "StepFunctions.InvalidNameException"),
            (["Input": "{"], "StepFunctions.InvalidExecutionInputException"),
        ] as [(JSONObject, String)])
    func `what cannot be started fails the task with the API's error`(
        _ parameters: JSONObject, _ error: String
    ) throws {
        let rig = try Rig()
        if !parameters.isEmpty { _ = try rig.machine(Self.pass, name: "child") }
        #expect(try rig.run(Self.parent(".sync", parameters))["error"]?.string == error)
    }

    @Test func `nothing can wait for an Express execution`() throws {
        let rig = try Rig()
        _ = try rig.machine(Self.pass, name: "child", type: "EXPRESS")
        #expect(
            try rig.run(Self.parent(".sync"))["error"]
                == "StepFunctions.StateMachineTypeNotSupportedException")
        #expect(
            try rig.end(
                of: try rig.start(try rig.machine(Self.parent(""), name: "p")))["status"]
                == "SUCCEEDED")
    }

    enum Ending: String, CaseIterable { case stop, timeout, taskTimeout, sibling }

    @Test(arguments: Ending.allCases)
    func `when the task is given up, so is the execution it waits for`(_ ending: Ending) throws {
        let rig = try Rig(skipsTime: ending != .stop)
        _ = try rig.machine(OperationTests.wait, name: "child")
        var definition = Self.parent(
            ".sync", ["Name": "c"], ending == .taskTimeout ? ["TimeoutSeconds": 5] : [:])
        if ending == .timeout {
            var object = definition.object ?? [:]
            object["TimeoutSeconds"] = 5
            definition = .object(object)
        }
        if ending == .sibling {
            let later: JSON = [
                "StartAt": "W",
                "States": [
                    "W": ["Type": "Wait", "Seconds": 1, "Next": "F"],
                    "F": ["Type": "Fail", "Error": "E"],
                ],
            ]
            definition = [
                "StartAt": "P",
                "States": [
                    "P": ["Type": "Parallel", "End": true, "Branches": [definition, later]]
                ],
            ]
        }
        let arn = try rig.start(try rig.machine(definition))
        if ending == .stop { try rig.call("StopExecution", ["executionArn": .string(arn)]) }
        let status = try rig.end(of: arn)["status"]?.string
        let expected: [Ending: String] = [
            .stop: "ABORTED", .timeout: "TIMED_OUT", .taskTimeout: "FAILED", .sibling: "FAILED",
        ]
        #expect(status == expected[ending])
        let child = Self.prefix + "execution:child:c"
        #expect(try rig.end(of: child)["status"] == "ABORTED")
        let types = try rig.eventTypes(child)
        #expect(types.first == "ExecutionStarted" && types.last == "ExecutionAborted")
    }

    @Test func `what is given up before it was begun is not begun`() throws {
        let rig = try Rig()
        let machine = try rig.machine(OperationTests.wait, name: "child")
        let both: JSON = [
            "StartAt": "P",
            "States": [
                "P": [
                    "Type": "Parallel", "End": true, "Branches": [Self.parent(".sync"), Self.fail],
                ]
            ],
        ]
        #expect(try rig.run(both)["status"] == "FAILED")
        #expect(try ListExecutionsTests.names(rig, ["stateMachineArn": .string(machine)]) == [])
    }

    @Test func `an execution is waited for over a crash`() throws {
        let rig = try Rig()
        let called = Monitor(0)
        rig.invoker.on("f") { _ in
            called.withLock {
                $0 += 1
                return $0 == 1 ? nil : .success(7)
            }
        }
        let retry: JSON = [["ErrorEquals": ["Lambda.ServiceException"]]]
        _ = try rig.machine(
            IntegrationTests.task("lambda:invoke", ["FunctionName": "f"], ["Retry": retry]),
            name: "child")
        let arn = try rig.start(try rig.machine(Self.parent(".sync:2")))
        _ = called.soon { $0 == 1 ? true : nil }
        try rig.reopen()
        let found = try rig.end(of: arn)
        #expect(found["output"]?.parsed?["Output"]?["Payload"] == 7)
        #expect(
            try ListExecutionsTests.names(rig, ["stateMachineArn": .string(Self.child)]).count == 1)
    }

    @Test func `what starts itself without end keeps nobody from being answered`() throws {
        let rig = try Rig()
        // One waits for the next, down to the limit, whose error is caught.
        let catching: JSONObject = [
            "ResultPath": nil,
            "Catch": [["ErrorEquals": ["States.ALL"], "Next": "Caught", "ResultPath": nil]],
        ]
        var states = Self.parent(".sync", [:], catching)["States"]?.object ?? [:]
        states["Caught"] = ["Type": "Pass", "End": true]
        let deep = try rig.machine(["StartAt": "T", "States": .object(states)], name: "child")
        #expect(try rig.end(of: try rig.start(deep))["status"] == "SUCCEEDED")
        let list = try rig.call(
            "ListExecutions", ["stateMachineArn": .string(deep), "maxResults": 1000])
        let arns = list["executions"]?.array?.compactMap { $0["executionArn"]?.string } ?? []
        #expect(arns.count == Limits.nestedExecutions + 1)
        let failed = try rig.history(arns[0]).first { $0["type"] == "TaskFailed" }
        #expect(
            failed?["taskFailedEventDetails"]?["error"]
                == "StepFunctions.ExecutionLimitExceededException")

        let endless = Self.prefix + "stateMachine:endless"
        _ = try rig.machine(
            IntegrationTests.task(
                "states:startExecution", ["StateMachineArn": .string(endless)]), name: "endless")
        _ = try rig.start(endless)
        // Others are answered meanwhile, and its deletion ends it.
        #expect(
            try rig.end(of: try rig.start(try rig.machine(Self.pass, name: "other")))["status"]
                == "SUCCEEDED")
        try rig.call("DeleteStateMachine", ["stateMachineArn": .string(endless)])
        let rest = try rig.end(
            of: try rig.start(try rig.machine(Self.pass, name: "after"), name: "x"))
        #expect(rest["status"] == "SUCCEEDED")
    }
}
