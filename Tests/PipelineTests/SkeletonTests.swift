import CSV
import JSON
import LambdaRuntime
import MeantSets
import Stores
import Testing

@testable import Pipeline

/// ``LineCount`` over a set of two files, one of which may be empty.
enum PairCount: Job {
    static let name = "pair-count"
    static let summary = "two CSV files in, the number of their lines out"
    static let inputs = [
        JobInput("hats", prefixes: ["hats"], stateName: "Hats"),
        JobInput("coats", prefixes: ["coats", "coat"], stateName: "Coats", mayBeEmpty: true),
    ]
    static let intake = Intake.names
    static let resources: [JobResource] = []
    static let stages = LineCount.stages
    static let outcome = LineCount.outcome

    static func columns(_ header: FileHeader, of run: Run) throws -> JSON { .null }
    static func parse(
        _ chunk: Chunk, _ reader: inout ChunkReader, _ intake: inout RecordIntake
    ) throws -> ParsedChunk { try LineCount.parse(chunk, &reader, &intake) }
    static func plan(_ files: [SealedFile], of run: Run) throws -> [[JSONObject]] {
        try LineCount.plan(files, of: run)
    }
    static func work(_ task: StageTask) throws -> JSONObject { try LineCount.work(task) }
    static func summarise(
        _ files: [SealedFile], _ reports: [[JSON]], of run: Run
    ) throws -> (summary: JSONObject, usage: StageUsage) {
        try LineCount.summarise(files, reports, of: run)
    }
}

/// What the skeleton promises to every job, held with the smallest ones.
@Suite struct SkeletonTests {
    static let jobs: [any Job.Type] = [LineCount.self, PairCount.self]

    /// Counts the lines of a file.
    static func count(
        _ text: String, chunkSize: Int?, allowedRejects: Int = 0,
        configure: (inout JobDriver) -> Void = { _ in }
    ) throws -> (summary: JSON, rejects: [JSON]) {
        let workplace = try Workplace()
        let file = try workplace.drop("toy/a.csv", Array(text.utf8))
        var driver = JobDriver(
            environment: workplace.environment(
                chunkSizeBytes: chunkSize, allowedRejects: allowedRejects, jobs: jobs),
            job: LineCount.self, fileSet: "toy/a.csv")
        configure(&driver)
        let summary = try driver.execute([LineCount.inputs[0]: file])
        let name = ExecutionName(fileSet: "toy/a.csv", run: 1)
        let key = "line-count/\(name)/rejects/file.jsonl"
        guard try workplace.objects.headObject(bucket: "work", key: key) != nil else {
            return (summary, [])
        }
        let list = try workplace.objects.getObject(bucket: "work", key: key)
        return (summary, try list.split(separator: 0x0A).map { try JSON(parsing: $0) })
    }

    /// Six records with eleven lines, of which most are inside quotes, and two blank lines.
    static let quoted =
        "a,b\r\n1,\"x\n2,\"\"y\"\"\n3,z\"\n\n\"4\",5\r\n\"\n\",\"\r\n,\"\n6,7\n\"8\n9\",\"10\"\n\n11,12"

    @Test(arguments: Array(1...40) + [64, 100, 1000])
    func `the outcome is the same for every chunk size, order and repetition`(size: Int) throws {
        for (seed, isTwice) in [(nil, false), (UInt64(size), false), (UInt64(size + 1), true)] {
            let (summary, rejects) = try Self.count(Self.quoted, chunkSize: size) {
                $0.seed = seed
                $0.isTwice = isTwice
            }
            #expect(summary["lines"] == 11, "chunks of \(size), seed \(seed ?? 0)")
            #expect(summary["files"]?.array?.first?["records"] == 6)
            #expect(summary["job"] == "line-count" && summary["fileSet"] == "toy/a.csv")
            #expect(rejects.isEmpty)
        }
    }

    @Test func `chunks that were misread are read again`() throws {
        let workplace = try Workplace()
        // Seen from inside the quoted field, each line looks like a record of quoted fields.
        let text = "a,b\n\"" + String(repeating: "\n\"\",\"\"", count: 50) + "\",x\n"
        let file = try workplace.drop("toy/a.csv", Array(text.utf8))
        let driver = JobDriver(
            environment: workplace.environment(chunkSizeBytes: 7, jobs: Self.jobs),
            job: LineCount.self, fileSet: "a")
        #expect(try driver.execute([LineCount.inputs[0]: file])["lines"] == 51)
        let sealed = try RunStorage(environment: driver.environment, prefix: "line-count/a-1/")
            .get("sealed/file.json")
        #expect((sealed["reparsedChunks"]?.int ?? 0) > 10)
    }

