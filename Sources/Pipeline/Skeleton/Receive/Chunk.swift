import CSV
import JSON
import LambdaRuntime
import Stores

/// One chunk of a file: an item of the manifest that `validate` writes and `parse-chunk` is given, with
/// the plan of its file.
public struct Chunk: Sendable {
    /// 0-based.
    let index: Int
    let range: Range<Int>
    /// What the fold found out; nil to guess.
    let startsInsideQuotes: Bool?
    let plan: FilePlan
    let run: Run

    var partName: String { "parts/\(plan.input)/\(RunStorage.number(index)).part" }
    var reportName: String { Self.reportName(plan.input, index) }
    static func reportName(_ input: String, _ index: Int) -> String {
        "reports/\(input)/\(RunStorage.number(index)).json"
    }
    /// Rejects are stored in pieces, 0-based.
    static func rejectsName(_ input: String, _ index: Int, piece: Int) -> String {
        "rejects/\(input)/\(RunStorage.number(index))-\(RunStorage.number(piece)).jsonl"
    }

    /// What will be read of the file: the range, the byte before it, and the end of the record that
    /// crosses its end, which is usually short.
    var bytesToRead: Range<Int> {
        max(0, range.lowerBound - 1)..<min(range.upperBound + (64 << 10), plan.read.sizeBytes)
    }

    /// The item of a manifest. A distributed Map hands it out as it is.
    static func item(
        _ run: Run, _ input: String, _ index: Int, _ range: Range<Int>,
        startsInsideQuotes: Bool? = nil
    ) -> JSON {
        var object = run.members
        object["prefix"] = .string(run.storage.prefix)
        object["kind"] = .string(input)
        object["index"] = JSON(index)
        object["from"] = JSON(range.lowerBound)
        object["to"] = JSON(range.upperBound)
        object["startsInsideQuotes"] = startsInsideQuotes.map { JSON($0) }
        return .object(object)
    }
}

extension Chunk {
    /// - Throws: ``StepError`` `Sluice.UnknownFormat` or `Sluice.BadEvent`; what the store throws.
    init(_ input: StepInput, _ environment: StepEnvironment) throws {
        try StoredFormat.check(input, "a chunk")
        run = try Run(input, environment)
        let name = try run.job.input(input.text("kind")).name
        plan = try FilePlan(StepInput(json: run.storage.get(FilePlan.name(name))))
        index = try input.integer("index")
        let from = try input.integer("from")
        let to = try input.integer("to")
        guard plan.bodyStart <= from, from <= to, to <= plan.read.sizeBytes else {
            throw StepError(errorName: ErrorName.badEvent, cause: "a chunk outside its file")
        }
        range = from..<to
        startsInsideQuotes = input.json["startsInsideQuotes"]?.bool
    }
}

/// What a job makes of a chunk.
public struct ParsedChunk: ~Copyable {
    enum Product: ~Copyable {
        /// Rows by slices of their keys; one without rows is not stored.
        case part(PartBuilder)
        /// Bytes as they are; none are not stored.
        case bytes([UInt8])
        case nothing
    }

    var product: Product
    let report: ChunkReport
    /// What else the job counts, for ``SealedFile/Part/counts``.
    let counts: JSONObject

    init(_ product: consuming Product, _ report: ChunkReport, counts: JSONObject = [:]) {
        self.product = product
        self.report = report
        self.counts = counts
    }
}

/// What `parse-chunk` reports of one chunk, and `seal` folds.
struct ChunkOutcome: Sendable {
    var report: ChunkReport
    var rejects: Int
    /// Lines of these.
    var rejectedLines: Int
    /// Objects that hold them.
    var rejectPieces: Int
    /// 0 when nothing was stored.
    var partBytes: Int
    var counts: JSONObject

    var json: JSON {
        var object: JSONObject = [
            "format": JSON(StoredFormat.number),
            "startedInsideQuotes": JSON(report.startedInsideQuotes),
            "hasOddQuotes": JSON(report.hasOddQuotes), "lineBreaks": JSON(report.lineBreaks),
            "records": JSON(report.records), "rejects": JSON(rejects),
            "rejectedLines": JSON(rejectedLines), "rejectPieces": JSON(rejectPieces),
            "partBytes": JSON(partBytes), "counts": .object(counts),
        ]
        object["firstRecordOffset"] = report.firstRecordOffset.map { JSON($0) }
        object["endOffset"] = report.endOffset.map { JSON($0) }
        return .object(object)
    }
}

extension ChunkOutcome {
    init(_ input: StepInput) throws(StepError) {
        try StoredFormat.check(input, "the report of a chunk")
        report = ChunkReport(
            startedInsideQuotes: input.json["startedInsideQuotes"]?.bool ?? false,
            hasOddQuotes: input.json["hasOddQuotes"]?.bool ?? false,
            lineBreaks: try input.integer("lineBreaks"),
            firstRecordOffset: input.json["firstRecordOffset"]?.int,
            endOffset: input.json["endOffset"]?.int, records: try input.integer("records"))
        rejects = try input.integer("rejects")
        rejectedLines = try input.integer("rejectedLines")
        rejectPieces = try input.integer("rejectPieces")
        partBytes = try input.integer("partBytes")
        counts = try input.object("counts").json.object ?? [:]
    }
}
