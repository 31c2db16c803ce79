import JSON
import SQLite
import System
import Testing

@testable import Engine

@Suite struct OperationTests {
    static let pass: JSON = [
        "StartAt": "P", "States": ["P": ["Type": "Pass", "End": true]],
    ]
    static let wait: JSON = [
        "StartAt": "W", "States": ["W": ["Type": "Wait", "Seconds": 1000, "End": true]],
    ]

    /// The code of what a call throws.
    static func code(_ rig: Rig, _ action: String, _ request: JSON) -> String? {
        do {
            try rig.call(action, request)
            return nil
        } catch {
            return (error as? ServiceError)?.code
        }
    }

    @Test func `starting again is idempotent while it runs, refused afterwards`() throws {
        let rig = try Rig()
        let machine = try rig.machine(Self.wait)
        let request: JSON = [
            "stateMachineArn": .string(machine), "name": "a", "input": "{\"b\": 1}",
        ]
        let first = try rig.call("StartExecution", request)
        #expect(try rig.call("StartExecution", request) == first)
        var other = request.object ?? [:]
        other["input"] = "{}"
        #expect(Self.code(rig, "StartExecution", .object(other)) == "ExecutionAlreadyExists")
        try rig.call("StopExecution", ["executionArn": first["executionArn"] ?? .null])
        #expect(Self.code(rig, "StartExecution", request) == "ExecutionAlreadyExists")
    }

    @Test func `tags are kept by key, counted, and go with their state machine`() throws {
        let rig = try Rig()
        let arn = try rig.machine(Self.pass)
        let resource: JSON = ["resourceArn": .string(arn)]
        func tag(_ tags: JSON) -> String? {
            Self.code(rig, "TagResource", ["resourceArn": .string(arn), "tags": tags])
        }
        #expect(tag([["key": "b", "value": "1"], ["key": "a"]]) == nil)
        #expect(tag([["key": "b", "value": "2"]]) == nil)
        let expected: JSON = [["key": "a", "value": ""], ["key": "b", "value": "2"]]
        #expect(try rig.call("ListTagsForResource", resource)["tags"] == expected)
        let many = (0..<49).map { JSON.object(["key": .string("k\($0)"), "value": ""]) }
        #expect(tag(.array(many)) == "TooManyTags")
        #expect(tag([["key": "", "value": ""]]) == "ValidationException")
        #expect(tag("x") == "ValidationException")
        #expect(try rig.call("ListTagsForResource", resource)["tags"] == expected)
        try rig.call("DeleteStateMachine", ["stateMachineArn": .string(arn)])
        #expect(Self.code(rig, "ListTagsForResource", resource) == "ResourceNotFound")
        #expect(try rig.machine(Self.pass) == arn)
        #expect(try rig.call("ListTagsForResource", resource)["tags"] == [])
    }

