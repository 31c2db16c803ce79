import JSON
import System
import Testing

@testable import Engine

@Suite struct ResultWriterTests {
    /// Ten items, of which item 3 fails; `f` gives back `[item, item]` for even ones.
    static func run(_ fields: String) throws -> (Rig, JSON) {
        let rig = try Rig()
        rig.invoker.on("before") { .success($0.payload) }
        rig.invoker.on("f") { invocation in
            let item = invocation.payload.int ?? 0
            if item == 3 { return .error("Bad") }
            return .success(item % 2 == 0 ? [JSON(item), JSON(item)] : JSON(item))
        }
        let end = try rig.run(
            try MapRunTests.definition(", \"ToleratedFailureCount\": 1" + fields),
            [0, 1, 2, 3])
        return (rig, end)
    }

    static func writer(_ config: String) -> String {
        """
        , "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject",
          "Parameters": {"Bucket": "out", "Prefix": "p"}, "WriterConfig": {\(config)}}
        """
    }

    /// The result files of one status, by the manifest.
    static func files(_ rig: Rig, _ end: JSON, _ status: String) throws -> [String] {
        let key = try #require(end["output"]?.parsed?["ResultWriterDetails"]?["Key"]?.string)
        let manifest = try rig.objects.json("out/" + key)
        #expect(manifest["DestinationBucket"] == "out")
        #expect(manifest["MapRunArn"] == end["output"]?.parsed?["MapRunArn"])
        return try (manifest["ResultFiles"]?[status]?.array ?? []).map { file in
            let key = try #require(file["Key"]?.string)
            #expect(key.contains("/\(status)_0.json"))
            let bytes = try rig.objects.getObject(bucket: "out", key: key)
            #expect(file["Size"]?.int == bytes.count)
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    @Test func `NONE writes all that is known of each child`() throws {
        let (rig, end) = try Self.run(Self.writer(""))
        let succeeded = try JSON(parsing: try Self.files(rig, end, "SUCCEEDED")[0])
        let failed = try JSON(parsing: try Self.files(rig, end, "FAILED")[0])
        #expect(try Self.files(rig, end, "PENDING") == [])
        #expect(succeeded.array?.map { $0["Input"] } == ["0", "1", "2"])
        #expect(succeeded[0]?["Output"] == "[0,0]")
        #expect(succeeded[0]?["RedriveStatus"] == "NOT_REDRIVABLE")
        #expect(
            succeeded[0]?["RedriveStatusReason"]
                == "Execution is SUCCEEDED and cannot be redriven")
        #expect(failed[0]?["Error"] == "Bad")
        #expect(failed[0]?["Status"] == "FAILED")
        #expect(failed[0]?["RedriveStatus"] == "REDRIVABLE_BY_MAP_RUN")
        let names = failed[0]?.object?.names ?? []
        #expect(
            Set(names) == [
                "Cause", "Error", "ExecutionArn", "Input", "InputDetails", "Name", "RedriveCount",
                "RedriveStatus", "StartDate", "StateMachineArn", "Status", "StopDate",
            ])
    }

    @Test(arguments: [
        (#""Transformation": "COMPACT""#, "[[0,0],1,[2,2]]"),
        (#""Transformation": "FLATTEN""#, "[0,0,1,2,2]"),
        (#""Transformation": "COMPACT", "OutputType": "JSONL""#, "[0,0]\n1\n[2,2]\n"),
        (#""Transformation": "FLATTEN", "OutputType": "JSONL""#, "0\n0\n1\n2\n2\n"),
    ])
    func `outputs are written compact, flat, or a line each`(
        _ config: String, _ expected: String
    ) throws {
        let (rig, end) = try Self.run(Self.writer(config))
        #expect(try Self.files(rig, end, "SUCCEEDED") == [expected])
        // One that failed stays whole.
        let failed = try JSON(parsing: try Self.files(rig, end, "FAILED")[0])
        #expect((failed[0] ?? failed)["Error"] == "Bad")
    }

    @Test(
        arguments: [
            ("", [[0, 0], 1, [2, 2]]),
            (
                #", "ResultWriter": {"WriterConfig": {"Transformation": "COMPACT"}}"#,
                [[0, 0], 1, [2, 2]]
            ),
            (
                #", "ResultWriter": {"WriterConfig": {"Transformation": "FLATTEN"}}"#,
                [0, 0, 1, 2, 2]
            ),
        ] as [(String, JSON)])
    func `without a bucket the results are the state's, of a tolerated failure all there is`(
        _ fields: String, _ expected: JSON
    ) throws {
        let (_, end) = try Self.run(fields)
        let output = try #require(end["output"]?.parsed?.array)
        #expect(JSON.array(Array(output.dropLast())) == expected)
        #expect(output.last?["Error"] == "Bad")
        #expect(output.last?["Status"] == "FAILED")
    }

    @Test func `NONE without a bucket gives what is known of each child`() throws {
        let (_, end) = try Self.run(
            #", "ResultWriter": {"WriterConfig": {"Transformation": "NONE"}}"#)
        let output = end["output"]?.parsed?.array ?? []
        #expect(output.map { $0["Status"] } == ["SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "FAILED"])
        #expect(output.first?["Output"] == "[0,0]")
    }

    @Test func `children that were never started are listed as pending`() throws {
        let rig = try Rig()
        rig.invoker.on("before") { _ in .error("Bad") }
        let arn = try rig.start(
            try rig.machine(
                try MapRunTests.definition(", \"MaxConcurrency\": 1" + Self.writer(""))), [0, 1, 2])
        #expect(try rig.end(of: arn)["error"] == "States.ExceedToleratedFailureThreshold")
        let pending = try #require(
            rig.objects.objects.withLock { objects in
                objects.first { $0.key.hasSuffix("/PENDING_0.json") }?.value
            })
        let entries = try JSON(parsing: pending).array ?? []
        #expect(entries.map { $0["Input"] } == ["1", "2"])
        #expect(entries.allSatisfy { $0["Status"] == "PENDING" })
    }

    @Test func `a bucket that cannot be written fails the state by name`() throws {
        let rig = try Rig()
        rig.objects.isReadOnly.withLock { $0 = true }
        rig.invoker.on("before") { .success($0.payload) }
        rig.invoker.on("f") { .success($0.payload) }
        let end = try rig.run(try MapRunTests.definition(Self.writer("")), [0])
        #expect(end["error"] == "States.ResultWriterFailed")
    }
}
