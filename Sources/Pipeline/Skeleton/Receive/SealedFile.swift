import JSON
import LambdaRuntime

/// What is known of a file once all its chunks fit.
public struct SealedFile: Sendable {
    /// What was stored of one chunk.
    public struct Part: Sendable {
        var name: String
        /// 0 when nothing was stored.
        var sizeBytes: Int
        /// What the job counted in the chunk.
        var counts: JSONObject
    }

    var plan: FilePlan
    var records: Int
    var rejects: Int
    /// Line feeds of the whole file.
    var lineBreaks: Int
    /// One for each chunk, in order.
    var chunks: [Part]
    /// Chunks that were read a second time.
    var reparsedChunks: Int
    /// What reading the chunks took, those that were read again counted once; see ``Usage``.
    var megabyteMilliseconds: Int

    var input: String { plan.input }
    /// What was stored, in the order of the chunks.
    var parts: [Part] { chunks.filter { $0.sizeBytes > 0 } }
    var partBytes: Int { chunks.reduce(0) { $0 + $1.sizeBytes } }

    /// The sum of what the job counted under that name.
    func count(_ name: String) -> Int { chunks.reduce(0) { $0 + ($1.counts[name]?.int ?? 0) } }

    static func name(_ input: String) -> String { "sealed/\(input).json" }

    static func load(_ input: JobInput, of run: Run) throws -> SealedFile {
        let plan = try FilePlan(StepInput(json: run.storage.get(FilePlan.name(input.name))))
        return try SealedFile(StepInput(json: run.storage.get(name(input.name))), plan)
    }

    /// Without the plan, which stands by itself.
    var json: JSON {
        [
            "format": JSON(StoredFormat.number), "records": JSON(records),
            "rejects": JSON(rejects), "lineBreaks": JSON(lineBreaks),
            "reparsedChunks": JSON(reparsedChunks),
            "megabyteMilliseconds": JSON(megabyteMilliseconds),
            "chunks": .array(
                chunks.map {
                    [
                        "name": .string($0.name), "size": JSON($0.sizeBytes),
                        "counts": .object($0.counts),
                    ]
                }),
        ]
    }
}

extension SealedFile {
    init(_ input: StepInput, _ plan: FilePlan) throws(StepError) {
        try StoredFormat.check(input, "a sealed file")
        self.plan = plan
        records = try input.integer("records")
        rejects = try input.integer("rejects")
        lineBreaks = try input.integer("lineBreaks")
        reparsedChunks = try input.integer("reparsedChunks")
        megabyteMilliseconds = try input.integer("megabyteMilliseconds")
        var chunks: [Part] = []
        for part in try input.array("chunks") {
            let part = StepInput(json: part)
            chunks.append(
                Part(
                    name: try part.text("name"), sizeBytes: try part.integer("size"),
                    counts: try part.object("counts").json.object ?? [:]))
        }
        self.chunks = chunks
    }
}
