import CSV
import Infrastructure
import JSON
import Pipeline
import Testing

/// A job that is declared and never run.
protocol ToyJob: Job {}

extension ToyJob {
    static var summary: String { "nothing" }
    static var inputs: [JobInput] { [JobInput("file", stateName: "File")] }
    static var stages: [Stage] {
        [Stage("emit", .emit, stateName: "EmitAll", doing: "", done: "", counted: "toys")]
    }
    static var outcome: OutcomeWords { OutcomeWords(headline: "", oddities: []) }

    static func columns(_ header: FileHeader, of run: Run) throws -> JSON { .null }
    static func parse(
        _ chunk: Chunk, _ reader: inout ChunkReader, _ intake: inout RecordIntake
    ) throws -> ParsedChunk { fatalError("a toy job is not run") }
    static func plan(_ files: [SealedFile], of run: Run) throws -> [[JSONObject]] { [] }
    static func work(_ task: StageTask) throws -> JSONObject { [:] }
    static func summarise(
        _ files: [SealedFile], _ reports: [[JSON]], of run: Run
    ) throws -> (summary: JSONObject, usage: StageUsage) { ([:], StageUsage()) }
}

/// One toy job for each kind of resource, and one without any, whose name the others' begin with.
enum Toys {
    static let all: [any Job.Type] = [
        Plain.self, Queued.self, Tabled.self, Loaded.self, Stored.self,
    ]
    static let infrastructure = Infrastructure(of: all)

    enum Plain: ToyJob {
        static let name = "toy"
        static let intake = Intake.folder("plain")
        static let resources: [JobResource] = []
    }

    enum Queued: ToyJob {
        static let name = "toy-queued"
        static let intake = Intake.names
        static let inputs = [
            JobInput("hats", prefixes: ["hats"], stateName: "Hats"),
            JobInput("coats", prefixes: ["coats"], stateName: "Coats"),
        ]
        static let stages = [
            Stage("join", .aggregate, stateName: "JoinAll", doing: "", done: ""),
            Stage("emit", .emit, stateName: "EmitAll", doing: "", done: "", counted: "toys"),
        ]
        static let resources = [
            JobResource(
                name, logicalName: "Letters", .queue, environment: "LETTERS_QUEUE",
                summary: "letters")
        ]
    }

    enum Tabled: ToyJob {
        static let name = "toy-tabled"
        static let intake = Intake.folder("tabled")
        static let keep = JobOption(
            "keep", .flag, environment: "KEEP_TOYS", parameter: "KeepToys", help: "keep toys")
        static let options = [keep]
        static let resources = [
            JobResource(
                "toys", logicalName: "Toys", .table(key: "toy"), environment: "TOYS_TABLE",
                when: keep, summary: "toys")
        ]
    }

    enum Loaded: ToyJob {
        static let name = "toy-loaded"
        static let intake = Intake.folder("loaded")
        static let options = [
            JobOption(
                "mode", .choice(["merge", "replace"]), environment: "LOAD_MODE",
                parameter: "LoadMode", default: "merge", help: "how a record changes an item")
        ]
        static let resources = [
            JobResource(
                "loaded", logicalName: "Loaded", .tables(first: "toy-loaded", key: "uuid"),
                environment: "LOADED_TABLES", summary: "what was loaded")
        ]
    }

    enum Stored: ToyJob {
        static let name = "toy-stored"
        static let intake = Intake.folder("stored")
        static let options = [
            JobOption(
                "limit", .text(example: "N"), environment: "TOY_LIMIT", parameter: "ToyLimit",
                default: "4.7", help: "the limit")
        ]
        static let resources = [
            JobResource(
                "results", logicalName: "Results", .bucket, environment: "RESULTS_BUCKET",
                summary: "results")
        ]
    }
}

/// The templates that every rule holds for.
enum Deployed: String, CaseIterable, CustomTestStringConvertible {
    case shipped, toys

    var jobs: [any Job.Type] { self == .shipped ? Jobs.all : Toys.all }
    var template: Template {
        self == .shipped ? Infrastructure.template : Toys.infrastructure.template
    }
    var graph: TemplateGraph { TemplateGraph(template.json) }
    var testDescription: String { rawValue }

    /// How many resources of a kind the jobs declare.
    func count(_ isKind: (JobResource.Kind) -> Bool) -> Int {
        jobs.flatMap { $0.resources }.count { isKind($0.kind) }
    }
}
