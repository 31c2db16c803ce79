import CSV
import JSON
import Stores

/// Looks at all chunks of a file together: do they fit, and may the file pass?
///
/// In: `{action: "file", kind, fileSet, run, secret}`. When chunks were read under the wrong hypothesis:
/// writes a manifest of these, with the truth in it. Out: `{misread: n, manifest}`. Otherwise writes the
/// sealed file's totals and its rejects. Out: `{misread: 0, manifest, records, rejects}`.
struct SealFile {
    let environment: StepEnvironment

    func handle(_ input: StepInput) throws -> JSON {
        let run = try Run(input, environment)
        guard let kind = FileKind(rawValue: try input.text("kind")) else {
            throw StepError(errorName: "Sluice.BadEvent", cause: "an unknown kind of file")
        }
        let reparseName = "manifests/\(kind.rawValue)-reparse.json"
        let items = try (run.storage.get("manifests/\(kind.rawValue).json").array ?? []).map {
            try ChunkItem(StepInput(json: $0))
        }
        guard let first = items.first else {
            throw StepError(errorName: "Sluice.BadEvent", cause: "the manifest has no chunks")
        }
        var megabyteMilliseconds = 0
        let outcomes = try items.map {
            let report = try run.storage.get($0.reportName)
            megabyteMilliseconds += report["megabyteMilliseconds"]?.int ?? 0
            return try ChunkOutcome(StepInput(json: report))
        }
        let reports = outcomes.map(\.report)
        let fold = ChunkFold(reports)
        if !fold.misread.isEmpty {
            let again = fold.misread.map { index -> JSON in
                var item = items[index]
                item.startsInsideQuotes = fold.startsInsideQuotes[index]
                return item.json
            }
            try run.storage.put(reparseName, .array(again))
            environment.log(
                "chunks to be read again",
                ["file": .string(first.file.key), "chunks": JSON(again.count)])
            return ["misread": JSON(again.count), "manifest": run.location(reparseName)]
        }
        if let index = ChunkFold.firstGap(reports) {
            throw StepError(
                errorName: "Sluice.ChunkMismatch",
                cause:
                    "\(first.file.fileName): chunk \(index) does not begin where those before it "
                    + "end; the file must have changed while it was read")
        }
        let records = outcomes.reduce(0) { $0 + $1.report.records }
        let rejects = outcomes.reduce(0) { $0 + $1.rejects }
        if records == 0 {
            throw StepError(
                errorName: "Sluice.NoRecords", at: FilePlace(file: first.file.fileName),
                "there is a header but no record")
        }
        if rejects > 0 {
            try collectRejects(items, outcomes, fold, total: rejects, run)
        }
        let sealed = SealedFile(
            kind: kind, file: first.file, dialect: first.columns.dialect,
            hasAmount: first.columns.amount != nil, records: records, rejects: rejects,
            lineBreaks: first.headerLineBreaks
                + outcomes.reduce(0) { $0 + $1.report.lineBreaks },
            amountScale: outcomes.map(\.amountScale).max() ?? 0,
            parts: zip(items, outcomes).filter { $1.partBytes > 0 }.map {
                SealedFile.Part(name: $0.partName, sizeBytes: $1.partBytes)
            },
            chunks: items.count, megabyteMilliseconds: megabyteMilliseconds)
        try run.storage.put("sealed/\(kind.rawValue).json", sealed.json)
        return [
            "misread": 0, "manifest": run.location(reparseName), "records": JSON(records),
            "rejects": JSON(rejects),
        ]
    }

    /// Bytes of a file's list of rejects, roughly: a large file may consist of nothing else. What is
    /// past them stands in the lists of the chunks, `rejects/KIND/NNNNN.jsonl`, with numbers of the chunk.
    static let rejectListBytes = 64 << 20

    /// Writes `rejects/KIND.jsonl` with numbers of the whole file.
    /// - Throws: ``StepError`` named as the first reject when there are more than allowed.
    private func collectRejects(
        _ items: [ChunkItem], _ outcomes: [ChunkOutcome], _ fold: ChunkFold, total: Int, _ run: Run
    ) throws {
        var all: [UInt8] = []
        var shown: [JSON] = []
        var recordsBefore = 0
        var listed = 0
        for (index, (item, outcome)) in zip(items, outcomes).enumerated()
        where all.count < Self.rejectListBytes {
            defer { recordsBefore += outcome.report.records }
            if outcome.rejects == 0 { continue }
            let lines = try environment.objects.getObject(
                bucket: environment.workBucket, key: run.storage.key(item.rejectsName))
            for line in lines.split(separator: UInt8(ascii: "\n")) {
                guard case .object(var reject) = try JSON(parsing: line) else { continue }
                reject["record"] = JSON((reject["record"]?.int ?? 0) + recordsBefore + 1)
                reject["line"] = JSON(
                    (reject["line"]?.int ?? 0) + fold.lineBreaksBefore[index]
                        + item.headerLineBreaks + 1)
                JSON.object(reject).write(to: &all)
                all.append(UInt8(ascii: "\n"))
                listed += 1
                if shown.count < RejectList.shownCount { shown.append(.object(reject)) }
            }
        }
        let name = "rejects/\(items[0].kind.rawValue).jsonl"
        try run.storage.put(name, all)
        if total > environment.allowedRejects {
            throw RejectList(
                file: items[0].file.fileName, total: total, allowed: environment.allowedRejects,
                shown: shown, listed: listed, list: run.storage.key(name)
            ).stepError
        }
    }
}