    @Test func `a store of version 1 is brought up to date`() throws {
        let path = "/tmp/sluice-test-" + randomHexadecimal(bytes: 8)
        try FileSystem.makeDirectory(path)
        defer { try? FileSystem.removeTree(path) }
        do {
            let old = try Store(path + "/store")
            try old.database.execute(
                """
                DROP TABLE tags; DROP TABLE map_run_children; DROP TABLE redrive_tokens;
                ALTER TABLE executions DROP COLUMN nesting;
                ALTER TABLE map_runs DROP COLUMN transformation;
                ALTER TABLE map_runs DROP COLUMN output_type;
                CREATE TABLE map_run_inputs (map_run INTEGER PRIMARY KEY, inputs TEXT NOT NULL);
                INSERT INTO map_run_inputs VALUES (7, '["{\\"a\\":1}","2"]');
                PRAGMA user_version = 1;
                """)
        }
        let store = try Store(path + "/store")
        #expect(try store.child(0, of: 7).input == #"{"a":1}"#)
        #expect(try store.child(1, of: 7).input == "2")
        try store.addTags([("a", "b")], to: "arn")
        #expect(try store.database.rows("SELECT value FROM tags") { $0.text(0) } == ["b"])
        #expect(
            try store.database.rows("PRAGMA user_version") { $0.int(0) } == [Schema.version])
    }

    @Test func `creating again is idempotent for the same definition`() throws {
        let rig = try Rig()
        let arn = try rig.machine(Self.pass)
        #expect(try rig.machine(Self.pass) == arn)
        #expect(throws: ServiceError.self) { try rig.machine(Self.wait) }
        #expect(
            Self.code(rig, "UpdateStateMachine", ["stateMachineArn": .string(arn)])
                == "MissingRequiredParameter")
        let text = Self.wait.serialized()
        try rig.call(
            "UpdateStateMachine",
            ["stateMachineArn": .string(arn), "definition": .string(text)])
        let description = try rig.call("DescribeStateMachine", ["stateMachineArn": .string(arn)])
        #expect(description["definition"]?.string == text)
        try rig.call("DeleteStateMachine", ["stateMachineArn": .string(arn)])
        #expect(try rig.call("ListStateMachines", [:])["stateMachines"] == [])
    }

    @Test func `a used or foreign token is told from one that is none`() throws {
        let (rig, tokens) = try MainJobTests.rig()
        _ = try rig.start(try rig.machine(try MainJobTests.definition()))
        let token = try #require(tokens.soon { $0["Orders"]?.first })
        let request: JSON = ["taskToken": .string(token), "output": "{}"]
        try rig.call("SendTaskHeartbeat", ["taskToken": .string(token)])
        try rig.call("SendTaskSuccess", request)
        #expect(Self.code(rig, "SendTaskSuccess", request) == "TaskTimedOut")
        let foreign = TaskToken(execution: 77, nonce: randomUUID()).text
        #expect(
            Self.code(rig, "SendTaskFailure", ["taskToken": .string(foreign)]) == "TaskTimedOut")
    }

    @Test func `what runs or has succeeded cannot be redriven`() throws {
        let rig = try Rig()
        let running = try rig.start(try rig.machine(Self.wait))
        let request: JSON = ["executionArn": .string(running)]
        #expect(Self.code(rig, "RedriveExecution", request) == "ExecutionNotRedrivable")
        try rig.call("StopExecution", request)
        #expect(try rig.call("DescribeExecution", request)["redriveStatus"] == "REDRIVABLE")
        try rig.call("RedriveExecution", request)
        #expect(try rig.call("DescribeExecution", request)["status"] == "RUNNING")
    }

    @Test func `lists and histories come in pages`() throws {
        let rig = try Rig()
        let machine = try rig.machine(Self.pass)
        var arns: [String] = []
        for index in 0..<5 {
            arns.append(try rig.start(machine, name: "e\(index)"))
        }
        for arn in arns { _ = try rig.end(of: arn) }
        var listed: [String] = []
        var token: JSON = .null
        repeat {
            let page = try rig.call(
                "ListExecutions",
                [
                    "stateMachineArn": .string(machine), "maxResults": 2, "nextToken": token,
                    "statusFilter": "SUCCEEDED",
                ])
            listed += page["executions"]?.array?.compactMap { $0["executionArn"]?.string } ?? []
            token = page["nextToken"] ?? .null
        } while !token.isNull
        #expect(listed == arns.reversed())
        let last = try rig.call(
            "GetExecutionHistory",
            ["executionArn": .string(arns[0]), "reverseOrder": true, "maxResults": 1])
        #expect(last["events"]?[0]?["type"] == "ExecutionSucceeded")
        #expect(last["nextToken"] != nil)
    }

    @Test func `status changes are told with what they carry`() throws {
        let events = Monitor<[JSON]>([])
        let directory = "/tmp/engine-tests." + randomHexadecimal(bytes: 8)
        try FileSystem.makeDirectory(directory)
        defer { try? FileSystem.removeTree(directory) }
        var configuration = EngineConfiguration(
            storePath: directory + "/store.db", invoker: FakeInvoker(), objects: FakeObjects())
        configuration.onStatusChange = { event in events.withLock { $0.append(event) } }
        let engine = try Engine(configuration)
        defer { engine.shutdown() }
        let fail = #"{"StartAt":"F","States":{"F":{"Type":"Fail","Error":"E","Cause":"C"}}}"#
        let machine = try engine.call(
            "CreateStateMachine", ["name": "m", "definition": .string(fail), "roleArn": "r"])
        _ = try engine.call(
            "StartExecution", ["stateMachineArn": machine["stateMachineArn"] ?? .null])
        let all = events.soon { $0.count == 2 ? $0 : nil } ?? []
        #expect(all.map { $0["detail"]?["status"] } == ["RUNNING", "FAILED"])
        #expect(all[1]["detail"]?["error"] == "E")
        #expect(all[1]["detail"]?["cause"] == "C")
        #expect(all[1]["source"] == "aws.states")
    }
}
