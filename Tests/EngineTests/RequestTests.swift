import JSON
import System
import Testing

@testable import Engine

/// Requests that AWS would refuse, and how.
@Suite struct RequestTests {
    static let start = "arn:aws:states:us-east-1:000000000000:"
    static let machine = JSON.string(start + "stateMachine:none")
    static let execution = JSON.string(start + "execution:none:none")
    static let express = JSON.string(start + "express:none:none:none")
    static let long = JSON.string(start + String(repeating: "x", count: 257))
    static let large = JSON.string(String(repeating: " ", count: Limits.payloadBytes) + "1")

    static let refusals: [(String, JSON, String)] = [
        ("CreateStateMachine", ["name": "a b", "definition": "{}", "roleArn": "r"], "InvalidName"),
        ("CreateStateMachine", ["name": "", "definition": "{}", "roleArn": "r"], "InvalidName"),
        (
            "CreateStateMachine", ["name": "\u{FFFE}", "definition": "{}", "roleArn": "r"],
            "InvalidName"
        ),
        (
            "CreateStateMachine", ["name": "a", "definition": "{", "roleArn": "r"],
            "InvalidDefinition"
        ),
        ("CreateStateMachine", ["name": "a"], "ValidationException"),
        (
            "CreateStateMachine",
            ["name": "a", "definition": "{}", "roleArn": "r", "type": "SLOW"], "ValidationException"
        ),
        (
            "CreateStateMachine",
            ["name": "a", "definition": "{}", "roleArn": "r", "publish": true],
            "ValidationException"
        ),
        ("DescribeStateMachine", ["stateMachineArn": "no"], "InvalidArn"),
        ("DescribeStateMachine", ["stateMachineArn": machine], "StateMachineDoesNotExist"),
        (
            "DescribeStateMachine", ["stateMachineArn": machine, "includedData": "SOME"],
            "ValidationException"
        ),
        ("UpdateStateMachine", ["stateMachineArn": execution], "InvalidArn"),
        ("DeleteStateMachine", ["stateMachineArn": ""], "ValidationException"),
        ("StartExecution", ["stateMachineArn": "no"], "InvalidArn"),
        ("StartExecution", ["stateMachineArn": long], "ValidationException"),
        ("StartExecution", ["stateMachineArn": machine], "StateMachineDoesNotExist"),
        (
            "StartExecution", ["stateMachineArn": .string(start + "stateMachine:m/label")],
            "ValidationException"
        ),
        ("StartExecution", ["stateMachineArn": 7], "ValidationException"),
        ("StartSyncExecution", ["stateMachineArn": "no"], "InvalidArn"),
        ("StartSyncExecution", ["stateMachineArn": machine], "StateMachineDoesNotExist"),
        ("DescribeExecution", ["executionArn": "no"], "InvalidArn"),
        ("DescribeExecution", ["executionArn": machine], "InvalidArn"),
        ("DescribeExecution", ["executionArn": "arn:aws:s3:::execution:a"], "InvalidArn"),
        ("DescribeExecution", ["executionArn": .string(start + "execution")], "InvalidArn"),
        ("DescribeExecution", ["executionArn": .string(start + "execution::a")], "InvalidArn"),
        ("DescribeExecution", ["executionArn": execution], "ExecutionDoesNotExist"),
        ("DescribeStateMachineForExecution", ["executionArn": execution], "ExecutionDoesNotExist"),
        ("GetExecutionHistory", ["executionArn": execution], "ExecutionDoesNotExist"),
        (
            "GetExecutionHistory", ["executionArn": execution, "maxResults": 1001],
            "ValidationException"
        ),
        ("GetExecutionHistory", ["executionArn": execution, "nextToken": "5"], "InvalidToken"),
        ("StopExecution", ["executionArn": execution], "ExecutionDoesNotExist"),
        ("StopExecution", ["executionArn": express], "InvalidArn"),
        (
            "StopExecution",
            ["executionArn": execution, "error": .string(String(repeating: "e", count: 257))],
            "ValidationException"
        ),
        ("RedriveExecution", ["executionArn": execution], "ExecutionDoesNotExist"),
        ("RedriveExecution", ["executionArn": express], "InvalidArn"),
        (
            "RedriveExecution", ["executionArn": execution, "clientToken": "a b"],
            "ValidationException"
        ),
        ("ListMapRuns", ["executionArn": "no"], "InvalidArn"),
        ("ListMapRuns", ["executionArn": execution], "ExecutionDoesNotExist"),
        ("DescribeMapRun", ["mapRunArn": "no"], "InvalidArn"),
        ("DescribeMapRun", ["mapRunArn": .string(start + "mapRun:m/l:u")], "ResourceNotFound"),
        ("ListExecutions", [:], "ValidationException"),
        (
            "ListExecutions",
            ["stateMachineArn": machine, "mapRunArn": .string(start + "mapRun:m/l:u")],
            "ValidationException"
        ),
        ("ListExecutions", ["stateMachineArn": machine], "StateMachineDoesNotExist"),
        (
            "ListExecutions", ["stateMachineArn": machine, "statusFilter": "PENDING_REDRIVE"],
            "ValidationException"
        ),
        (
            "ListExecutions", ["stateMachineArn": machine, "statusFilter": "running"],
            "ValidationException"
        ),
        (
            "ListExecutions", ["stateMachineArn": machine, "redriveFilter": machine],
            "ValidationException"
        ),
        ("ListStateMachines", ["maxResults": -1], "ValidationException"),
        ("ListStateMachines", ["nextToken": "1.abc"], "InvalidToken"),
        ("SendTaskSuccess", ["taskToken": "no", "output": "1"], "InvalidToken"),
        ("SendTaskSuccess", ["taskToken": "no", "output": "{"], "InvalidOutput"),
        ("SendTaskSuccess", ["taskToken": "no", "output": large], "ValidationException"),
        ("SendTaskSuccess", ["output": "1"], "ValidationException"),
        ("SendTaskFailure", ["taskToken": "no"], "InvalidToken"),
        ("SendTaskHeartbeat", ["taskToken": "no"], "InvalidToken"),
        ("ListTagsForResource", ["resourceArn": execution], "InvalidArn"),
        ("ListTagsForResource", ["resourceArn": machine], "ResourceNotFound"),
        ("ValidateStateMachineDefinition", [:], "ValidationException"),
        (
            "ValidateStateMachineDefinition", ["definition": "{}", "maxResults": 101],
            "ValidationException"
        ),
        ("Unheard", [:], "UnknownOperationException"),
    ]

