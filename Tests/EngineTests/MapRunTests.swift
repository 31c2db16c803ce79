import JSON
import System
import Testing

@testable import Engine

@Suite struct MapRunTests {
    static func definition(_ fields: String = "", type: String = "STANDARD") throws -> JSON {
        try JSON(
            parsing: """
                {"StartAt": "M", "States": {"M": {"Type": "Map", "End": true \(fields),
                  "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "\(type)"},
                    "StartAt": "Before", "States": {
                      "Before": {"Type": "Task", "Next": "T",
                        "Resource": "arn:aws:lambda:us-east-1:000000000000:function:before"},
                      "T": {"Type": "Task", "End": true,
                        "Resource": "arn:aws:lambda:us-east-1:000000000000:function:f"}}}}}}
                """)
    }

    /// A rig whose function fails for the items in the monitor.
    static func rig() throws -> (Rig, Monitor<Set<Int>>) {
        let rig = try Rig()
        let bad = Monitor<Set<Int>>([])
        rig.invoker.on("before") { .success($0.payload) }
        rig.invoker.on("f") { invocation in
            let isBad = bad.withLock { $0.contains(invocation.payload.int ?? -1) }
            return isBad ? .error("Bad") : .success(invocation.payload)
        }
        return (rig, bad)
    }

    static func mapRun(_ rig: Rig, _ arn: String) throws -> JSON {
        let runs = try rig.call("ListMapRuns", ["executionArn": .string(arn)])["mapRuns"]
        return try rig.call("DescribeMapRun", ["mapRunArn": runs?[0]?["mapRunArn"] ?? .null])
    }

    static func children(_ rig: Rig, _ arn: String) throws -> [JSON] {
        let run = try mapRun(rig, arn)["mapRunArn"] ?? .null
        return try rig.call("ListExecutions", ["mapRunArn": run, "maxResults": 1000])[
            "executions"]?.array ?? []
    }

    static let items: JSON = .array((0..<10).map { JSON($0) })

