import JSON
import System
import Testing

@testable import Engine

@Suite struct ListExecutionsTests {
    static func names(_ rig: Rig, _ request: JSONObject) throws -> [String] {
        try rig.call("ListExecutions", .object(request))["executions"]?.array?
            .compactMap { $0["name"]?.string } ?? []
    }

    @Test func `status and redrive filters choose together`() throws {
        let rig = try Rig()
        let fail: JSON = ["StartAt": "F", "States": ["F": ["Type": "Fail", "Error": "E"]]]
        let arn = try rig.machine(fail)
        for name in ["a", "b", "c"] { _ = try rig.end(of: try rig.start(arn, name: name)) }
        let again = "arn:aws:states:us-east-1:000000000000:execution:machine:b"
        try rig.call("RedriveExecution", ["executionArn": .string(again)])
        _ = try rig.end(of: again, times: 2)
        let machine: JSON = .string(arn)
        for (filters, expected) in [
            ([:], ["c", "b", "a"]), (["redriveFilter": "REDRIVEN"], ["b"]),
            (["redriveFilter": "NOT_REDRIVEN", "statusFilter": "FAILED"], ["c", "a"]),
            (["statusFilter": "SUCCEEDED"], []),
            (["statusFilter": "RUNNING", "redriveFilter": "REDRIVEN"], []),
        ] as [(JSONObject, [String])] {
            var request = filters
            request["stateMachineArn"] = machine
            #expect(try Self.names(rig, request) == expected, "\(filters)")
        }
    }

    @Test func `children that wait for their redrive say so`() throws {
        let rig = try Rig()
        let definition = """
            {"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "MaxConcurrency": 1,
              "ToleratedFailureCount": 2, "ItemsPath": "$", "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "T", "States": {"T": {"Type": "Task", "End": true,
                  "Resource": "arn:aws:lambda:us-east-1:000000000000:function:f"}}}}}}
            """
        let waits = Monitor(false)
        rig.invoker.on("f") { _ in waits.withLock { $0 } ? nil : .error("E") }
        let machine = try rig.machine(try JSON(parsing: definition))
        let arn = try rig.start(machine, [1, 2, 3])
        #expect(try rig.end(of: arn)["status"] == "FAILED")
        let run = try rig.call("ListMapRuns", ["executionArn": .string(arn)])["mapRuns"]?[0]
        let mapRun = run?["mapRunArn"] ?? .null
        let failed = try rig.call(
            "ListExecutions", ["mapRunArn": mapRun, "statusFilter": "FAILED"])
        #expect(failed["executions"]?.array?.count == 3)
        #expect(failed["executions"]?[0]?["mapRunArn"] == mapRun)
        #expect(failed["executions"]?[0]?["itemCount"] == 1)
        // Redriven, the first child waits for its function, and with it the others for their turn.
        waits.withLock { $0 = true }
        let asked = rig.invoker.log.withLock { $0.count }
        try rig.call("RedriveExecution", ["executionArn": .string(arn)])
        _ = rig.invoker.log.soon { $0.count > asked ? true : nil }
        let running = try rig.call(
            "ListExecutions", ["mapRunArn": mapRun, "statusFilter": "RUNNING"])
        #expect(running["executions"]?.array?.count == 1)
        let pending = try rig.call(
            "ListExecutions", ["mapRunArn": mapRun, "statusFilter": "PENDING_REDRIVE"])
        #expect(pending["executions"]?.array?.count == 2)
    }

    @Test func `a token belongs to its query`() throws {
        let rig = try Rig()
        let machine = try rig.machine(OperationTests.pass)
        for name in ["a", "b", "c"] { _ = try rig.end(of: try rig.start(machine, name: name)) }
        let request: JSONObject = ["stateMachineArn": .string(machine), "maxResults": 1]
        let first = try rig.call("ListExecutions", .object(request))
        let token = first["nextToken"] ?? .null
        var next = request
        next["nextToken"] = token
        #expect(try Self.names(rig, next) == ["b"])
        // Another page size is no other query.
        next["maxResults"] = 2
        #expect(try Self.names(rig, next) == ["b", "a"])
        next["statusFilter"] = "SUCCEEDED"
        #expect(OperationTests.code(rig, "ListExecutions", .object(next)) == "InvalidToken")
        #expect(
            OperationTests.code(rig, "ListStateMachines", ["nextToken": token]) == "InvalidToken")
        for text in ["", "1", ".", "x.y", "\(token.string ?? "")0"] {
            next = request
            next["nextToken"] = .string(text)
            #expect(
                OperationTests.code(rig, "ListExecutions", .object(next)) == "InvalidToken",
                "\(text)")
        }
    }

    @Test func `executions of an Express machine are not listed`() throws {
        let rig = try Rig()
        let machine = try rig.machine(OperationTests.pass, type: "EXPRESS")
        #expect(
            OperationTests.code(rig, "ListExecutions", ["stateMachineArn": .string(machine)])
                == "StateMachineTypeNotSupported")
    }
}
