import JSON
import System
import Testing

@testable import Engine

/// The shape of the jobs: branches that wait for a file, parse it in a distributed Map, and join.
@Suite struct MainJobTests {
    /// One branch; KIND stands for the file's kind.
    static let branch = """
        {"StartAt": "AwaitKIND", "States": {
          "AwaitKIND": {"Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Parameters": {"FunctionName": "arrive",
              "Payload": {"kind": "KIND", "token.$": "$$.Task.Token"}},
            "ResultPath": "$.file", "Next": "ValidateKIND"},
          "ValidateKIND": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "validate", "Payload": {"kind": "KIND"}},
            "ResultSelector": {"manifest.$": "$.Payload.manifest"},
            "ResultPath": "$.valid", "Next": "ParseKIND"},
          "ParseKIND": {"Type": "Map",
            "ItemReader": {"Resource": "arn:aws:states:::s3:getObject",
              "ReaderConfig": {"InputType": "JSON"},
              "Parameters": {"Bucket": "work", "Key.$": "$.valid.manifest"}},
            "ItemSelector": {"chunk.$": "$$.Map.Item.Value", "kind": "KIND"},
            "ItemProcessor": {
              "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
              "StartAt": "ChunkKIND", "States": {"ChunkKIND": {"Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": {"FunctionName": "parse-chunk", "Payload.$": "$"},
                "ResultSelector": {"part.$": "$.Payload.part"}, "End": true}}},
            "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject",
              "Parameters": {"Bucket": "work", "Prefix": "parts/KIND"}},
            "MaxConcurrency": 10, "ResultPath": "$.parts", "Next": "SealKIND"},
          "SealKIND": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "seal", "Payload.$": "$"},
            "ResultSelector": {"value.$": "$.Payload"}, "ResultPath": "$.seal",
            "Next": "KINDSealed"},
          "KINDSealed": {"Type": "Choice", "Default": "DoneKIND", "Choices": [
            {"Variable": "$.seal.value.again", "BooleanEquals": true, "Next": "ParseKIND"}]},
          "DoneKIND": {"Type": "Pass", "End": true}}}
        """
    static let kinds = ["Customers", "Orders", "Items"]

    static func definition() throws -> JSON {
        let branches = kinds.map { kind in
            branch.split(separator: "KIND", omittingEmptySubsequences: false)
                .joined(separator: kind)
        }
        return try JSON(
            parsing: """
                {"StartAt": "ReceiveFileSet", "States": {
                  "ReceiveFileSet": {"Type": "Parallel", "Next": "SealFileSet",
                    "Branches": [\(branches.joined(separator: ","))]},
                  "SealFileSet": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
                    "Parameters": {"FunctionName": "seal-set", "Payload.$": "$"},
                    "ResultSelector": {"sealed.$": "$.Payload"}, "Next": "Emit"},
                  "Emit": {"Type": "Task", "End": true,
                    "Resource": "arn:aws:lambda:us-east-1:000000000000:function:emit"}}}
                """)
    }

    /// A rig with the functions; tokens given to `arrive` are collected by kind.
    static func rig(chunks: Int = 3) throws -> (Rig, Monitor<[String: [String]]>) {
        let rig = try Rig()
        let tokens = Monitor<[String: [String]]>([:])
        rig.invoker.on("arrive") { invocation in
            let kind = invocation.payload["kind"]?.string ?? ""
            let token = invocation.payload["token"]?.string ?? ""
            tokens.withLock { $0[kind, default: []].append(token) }
            return .success(nil)
        }
        rig.invoker.on("validate") { [objects = rig.objects] invocation in
            let kind = invocation.payload["kind"]?.string ?? ""
            let manifest = JSON.array((0..<chunks).map { ["offset": JSON($0)] }).serialized()
            try? objects.putObject(bucket: "work", key: "m/\(kind)", bytes: Array(manifest.utf8))
            return .success(["manifest": .string("m/" + kind)])
        }
        rig.invoker.on("parse-chunk") { invocation in
            .success(["part": invocation.payload["chunk"]?["offset"] ?? .null])
        }
        rig.invoker.on("seal") { _ in .success(["again": false]) }
        rig.invoker.on("seal-set") { _ in .success(["sets": 1]) }
        rig.invoker.on("emit") { _ in .success(["messages": 7]) }
        return (rig, tokens)
    }

