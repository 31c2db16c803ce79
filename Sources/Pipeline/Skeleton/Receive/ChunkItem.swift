import CSV
import JSON
import Stores

/// One chunk's work order: an item of the manifest that `validate` writes and `parse-chunk` is given.
///
/// It carries all that the step needs, because a distributed Map hands its items out as they are.
struct ChunkItem: Sendable {
    var kind: FileKind
    var index: Int
    var file: ObjectReference
    var range: Range<Int>
    /// Offset of the file's first record after the header.
    var bodyStart: Int
    /// Line feeds of the header, its own line break too.
    var headerLineBreaks: Int
    var columns: FileColumns
    var delimiter: UInt8
    /// Where the run keeps its objects.
    var prefix: String
    var secret: String
    /// What the fold found out; nil to guess.
    var startsInsideQuotes: Bool?

    var partName: String { "parts/\(kind.rawValue)/\(RunStorage.number(index)).part" }
    var reportName: String { "reports/\(kind.rawValue)/\(RunStorage.number(index)).json" }
    var rejectsName: String { "rejects/\(kind.rawValue)/\(RunStorage.number(index)).jsonl" }

    var format: CSVFormat { CSVFormat(delimiter: delimiter) }

    /// What will be read of the file: the range, the byte before it, and the end of the record that
    /// crosses its end, which is short mostly.
    var bytesToRead: Range<Int> {
        max(0, range.lowerBound - 1)..<min(range.upperBound + (64 << 10), file.sizeBytes)
    }

    var json: JSON {
        var object: JSONObject = [
            "kind": .string(kind.rawValue), "index": JSON(index), "file": file.json,
            "from": JSON(range.lowerBound), "to": JSON(range.upperBound),
            "bodyStart": JSON(bodyStart), "headerLineBreaks": JSON(headerLineBreaks),
            "columns": columns.json, "delimiter": .string(String(UnicodeScalar(delimiter))),
            "prefix": .string(prefix), "secret": .string(secret),
        ]
        object["startsInsideQuotes"] = startsInsideQuotes.map { JSON($0) }
        return .object(object)
    }

    init(_ input: StepInput) throws(StepError) {
        guard let kind = FileKind(rawValue: try input.text("kind")) else {
            throw StepError(errorName: "Sluice.BadEvent", cause: "an unknown kind of file")
        }
        self.kind = kind
        index = try input.integer("index")
        file = try ObjectReference(input.object("file"))
        let from = try input.integer("from")
        let to = try input.integer("to")
        bodyStart = try input.integer("bodyStart")
        headerLineBreaks = try input.integer("headerLineBreaks")
        columns = try FileColumns(input.object("columns"))
        guard let delimiter = try input.text("delimiter").utf8.first,
            CSVFormat.delimiters.contains(delimiter),
            bodyStart <= from, from <= to, to <= file.sizeBytes
        else { throw StepError(errorName: "Sluice.BadEvent", cause: "a chunk outside its file") }
        range = from..<to
        self.delimiter = delimiter
        prefix = try input.text("prefix")
        secret = try input.text("secret")
        startsInsideQuotes = input.json["startsInsideQuotes"]?.bool
    }

    init(
        kind: FileKind, index: Int, file: ObjectReference, range: Range<Int>, bodyStart: Int,
        headerLineBreaks: Int, columns: FileColumns, delimiter: UInt8, prefix: String,
        secret: String
    ) {
        self.kind = kind
        self.index = index
        self.file = file
        self.range = range
        self.bodyStart = bodyStart
        self.headerLineBreaks = headerLineBreaks
        self.columns = columns
        self.delimiter = delimiter
        self.prefix = prefix
        self.secret = secret
    }
}

/// What `parse-chunk` reports of one chunk, and `seal` folds.
struct ChunkOutcome: Sendable {
    var report: ChunkReport
    var rejects: Int
    /// 0 when the part has no rows and was not written.
    var partBytes: Int
    var rows: Int
    var amountScale: Int

    var json: JSON {
        var object: JSONObject = [
            "startedInsideQuotes": JSON(report.startedInsideQuotes),
            "hasOddQuotes": JSON(report.hasOddQuotes), "lineBreaks": JSON(report.lineBreaks),
            "records": JSON(report.records), "rejects": JSON(rejects),
            "partBytes": JSON(partBytes), "rows": JSON(rows), "amountScale": JSON(amountScale),
        ]
        object["firstRecordOffset"] = report.firstRecordOffset.map { JSON($0) }
        object["endOffset"] = report.endOffset.map { JSON($0) }
        return .object(object)
    }

    init(report: ChunkReport, rejects: Int, partBytes: Int, rows: Int, amountScale: Int) {
        self.report = report
        self.rejects = rejects
        self.partBytes = partBytes
        self.rows = rows
        self.amountScale = amountScale
    }

    init(_ input: StepInput) throws(StepError) {
        report = ChunkReport(
            startedInsideQuotes: input.json["startedInsideQuotes"]?.bool ?? false,
            hasOddQuotes: input.json["hasOddQuotes"]?.bool ?? false,
            lineBreaks: try input.integer("lineBreaks"),
            firstRecordOffset: input.json["firstRecordOffset"]?.int,
            endOffset: input.json["endOffset"]?.int, records: try input.integer("records"))
        rejects = try input.integer("rejects")
        partBytes = try input.integer("partBytes")
        rows = try input.integer("rows")
        amountScale = try input.integer("amountScale")
    }
}
