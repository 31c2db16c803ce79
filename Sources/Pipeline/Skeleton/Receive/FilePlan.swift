import CSV
import JSON
import LambdaRuntime
import Stores

/// What `validate` found out and decided about one file: all that holds for each of its chunks. It
/// stands once, in `plans/INPUT.json`, and a redrive goes by it, whatever the environment says by then.
public struct FilePlan: Sendable {
    /// The job's name for the file.
    var input: String
    /// The object as it came.
    var dropped: ObjectReference
    /// The object that the chunks read; offsets are of this one.
    var read: ObjectReference
    var delimiter: UInt8
    /// Offset of the file's first record after the header.
    var bodyStart: Int
    /// Line feeds of the header, its own line break too.
    var headerLineBreaks: Int
    /// All columns in their order.
    var names: [String]
    /// The job's own; see ``Job/columns(_:of:)``.
    var columns: JSON
    var chunks: Int

    static func name(_ input: String) -> String { "plans/\(input).json" }

    /// What the partner calls the file.
    var fileName: String { dropped.fileName }
    var format: CSVFormat { CSVFormat(delimiter: delimiter) }

    var json: JSON {
        [
            "format": JSON(StoredFormat.number), "kind": .string(input), "dropped": dropped.json,
            "read": read.json,
            "csv": ["delimiter": .string(String(UnicodeScalar(delimiter))), "encoding": "utf-8"],
            "bodyStart": JSON(bodyStart), "headerLineBreaks": JSON(headerLineBreaks),
            "names": .array(names.map { .string($0) }), "columns": columns, "chunks": JSON(chunks),
        ]
    }
}

extension FilePlan {
    /// - Throws: ``StepError`` `Sluice.UnknownFormat` or `Sluice.BadEvent`.
    init(_ input: StepInput) throws(StepError) {
        try StoredFormat.check(input, "the plan of a file")
        self.input = try input.text("kind")
        dropped = try ObjectReference(input.object("dropped"))
        read = try ObjectReference(input.object("read"))
        guard let delimiter = try input.object("csv").text("delimiter").utf8.first,
            CSVFormat.delimiters.contains(delimiter)
        else { throw StepError(errorName: ErrorName.badEvent, cause: "an unknown delimiter") }
        self.delimiter = delimiter
        bodyStart = try input.integer("bodyStart")
        headerLineBreaks = try input.integer("headerLineBreaks")
        names = try input.array("names").compactMap(\.string)
        columns = input.json["columns"] ?? .null
        chunks = try input.integer("chunks")
    }
}