    @Test func `outputs come in the items' order`() throws {
        let (rig, _) = try Self.rig()
        let end = try rig.run(try Self.definition(), Self.items)
        #expect(end["output"]?.parsed == Self.items)
        let child = try #require(
            Self.children(rig, end["executionArn"]?.string ?? "").first?["executionArn"]?.string)
        #expect(child.hasPrefix("arn:aws:states:us-east-1:000000000000:execution:machine/"))
        #expect(try rig.path(child) == ["Before", "T"])
    }

    @Test func `limits are changed while it runs`() throws {
        let rig = try Rig()
        let machine = try JSON(
            parsing: """
                {"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "MaxConcurrency": 1,
                  "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 9, "End": true}}}}}}
                """)
        let arn = try rig.start(try rig.machine(machine), Self.items)
        let run = try Self.mapRun(rig, arn)
        #expect(run["itemCounts"]?["running"] == 1)
        try rig.call(
            "UpdateMapRun",
            [
                "mapRunArn": run["mapRunArn"] ?? .null, "maxConcurrency": 4,
                "toleratedFailureCount": 2, "toleratedFailurePercentage": 12,
            ])
        let changed = try Self.mapRun(rig, arn)
        #expect(changed["itemCounts"]?["running"] == 4)
        #expect(changed["maxConcurrency"] == 4)
        #expect(changed["toleratedFailureCount"] == 2)
        #expect(changed["toleratedFailurePercentage"]?.double == 12)
        for wrong: JSON in [["maxConcurrency": -1], ["toleratedFailurePercentage": 101], [:]] {
            var request = wrong.object ?? [:]
            request["mapRunArn"] = run["mapRunArn"]
            #expect(
                OperationTests.code(rig, "UpdateMapRun", .object(request)) == "ValidationException")
        }
        #expect(
            OperationTests.code(rig, "UpdateMapRun", ["mapRunArn": "x", "maxConcurrency": 1])
                == "InvalidArn")
        try rig.call("StopExecution", ["executionArn": .string(arn)])
    }

    @Test func `one failure is too many unless tolerated`() throws {
        let (rig, bad) = try Self.rig()
        bad.withLock { $0 = [9] }
        let end = try rig.run(try Self.definition(#", "MaxConcurrency": 1"#), Self.items)
        let arn = end["executionArn"]?.string ?? ""
        #expect(end["error"] == "States.ExceedToleratedFailureThreshold")
        #expect(end["cause"] == "The specified tolerated failure threshold was exceeded")
        #expect(
            try rig.eventTypes(arn).suffix(3) == [
                "MapRunFailed", "MapStateFailed", "ExecutionFailed",
            ])
        let run = try Self.mapRun(rig, arn)
        #expect(run["status"] == "FAILED")
        #expect(run["itemCounts"]?["succeeded"] == 9)
        #expect(run["itemCounts"]?["failed"] == 1)
    }

    @Test(arguments: [
        (#", "ToleratedFailureCount": 2"#, "SUCCEEDED"),
        (#", "ToleratedFailureCount": 1"#, "FAILED"),
        (#", "ToleratedFailurePercentage": 20"#, "SUCCEEDED"),
        (#", "ToleratedFailurePercentage": 19.9"#, "FAILED"),
        (#", "ToleratedFailureCount": 5, "ToleratedFailurePercentage": 10"#, "FAILED"),
    ])
    func `two of ten may fail when the tolerance allows`(
        _ fields: String, _ status: String
    ) throws {
        let (rig, bad) = try Self.rig()
        bad.withLock { $0 = [2, 5] }
        let end = try rig.run(try Self.definition(fields), Self.items)
        #expect(end["status"]?.string == status)
        if status == "SUCCEEDED" {
            let output = end["output"]?.parsed?.array ?? []
            #expect(output.count { $0["Status"] == "FAILED" && $0["Error"] == "Bad" } == 2)
            #expect(output.count { $0.int != nil } == 8)
        }
    }

    @Test(arguments: ["STANDARD", "EXPRESS"])
    func `a redrive runs the failed children and those never started`(_ type: String) throws {
        let (rig, bad) = try Self.rig()
        bad.withLock { $0 = [3] }
        let arn = try rig.start(
            try rig.machine(try Self.definition(#", "MaxConcurrency": 1"#, type: type)), Self.items)
        #expect(try rig.end(of: arn)["status"] == "FAILED")
        let before = rig.invoker.log.withLock { $0.count }
        bad.withLock { $0 = [] }
        try rig.call("RedriveExecution", ["executionArn": .string(arn)])
        let end = try rig.end(of: arn, times: 2)
        #expect(end["output"]?.parsed == Self.items)
        let asked = rig.invoker.log.withLock { $0[before...].map { $0 } }
        #expect(asked.filter { $0.functionName == "f" }.map(\.payload) == [3, 4, 5, 6, 7, 8, 9])
        // A Standard child goes on where it failed, an Express one starts over.
        let again = asked.filter { $0.functionName == "before" && $0.payload == 3 }.count
        #expect(again == (type == "EXPRESS" ? 1 : 0))
        let run = try Self.mapRun(rig, arn)
        #expect(run["redriveCount"] == 1)
        #expect(run["itemCounts"]?["succeeded"] == 10)
        #expect(run["itemCounts"]?["failed"] == 0)
    }

    @Test func `a redrive cut off by a kill goes on with what is left`() throws {
        let (rig, bad) = try Self.rig()
        bad.withLock { $0 = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }
        let retry = try Self.definition(
            #", "MaxConcurrency": 2, "ToleratedFailureCount": 9"#)
        let arn = try rig.start(try rig.machine(retry), Self.items)
        #expect(try rig.end(of: arn)["status"] == "FAILED")
        bad.withLock { $0 = [] }
        let isBlocked = Monitor(true)
        let asked = Monitor(0)
        rig.invoker.on("f") { invocation in
            asked.withLock { $0 += 1 }
            return isBlocked.withLock { $0 } ? nil : .success(invocation.payload)
        }
        try rig.call("RedriveExecution", ["executionArn": .string(arn)])
        _ = asked.soon { $0 >= 2 ? true : nil }
        try rig.reopen(resuming: false)
        isBlocked.withLock { $0 = false }
        rig.engine.resume()
        // The two in flight were lost without a Retry: two of nine tolerated failures.
        let end = try rig.end(of: arn, times: 2)
        let output = end["output"]?.parsed?.array ?? []
        #expect(output.compactMap(\.int) == [2, 3, 4, 5, 6, 7, 8, 9])
        #expect(output.prefix(2).allSatisfy { $0["Error"] == "Lambda.ServiceException" })
    }

    @Test func `stopping the parent stops the children`() throws {
        let (rig, _) = try Self.rig()
        let asked = Monitor(0)
        rig.invoker.on("before") { _ in
            asked.withLock { $0 += 1 }
            return nil
        }
        let arn = try rig.start(
            try rig.machine(try Self.definition(#", "MaxConcurrency": 3"#)), Self.items)
        _ = asked.soon { $0 == 3 ? true : nil }
        try rig.call("StopExecution", ["executionArn": .string(arn), "error": "Enough"])
        let end = try rig.end(of: arn)
        #expect(end["status"] == "ABORTED")
        #expect(end["error"] == "Enough")
        #expect(try Self.mapRun(rig, arn)["status"] == "ABORTED")
        let statuses = try Self.children(rig, arn).map { $0["status"]?.string }
        #expect(statuses == ["ABORTED", "ABORTED", "ABORTED"])
        #expect(rig.invoker.cancelled.withLock { $0.count } == 3)
    }

    @Test func `a Map Run aborted by another branch's failure is taken up by the redrive`() throws {
        let (rig, _) = try Self.rig()
        let isBroken = Monitor(true)
        let running = Monitor(0)
        rig.invoker.on("f") { invocation in
            running.withLock { $0 += 1 }
            return isBroken.withLock { $0 } && invocation.payload.int ?? 0 >= 4
                ? nil : .success(invocation.payload)
        }
        rig.invoker.on("gate") { _ in .success(nil) }
        rig.invoker.on("other") { _ in
            isBroken.withLock { $0 } ? .error("Other.Broken") : .success(nil)
        }
        let map = try Self.definition(#", "MaxConcurrency": 2"#)["States"]?["M"] ?? .null
        let arn = try rig.start(
            try rig.machine([
                "StartAt": "P",
                "States": [
                    "P": [
                        "Type": "Parallel", "End": true,
                        "Branches": [
                            ["StartAt": "M", "States": ["M": map]],
                            [
                                "StartAt": "Gate",
                                "States": [
                                    "Gate": [
                                        "Type": "Task", "Next": "Other",
                                        "Resource":
                                            "arn:aws:states:::lambda:invoke.waitForTaskToken",
                                        "Parameters": [
                                            "FunctionName": "gate",
                                            "Payload": ["t.$": "$$.Task.Token"],
                                        ],
                                    ],
                                    "Other": [
                                        "Type": "Task", "End": true,
                                        "Resource":
                                            "arn:aws:lambda:us-east-1:000000000000:function:other",
                                    ],
                                ],
                            ],
                        ],
                    ]
                ],
            ]), Self.items)
        // Six calls: four answered, two that hang in the children of items 4 and 5.
        _ = running.soon { $0 == 6 ? true : nil }
        let gate = rig.invoker.log.soon { log -> String? in
            log.first { $0.functionName == "gate" }?.payload["t"]?.string
        }
        try rig.call("SendTaskSuccess", ["taskToken": .string(gate ?? ""), "output": "1"])
        let failed = try rig.end(of: arn)
        #expect(failed["error"] == "Other.Broken")
        #expect(try rig.eventTypes(arn).contains("MapRunAborted"))
        let aborted = try Self.mapRun(rig, arn)
        #expect(aborted["status"] == "ABORTED")
        #expect(aborted["itemCounts"]?["succeeded"] == 4)

        isBroken.withLock { $0 = false }
        let before = rig.invoker.log.withLock { $0.count }
        try rig.call("RedriveExecution", ["executionArn": .string(arn)])
        let end = try rig.end(of: arn, times: 2)
        #expect(end["output"]?.parsed == [Self.items, nil])
        let asked = rig.invoker.log.withLock { $0[before...].map { $0 } }
        #expect(
            asked.filter { $0.functionName == "f" }.compactMap(\.payload.int).sorted()
                == [4, 5, 6, 7, 8, 9])
        #expect(!asked.contains { $0.functionName == "gate" })
    }

    @Test func `an empty list of items succeeds at once`() throws {
        let (rig, _) = try Self.rig()
        #expect(try rig.run(try Self.definition(), [])["output"] == "[]")
    }

    @Test func `batches reach the children as Items`() throws {
        let (rig, _) = try Self.rig()
        let end = try rig.run(
            try Self.definition(
                #", "ItemBatcher": {"MaxItemsPerBatch": 4, "BatchInput": {"x": 1}}"#), Self.items)
        let outputs = end["output"]?.parsed?.array ?? []
        #expect(outputs.map { $0["Items"]?.array?.count } == [4, 4, 2])
        #expect(outputs.first?["BatchInput"] == ["x": 1])
    }

    @Test func `items that cannot be read fail the state by name`() throws {
        let (rig, _) = try Self.rig()
        let reader = """
            , "ItemReader": {"Resource": "arn:aws:states:::s3:getObject",
              "ReaderConfig": {"InputType": "JSON"}, "Parameters": {"Bucket": "b", "Key": "k"}}
            """
        let end = try rig.run(try Self.definition(reader))
        #expect(end["error"] == "States.ItemReaderFailed")
    }
}