    static func deliver(_ rig: Rig, _ tokens: Monitor<[String: [String]]>, count: Int = 1) throws {
        for kind in kinds {
            let token = tokens.soon { all -> String? in
                all[kind].flatMap { $0.count >= count ? $0.last : nil }
            }
            try rig.call(
                "SendTaskSuccess",
                ["taskToken": .string(token ?? ""), "output": "{\"key\":\"\(kind)\"}"])
        }
    }

    @Test func `three branches wait, parse their chunks and join`() throws {
        let (rig, tokens) = try Self.rig()
        let arn = try rig.start(try rig.machine(try Self.definition()))
        try Self.deliver(rig, tokens)
        let end = try rig.end(of: arn)
        #expect(end["status"] == "SUCCEEDED", "\(end)")
        #expect(end["output"]?.parsed == ["messages": 7])
        #expect(rig.invoker.invocations(of: "parse-chunk").count == 9)
        #expect(try rig.path(arn).suffix(2) == ["SealFileSet", "Emit"])

        let runs = try rig.call("ListMapRuns", ["executionArn": .string(arn)])["mapRuns"]?.array
        #expect(runs?.count == 3)
        let run = try rig.call("DescribeMapRun", ["mapRunArn": runs?[0]["mapRunArn"] ?? .null])
        #expect(run["status"] == "SUCCEEDED")
        #expect(run["itemCounts"]?["succeeded"] == 3)
        let seal = try #require(rig.invoker.invocations(of: "seal").first)
        let details = try #require(seal.payload["parts"]?["ResultWriterDetails"])
        let manifest = try rig.objects.json("work/" + (details["Key"]?.string ?? ""))
        let key = try #require(manifest["ResultFiles"]?["SUCCEEDED"]?[0]?["Key"]?.string)
        let results = try rig.objects.json("work/" + key)
        #expect(results.array?.compactMap { $0["Output"]?.parsed?["part"] } == [0, 1, 2])
    }

    @Test func `a redrive runs only what failed, with what had succeeded kept`() throws {
        let (rig, tokens) = try Self.rig()
        let isBroken = Monitor(true)
        rig.invoker.on("parse-chunk") { invocation in
            let chunk = invocation.payload["chunk"]?["offset"] ?? .null
            if invocation.payload["kind"] == "Orders", chunk == 1, isBroken.withLock({ $0 }) {
                return .functionError(["errorType": "Sluice.Bad", "errorMessage": "row 3"])
            }
            return .success(["part": chunk])
        }
        let arn = try rig.start(try rig.machine(try Self.definition()))
        try Self.deliver(rig, tokens)
        let failed = try rig.end(of: arn)
        #expect(failed["status"] == "FAILED")
        #expect(failed["error"] == "States.ExceedToleratedFailureThreshold")
        #expect(failed["redriveStatus"] == "REDRIVABLE")
        let before = rig.invoker.invocations(of: "parse-chunk").filter {
            $0.payload["kind"] == "Orders"
        }
        #expect(before.count <= 3)

        isBroken.withLock { $0 = false }
        let tokensBefore = tokens.withLock { $0 }
        try rig.call("RedriveExecution", ["executionArn": .string(arn)])
        // A branch that was aborted while it waited for its file waits again, with a new token.
        let waiting = Set(
            try rig.history(arn).reversed().prefix { $0["type"] != "ExecutionRedriven" }
                .compactMap { $0["taskScheduledEventDetails"]?["parameters"]?.parsed?["Payload"] }
                .compactMap { $0["token"] == nil ? nil : $0["kind"]?.string })
        for kind in waiting {
            let known = tokensBefore[kind]?.count ?? 0
            let token = tokens.soon { all -> String? in
                all[kind].flatMap { $0.count > known ? $0.last : nil }
            }
            try rig.call("SendTaskSuccess", ["taskToken": .string(token ?? ""), "output": "{}"])
        }
        let end = try rig.end(of: arn, times: 2)
        #expect(end["status"] == "SUCCEEDED", "\(end)")
        #expect(end["redriveCount"] == 1)
        #expect(try rig.eventTypes(arn).contains("MapRunRedriven"))
        #expect(rig.invoker.invocations(of: "validate").count == 3)
        let repeated = rig.invoker.invocations(of: "parse-chunk").filter {
            $0.payload["kind"] == "Orders" && $0.payload["chunk"]?["offset"] == 1
        }
        #expect(repeated.count == 2)
    }
}
