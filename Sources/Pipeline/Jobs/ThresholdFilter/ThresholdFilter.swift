public import CSV
public import JSON
import LambdaRuntime
import Stores
import System

/// Any CSV file in; its records whose number is above a threshold out, as they stand.
public enum ThresholdFilter: Job {
    public static let name = "threshold-filter"
    public static let summary = "any CSV file in, its records above a threshold out"

    static let file = JobInput("file", stateName: "File", mayBeEmpty: true)
    public static let inputs = [file]
    public static let intake = Intake.folder(name)

    static let threshold = JobOption(
        "threshold", .text(example: "NUMBER"), environment: "FILTER_THRESHOLD",
        parameter: "FilterThreshold", default: "4.7",
        help: "what a record's number is compared with")
    static let column = JobOption(
        "column", .text(example: "NAME"), environment: "FILTER_COLUMN", parameter: "FilterColumn",
        help: "the column that holds the number; the first unless set")
    static let comparison = JobOption(
        "operator", .choice(Threshold.Operator.allCases.map(\.rawValue)),
        environment: "FILTER_OPERATOR", parameter: "FilterOperator",
        default: Threshold.Operator.gt.rawValue, help: "how the number must compare")
    static let destination = JobOption(
        "destination-bucket", .text(example: "BUCKET"), environment: "FILTER_DESTINATION_BUCKET",
        parameter: "FilterDestinationBucket",
        help: "the bucket for the results; one of its own unless set")
    public static let options = [threshold, column, comparison, destination]

    static let bucket = JobResource(
        "filtered", logicalName: "Filtered", .bucket, environment: "DESTINATION_BUCKET",
        summary: "the records that filters keep, under the keys of the dropped files")
    public static let resources = [bucket]

    static let write = Stage(
        "emit", .emit, stateName: "WriteFiltered", doing: "writing", done: "records written",
        counted: "kept", countedNoun: "records")
    static let publish = Stage(
        "publish", .emit, stateName: "PublishFiltered", doing: "publishing",
        done: "the result is there")
    public static let stages = [write, publish]

    public static let outcome = OutcomeWords(
        headline: "{kept:record} kept of {records:record}",
        oddities: [.init("noNumber", "record", " without a number")])

    public static func columns(_ header: FileHeader, of run: Run) throws -> JSON {
        try FilterPlan(header, of: run).json
    }

    public static func parse(
        _ chunk: Chunk, _ reader: inout ChunkReader, _ intake: inout RecordIntake
    ) throws -> ParsedChunk {
        var rows = FilterRows(try FilterPlan(chunk.plan), chunk.plan)
        let report = try reader.read(startsInsideQuotes: chunk.startsInsideQuotes) { batch in
            try rows.look(
                batch, take: { _ in },
                reject: {
                    intake.rejects.append($0, record: $1, index: $2, in: $3, shown: nil)
                })
        }
        var counts = rows.counts
        counts["from"] = JSON(chunk.range.lowerBound)
        counts["to"] = JSON(chunk.range.upperBound)
        counts["inside"] = JSON(report.startedInsideQuotes)
        return ParsedChunk(.nothing, report, counts: counts)
    }

    public static func plan(_ files: [SealedFile], of run: Run) throws -> [[JSONObject]] {
        try FilterOutput.plan(files[0], of: run)
    }

    public static func work(_ task: StageTask) throws -> JSONObject {
        task.stage == write
            ? try FilterOutput.writePart(task) : try FilterOutput.publish(task)
    }

    public static func summarise(
        _ files: [SealedFile], _ reports: [[JSON]], of run: Run
    ) throws -> (summary: JSONObject, usage: StageUsage) {
        let file = files[0]
        let filter = try FilterPlan(file.plan)
        var summary: JSONObject = ["records": JSON(file.records)]
        for name in ["kept", "below", "noNumber"] { summary[name] = JSON(file.count(name)) }
        summary["output"] = [
            "bucket": .string(filter.destination), "key": .string(file.plan.dropped.key),
        ]
        if reports[1].contains(where: { $0["superseded"] == true }) {
            summary["superseded"] = true
            summary["note"] = "the result of a newer run is there, and stays"
        } else if file.count("noNumber") > 0, file.count("kept") + file.count("below") == 0 {
            let examples = file.chunks.flatMap {
                $0.counts["examples"]?.array?.compactMap(\.string) ?? []
            }.prefix(FilterRows.exampleCount)
            summary["note"] = .string(
                "no record has a number in the column \(file.plan.names[filter.column]): "
                    + examples.map(\.debugDescription).joined(separator: ", "))
        }
        let ranges = reports[0].count + file.plan.read.sizeBytes >> 23
        return (summary, StageUsage(putRequests: reports[0].count + 4, getRequests: ranges))
    }

    /// Why results must not go there; nil when they may. What is written where files are dropped would be
    /// taken for a dropped file.
    static func problem(destination: String, dropBucket: String, workBucket: String) -> String? {
        switch destination {
        case dropBucket: "the destination bucket \(destination) is the drop bucket"
        case workBucket: "the destination bucket \(destination) is the work bucket"
        default: nil
        }
    }
}
