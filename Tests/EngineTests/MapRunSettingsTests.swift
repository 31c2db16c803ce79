import JSON
import System
import Testing

@testable import Engine

/// What a distributed Map's fields say of batches, tolerance, concurrency and names.
@Suite struct MapRunSettingsTests {
    @Test func `batches are bounded by bytes too, and counted by their items`() throws {
        let (rig, _) = try MapRunTests.rig()
        let items = JSON.array((0..<10).map { _ in .string(String(repeating: "x", count: 20)) })
        let end = try rig.run(
            try MapRunTests.definition(
                #", "ItemBatcher": {"MaxInputBytesPerBatchPath": "$.b", "MaxItemsPerBatchPath": "$.n"}"#
                    + #", "ItemsPath": "$.i""#), ["b": 80, "n": 4, "i": items])
        let inputs = end["output"]?.parsed?.array ?? []
        #expect(inputs.map { $0["Items"]?.array?.count } == [3, 3, 3, 1])
        #expect(inputs.allSatisfy { $0.serialized().utf8.count <= 80 })
        let run = try MapRunTests.mapRun(rig, end["executionArn"]?.string ?? "")
        #expect(run["itemCounts"]?["succeeded"] == 10)
        #expect(run["itemCounts"]?["total"] == 10)
        #expect(run["executionCounts"]?["succeeded"] == 4)
        #expect(run["executionCounts"]?["total"] == 4)
    }

    @Test(arguments: [
        (#""ToleratedFailureCount": 3"#, "FAILED"), (#""ToleratedFailureCount": 4"#, "SUCCEEDED"),
        (#""ToleratedFailurePercentage": 39"#, "FAILED"),
        (#""ToleratedFailurePercentagePath": "$.p""#, "SUCCEEDED"),
        (#""ToleratedFailureCountPath": "$.c""#, "SUCCEEDED"),
    ])
    func `a failed batch is as many failures as it has items`(
        _ tolerance: String, _ status: String
    ) throws {
        let rig = try Rig()
        rig.invoker.on("before") { .success($0.payload) }
        rig.invoker.on("f") { invocation in
            invocation.payload["Items"]?[0] == 4 ? .error("Bad") : .success(nil)
        }
        let end = try rig.run(
            try MapRunTests.definition(
                #", "ItemsPath": "$.i", "ItemBatcher": {"MaxItemsPerBatch": 4}, "#
                    + #""MaxConcurrency": 1, "# + tolerance),
            ["i": MapRunTests.items, "p": 40, "c": 4])
        #expect(end["status"]?.string == status)
        let run = try MapRunTests.mapRun(rig, end["executionArn"]?.string ?? "")
        #expect(run["itemCounts"]?["failed"] == 4)
        #expect(run["executionCounts"]?["failed"] == 1)
        #expect(run["itemCounts"]?["pending"]?.int == (status == "FAILED" ? 2 : 0))
    }

    @Test func `no more children run at once than MaxConcurrencyPath says`() throws {
        let (rig, _) = try MapRunTests.rig()
        let running = Monitor((now: 0, most: 0))
        rig.invoker.on("before") { invocation in
            running.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            return .success(invocation.payload)
        }
        rig.invoker.on("f") { _ in
            running.withLock { $0.now -= 1 }
            return .success(nil)
        }
        let end = try rig.run(
            try MapRunTests.definition(
                #", "MaxConcurrencyPath": "$.m", "ItemsPath": "$.i", "Label": "L""#),
            ["m": 3, "i": MapRunTests.items])
        #expect(end["status"] == "SUCCEEDED")
        #expect((1...3).contains(running.withLock { $0.most }))
        let arn = end["executionArn"]?.string ?? ""
        let run = try MapRunTests.mapRun(rig, arn)["mapRunArn"]?.string ?? ""
        #expect(run.hasPrefix("arn:aws:states:us-east-1:000000000000:mapRun:machine/L:"))
        for child in try MapRunTests.children(rig, arn) {
            let name = child["name"]?.string ?? ""
            #expect(name.utf8.count == 36)
            #expect(
                child["executionArn"]?.string
                    == "arn:aws:states:us-east-1:000000000000:execution:machine/L:\(name)")
            #expect(
                child["stateMachineArn"]?.string
                    == "arn:aws:states:us-east-1:000000000000:stateMachine:machine/L")
        }
    }

    @Test func `children of an aborted Map Run count and list as aborted, none as running`() throws
    {
        let (rig, _) = try MapRunTests.rig()
        // More than are started in one batch, so that some are only asked for.
        rig.invoker.on("before") { _ in nil }
        rig.invoker.on("other") { _ in .error("Other.Broken") }
        let map = try MapRunTests.definition()["States"]?["M"] ?? .null
        let arn = try rig.start(
            try rig.machine([
                "StartAt": "P",
                "States": [
                    "P": [
                        "Type": "Parallel", "End": true,
                        "Branches": [
                            ["StartAt": "M", "States": ["M": map]],
                            [
                                "StartAt": "Other",
                                "States": [
                                    "Other": [
                                        "Type": "Task", "End": true,
                                        "Resource":
                                            "arn:aws:lambda:us-east-1:000000000000:function:other",
                                    ]
                                ],
                            ],
                        ],
                    ]
                ],
            ]), .array((0..<900).map { JSON($0) }))
        #expect(try rig.end(of: arn)["error"] == "Other.Broken")
        let run = try MapRunTests.mapRun(rig, arn)
        #expect(run["status"] == "ABORTED")
        let children = try MapRunTests.children(rig, arn)
        #expect(children.allSatisfy { $0["status"] == "ABORTED" })
        #expect(run["executionCounts"]?["running"] == 0)
        #expect(run["executionCounts"]?["aborted"]?.int == children.count)
        #expect(run["executionCounts"]?["pending"]?.int == 900 - children.count)
    }
}