    @Test(arguments: [nil, 1, 5, 13])
    func `as many lines as are allowed may be rejected, and not one more`(size: Int?) throws {
        // A record of three lines and one of one.
        let text = "a,b\n1,2\n\"3\n3\n3\"\n4,5\n6\n7,8\n"
        for allowed in 4...5 {
            let (summary, rejects) = try Self.count(text, chunkSize: size, allowedRejects: allowed)
            #expect(summary["lines"] == 3 && summary["rejects"] == 2)
            #expect(rejects.map { $0["lines"]?.int } == [3, 1])
            #expect(rejects.map { $0["record"]?.int } == [2, 4])
            #expect(rejects.map { $0["raw"]?.string } == ["\"3\n3\n3\"", "6"])
        }
        for allowed in 0...3 {
            let failure = #expect(throws: JobDriver.Failure.self) {
                try Self.count(text, chunkSize: size, allowedRejects: allowed)
            }
            #expect(failure?.state == "SealFile")
            #expect(failure?.error.errorName == "Sluice.WrongFieldCount")
            #expect(failure?.error.details?["total"] == 2 && failure?.error.details?["lines"] == 4)
        }
    }

    @Test func `a dropped file goes from its event to its summary`() throws {
        var rig = try ArriveRig()
        rig.environment.jobs = Self.jobs
        let file = try rig.workplace.drop("toy/a.csv", Array(Self.quoted.utf8))
        try rig.drop(S3Event.Record(object: file, sequencer: "01"))
        let input = rig.executions.input
        #expect(input["job"] == "line-count" && input["format"]?.int == StoredFormat.number)
        let driver = JobDriver(
            environment: rig.environment, job: LineCount.self,
            fileSet: input["fileSet"]?.string ?? "", run: input["run"]?.int ?? 0,
            secret: input["secret"]?.string ?? "")
        let taken = try ObjectReference(StepInput(json: input["file"] ?? .null))
        #expect(try driver.execute([LineCount.inputs[0]: taken])["lines"] == 11)
    }

    @Test func `a set of two files is counted together, an empty one of them only if it may be`()
        throws
    {
        let (hats, coats) = (PairCount.inputs[0], PairCount.inputs[1])
        for (hatsText, coatsText, lines) in [
            ("a\n1\n2\n", "b\n3\n", 3), ("a\n1\n2\n", "b\n", 2), ("a\n1\n", "b", 1),
            ("a\n", "b\n3\n", nil),
        ] as [(String, String, Int?)] {
            let workplace = try Workplace()
            let files = [
                hats: try workplace.drop("hats_1.csv", Array(hatsText.utf8)),
                coats: try workplace.drop("coats_1.csv", Array(coatsText.utf8)),
            ]
            let driver = JobDriver(
                environment: workplace.environment(chunkSizeBytes: 1, jobs: Self.jobs),
                job: PairCount.self)
            if let lines {
                #expect(try driver.execute(files)["lines"]?.int == lines)
            } else {
                let failure = #expect(throws: JobDriver.Failure.self) { try driver.execute(files) }
                #expect(failure?.state == "ValidateHats")
                #expect(failure?.error.errorName == "Sluice.NoRecords")
            }
        }
    }

    @Test func `the deadline of a set names what is missing by the job's own names`() throws {
        var rig = try ArriveRig()
        rig.environment.jobs = Self.jobs
        var file = ArriveRig.file(.orders)
        file.object.key = "coat_S.csv"
        try rig.drop(file)
        #expect(rig.executions.names == ["S-1"])
        func expire(_ kind: JSON) throws -> JSON {
            try rig.arrive.handle([
                "job": "pair-count", "action": "expire", "kind": kind, "fileSet": "S", "run": 1,
            ])
        }
        let error = #expect(throws: StepError.self) { try expire("hats") }
        #expect(error?.errorName == "Sluice.IncompleteFileSet")
        #expect(error?.cause == "S: missing after 60 s: hats_S.csv; there are coat_S.csv")
        #expect(try expire("coats")["key"] == "coat_S.csv")
    }
}