    @Test func `a bad request gets AWS's error`() throws {
        let rig = try Rig()
        for (action, request, code) in Self.refusals {
            #expect(OperationTests.code(rig, action, request) == code, "\(action) \(request)")
        }
    }

    @Test func `what is started is checked as AWS does`() throws {
        let rig = try Rig()
        let machine = try rig.machine(OperationTests.pass)
        func start(_ more: JSONObject) -> String? {
            var request = more
            request["stateMachineArn"] = .string(machine)
            return OperationTests.code(rig, "StartExecution", .object(request))
        }
        #expect(start(["name": "a b"]) == "InvalidName")
        #expect(start(["name": .string(String(repeating: "n", count: 81))]) == "InvalidName")
        #expect(start(["name": .string(String(repeating: "n", count: 80))]) == nil)
        #expect(start(["input": "{"]) == "InvalidExecutionInput")
        #expect(start(["input": Self.large]) == "ValidationException")
        #expect(start(["input": .string(String(repeating: " ", count: 262_143) + "1")]) == nil)
        #expect(
            start(["traceHeader": .string(String(repeating: "t", count: 257))])
                == "ValidationException")
    }

    @Test func `without data descriptions have none`() throws {
        let rig = try Rig()
        let machine = try rig.machine(OperationTests.pass)
        let arn = try rig.start(machine, ["a": 1])
        _ = try rig.end(of: arn)
        let request: JSONObject = [
            "executionArn": .string(arn), "stateMachineArn": .string(machine),
            "includedData": "METADATA_ONLY",
        ]
        let execution = try rig.call("DescribeExecution", .object(request))
        #expect(execution["input"] == nil && execution["output"] == nil)
        #expect(execution["inputDetails"] == ["included": false])
        #expect(execution["status"] == "SUCCEEDED")
        for action in ["DescribeStateMachine", "DescribeStateMachineForExecution"] {
            #expect(try rig.call(action, .object(request))["definition"] == "{}")
        }
        let history = try rig.call(
            "GetExecutionHistory",
            ["executionArn": .string(arn), "includeExecutionData": false])
        let events = history["events"]?.array ?? []
        #expect(events.count == 4)
        #expect(!history.serialized().contains(#"\"a\""#))
        #expect(events[1]["stateEnteredEventDetails"]?["name"] == "P")
    }

    @Test func `validation tells what it is asked for`() throws {
        let rig = try Rig()
        let wait: JSON = [
            "StartAt": "T",
            "States": [
                "T": [
                    "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                    "Parameters": ["FunctionName": "f"], "End": true,
                ]
            ],
        ]
        func validate(_ more: JSONObject) throws -> JSON {
            var request = more
            request["definition"] = .string(wait.serialized())
            return try rig.call("ValidateStateMachineDefinition", .object(request))
        }
        #expect(try validate([:]) == ["result": "OK", "diagnostics": [], "truncated": false])
        #expect(try validate(["severity": "WARNING"])["diagnostics"]?.array?.count == 1)
        let express = try validate(["type": "EXPRESS"])
        #expect(express["result"] == "FAIL")
        #expect(express["diagnostics"]?[0]?["location"] == "/States/T/Resource")
        let both = try validate(["type": "EXPRESS", "severity": "WARNING", "maxResults": 1])
        #expect(both["diagnostics"]?.array?.count == 1 && both["truncated"] == true)
    }
}
