import CSV
import JSON
import LambdaRuntime
import Stores

/// Looks at all chunks of a file together: do they fit, and may the file pass?
///
/// In: `{job, action: "file", kind, fileSet, run, secret}`. When chunks were read under the wrong hypothesis:
/// writes a manifest of these, with the truth in it. Out: `{misread: n, manifest}`. Otherwise writes the
/// sealed file's totals and its rejects. Out: `{misread: 0, manifest, records, rejects}`.
struct SealFile {
    let environment: StepEnvironment

    func handle(_ input: StepInput) throws -> JSON {
        let run = try Run(input, environment)
        let part = try run.job.input(input.text("kind"))
        let name = part.name
        let plan = try FilePlan(StepInput(json: run.storage.get(FilePlan.name(name))))
        let reparseName = Self.reparseName(name)
        var megabyteMilliseconds = 0
        let outcomes = try (0..<plan.chunks).map { index in
            let report = try run.storage.get(Chunk.reportName(name, index))
            megabyteMilliseconds += report["megabyteMilliseconds"]?.int ?? 0
            return try ChunkOutcome(StepInput(json: report))
        }
        let reports = outcomes.map(\.report)
        let fold = ChunkFold(reports)
        if !fold.misread.isEmpty {
            try run.storage.put(reparseName, try again(fold, run, name))
            environment.log(
                "chunks to be read again",
                ["file": .string(plan.dropped.key), "chunks": JSON(fold.misread.count)])
            return [
                "misread": JSON(fold.misread.count),
                "manifest": run.storage.location(reparseName),
            ]
        }
        if let index = ChunkFold.firstGap(reports) {
            throw StepError(
                errorName: ErrorName.chunkMismatch,
                cause: "\(plan.fileName): chunk \(index) does not begin where those before it "
                    + "end; the file must have changed while it was read")
        }
        let records = outcomes.reduce(0) { $0 + $1.report.records }
        if records == 0, !part.mayBeEmpty { throw StepError.noRecords(plan.fileName) }
        let rejects = outcomes.reduce(0) { $0 + $1.rejects }
        if rejects > 0 { try collectRejects(plan, outcomes, fold, run) }
        let reparsed = try run.storage.getIfThere(reparseName)?.array?.count ?? 0
        let sealed = SealedFile(
            plan: plan, records: records, rejects: rejects,
            lineBreaks: plan.headerLineBreaks
                + outcomes.reduce(0) { $0 + $1.report.lineBreaks },
            chunks: outcomes.enumerated().map { index, outcome in
                SealedFile.Part(
                    name: "parts/\(name)/\(RunStorage.number(index)).part",
                    sizeBytes: outcome.partBytes, counts: outcome.counts)
            }, reparsedChunks: reparsed, megabyteMilliseconds: megabyteMilliseconds)
        try run.storage.put(SealedFile.name(name), sealed.json)
        return [
            "misread": 0, "manifest": run.storage.location(reparseName),
            "records": JSON(records), "rejects": JSON(rejects),
        ]
    }

    static func reparseName(_ input: String) -> String { "manifests/\(input)-reparse.json" }

    /// The work orders of the misread chunks, with what is now known.
    private func again(_ fold: ChunkFold, _ run: Run, _ input: String) throws -> JSON {
        let items = try run.storage.get(Validate.manifestName(input)).array ?? []
        return .array(
            try fold.misread.map { index in
                guard items.indices.contains(index), case .object(var item) = items[index] else {
                    throw StepError(
                        errorName: ErrorName.badEvent, cause: "the manifest lacks chunk \(index)")
                }
                item["startsInsideQuotes"] = JSON(fold.startsInsideQuotes[index])
                return .object(item)
            })
    }

    /// Bytes of a file's list of rejects, roughly: a large file may consist of nothing else. What is
    /// past them stands in the lists of the chunks, `rejects/KIND/NNNNN-PPPPP.jsonl`, with numbers of
    /// the chunk.
    static let rejectListBytes = 64 << 20

    /// Writes `rejects/KIND.jsonl` with numbers of the whole file.
    /// - Throws: ``StepError`` named as the first reject when there are more lines than allowed.
    private func collectRejects(
        _ plan: FilePlan, _ outcomes: [ChunkOutcome], _ fold: ChunkFold, _ run: Run
    ) throws {
        var all: [UInt8] = []
        var shown: [JSON] = []
        var recordsBefore = 0
        var listed = 0
        for (index, outcome) in outcomes.enumerated() {
            defer { recordsBefore += outcome.report.records }
            for piece in 0..<outcome.rejectPieces where all.count < Self.rejectListBytes {
                let lines = try environment.objects.getObject(
                    bucket: environment.workBucket,
                    key: run.storage.key(Chunk.rejectsName(plan.input, index, piece: piece)))
                for line in lines.split(separator: UInt8(ascii: "\n")) {
                    guard case .object(var reject) = try JSON(parsing: line) else { continue }
                    reject["record"] = JSON((reject["record"]?.int ?? 0) + recordsBefore + 1)
                    reject["line"] = JSON(
                        (reject["line"]?.int ?? 0) + fold.lineBreaksBefore[index]
                            + plan.headerLineBreaks + 1)
                    JSON.object(reject).write(to: &all)
                    all.append(UInt8(ascii: "\n"))
                    listed += 1
                    if shown.count < RejectList.shownCount { shown.append(.object(reject)) }
                }
            }
        }
        let name = "rejects/\(plan.input).jsonl"
        try run.storage.put(name, all)
        let lines = outcomes.reduce(0) { $0 + $1.rejectedLines }
        if lines > environment.allowedRejects {
            throw RejectList(
                file: plan.fileName, total: outcomes.reduce(0) { $0 + $1.rejects },
                totalLines: lines, allowed: environment.allowedRejects, shown: shown,
                listed: listed, list: run.storage.key(name)
            ).stepError
        }
    }
}