/// The error of a file with more rejects than allowed.
struct RejectList {
    let file: String
    let total: Int
    let allowed: Int
    /// The first of them, ``shownCount`` at most.
    let shown: [JSON]
    /// How many of them are in the list.
    let listed: Int
    /// Key of the object with the list.
    let list: String

    static let shownCount = 10

    var stepError: StepError {
        let lines = shown.map { reject in
            FilePlace(file: file, reject: reject).text
                + ": \(reject["reason"]?.string ?? ""): \(reject["message"]?.string ?? "")"
        }
        let first = FilePlace(file: file, reject: shown.first ?? .null)
        var details = first.details
        // Without the records themselves, which may be a megabyte each.
        details["rejects"] = .array(
            shown.map { reject in
                guard case .object(var object) = reject else { return reject }
                object["raw"] = nil
                object["raw_base64"] = nil
                return .object(object)
            })
        details["total"] = JSON(total)
        let count = total == 1 ? "1 record was rejected" : "\(total) records were rejected"
        return StepError(
            errorName: shown.first?["reason"]?.string ?? "Sluice.Rejects",
            cause: "\(file): \(count), \(allowed) allowed: " + lines.joined(separator: "; ")
                + (total > shown.count ? "; and \(total - shown.count) more" : "")
                + "; \(listed == total ? "all" : "the first \(listed)") of them in \(list)",
            details: details,
            publicCause: "\(first.publicText): \(count), \(allowed) allowed; this is the first")
    }
}

/// What is known of a file once all its chunks fit.
struct SealedFile {
    struct Part {
        var name: String
        var sizeBytes: Int
    }

    var kind: FileKind
    var file: ObjectReference
    var dialect: NameDialect
    var hasAmount: Bool
    var records: Int
    var rejects: Int
    /// Line feeds of the whole file.
    var lineBreaks: Int
    /// The largest scale of its amounts.
    var amountScale: Int
    /// Those with rows, in the order of their chunks.
    var parts: [Part]
    var chunks: Int
    /// What reading the chunks took, those that were read again counted once; see ``Usage``.
    var megabyteMilliseconds: Int

    var partBytes: Int { parts.reduce(0) { $0 + $1.sizeBytes } }

    var json: JSON {
        [
            "kind": .string(kind.rawValue), "file": file.json,
            "dialect": .string(dialect.rawValue), "hasAmount": JSON(hasAmount),
            "records": JSON(records), "rejects": JSON(rejects), "lineBreaks": JSON(lineBreaks),
            "amountScale": JSON(amountScale), "chunks": JSON(chunks),
            "megabyteMilliseconds": JSON(megabyteMilliseconds),
            "parts": .array(parts.map { ["name": .string($0.name), "size": JSON($0.sizeBytes)] }),
        ]
    }

    init(
        kind: FileKind, file: ObjectReference, dialect: NameDialect, hasAmount: Bool,
        records: Int, rejects: Int, lineBreaks: Int, amountScale: Int, parts: [Part], chunks: Int,
        megabyteMilliseconds: Int
    ) {
        self.kind = kind
        self.file = file
        self.dialect = dialect
        self.hasAmount = hasAmount
        self.records = records
        self.rejects = rejects
        self.lineBreaks = lineBreaks
        self.amountScale = amountScale
        self.parts = parts
        self.chunks = chunks
        self.megabyteMilliseconds = megabyteMilliseconds
    }

    init(_ input: StepInput) throws(StepError) {
        guard let kind = FileKind(rawValue: try input.text("kind")),
            let dialect = NameDialect(rawValue: try input.text("dialect"))
        else { throw StepError(errorName: "Sluice.BadEvent", cause: "not a sealed file") }
        self.kind = kind
        self.dialect = dialect
        file = try ObjectReference(input.object("file"))
        hasAmount = input.json["hasAmount"]?.bool ?? false
        records = try input.integer("records")
        rejects = try input.integer("rejects")
        lineBreaks = try input.integer("lineBreaks")
        amountScale = try input.integer("amountScale")
        chunks = try input.integer("chunks")
        megabyteMilliseconds = input.json["megabyteMilliseconds"]?.int ?? 0
        var parts: [Part] = []
        for part in try input.array("parts") {
            let part = StepInput(json: part)
            parts.append(Part(name: try part.text("name"), sizeBytes: try part.integer("size")))
        }
        self.parts = parts
    }
}
