import JSON
import LambdaRuntime
import Stores
import Testing

@testable import Pipeline

/// What another version of Sluice has written is refused by name.
@Suite struct StoredFormatTests {
    static let text = "a,b\n1,2\n3,4\n"

    /// A run up to its stage, in chunks of one byte.
    static func driver(_ workplace: Workplace) throws -> (JobDriver, RunStorage) {
        let driver = JobDriver(
            environment: workplace.environment(chunkSizeBytes: 4, jobs: [LineCount.self]),
            job: LineCount.self, fileSet: "a")
        let file = try workplace.drop("toy/a.csv", Array(text.utf8))
        try driver.receive([LineCount.inputs[0]: file])
        return (driver, RunStorage(environment: driver.environment, prefix: "line-count/a-1/"))
    }

    static func edited(_ json: JSON, _ format: JSON?) -> JSON {
        guard var object = json.object else { return json }
        object["format"] = format
        return .object(object)
    }

    /// The steps that read what is stored, by what they read.
    static let readers: [(name: String, what: String, step: String)] = [
        ("plans/file.json", "the plan of a file", "parse"),
        ("plans/file.json", "the plan of a file", "seal"),
        ("plans/file.json", "the plan of a file", "summary"),
        ("reports/file/00001.json", "the report of a chunk", "seal"),
        ("sealed/file.json", "a sealed file", "summary"),
    ]

    static let formats: [JSON?] = [nil, 1, 3, "2", .null]

    @Test(arguments: readers.indices, formats)
    func `an object of another format is refused by what it is`(
        reader: Int, format: JSON?
    ) throws {
        let (name, what, step) = Self.readers[reader]
        let workplace = try Workplace()
        let (driver, storage) = try Self.driver(workplace)
        let chunk = try #require(try storage.get("manifests/file.json").array?.first)
        try storage.put(name, Self.edited(storage.get(name), format))
        let event: JSONObject = [
            "job": "line-count", "fileSet": "a", "run": 1, "secret": .string(driver.secret),
            "kind": "file", "action": step == "seal" ? "file" : "fileSet", "startTime": "",
        ]
        let error = #expect(throws: StepError.self) {
            step == "parse"
                ? try StepFunction.parseChunk.handle(chunk, driver.environment)
                : try StepFunction.seal.handle(.object(event), driver.environment)
        }
        #expect(error?.errorName == "Sluice.UnknownFormat")
        #expect(error?.cause.hasPrefix("\(what) has the format ") == true)
    }

    @Test(arguments: formats)
    func `a task and a chunk of another format are refused`(format: JSON?) throws {
        let workplace = try Workplace()
        let (driver, storage) = try Self.driver(workplace)
        let chunk = try #require(try storage.get("manifests/file.json").array?.first)
        let task = try #require(try driver.sealFileSet().first?.first)
        for (function, item) in [(StepFunction.parseChunk, chunk), (.aggregate, task)] {
            _ = try function.handle(item, driver.environment)
            let error = #expect(throws: StepError.self) {
                try function.handle(Self.edited(item, format), driver.environment)
            }
            #expect(error?.errorName == "Sluice.UnknownFormat")
        }
    }

    @Test func `a job that is not there is refused with those that are`() throws {
        let workplace = try Workplace()
        let error = #expect(throws: StepError.self) {
            try StepFunction.seal.handle(
                [
                    "job": "nothing", "action": "summary", "fileSet": "a", "run": 1, "secret": "",
                ], workplace.environment(jobs: [LineCount.self, CustomerMessages.self]))
        }
        #expect(error?.errorName == "Sluice.UnknownJob")
        #expect(
            error?.cause == "there is no job nothing; the jobs are line-count, customer-messages")
    }
}
