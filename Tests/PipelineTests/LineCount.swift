import CSV
import JSON

@testable import Pipeline

/// Counts the lines of a file's records: a whole job, and the smallest one.
enum LineCount: Job {
    static let name = "line-count"
    static let summary = "one CSV file in, the number of its lines out"
    static let inputs = [JobInput("file", stateName: "File")]
    static let intake = Intake.folder("toy")
    static let resources: [JobResource] = []
    static let stages = [
        Stage(
            "count", .aggregate, stateName: "CountLines", doing: "counting", done: "lines counted",
            counted: "lines", countedNoun: "lines")
    ]
    static let outcome = OutcomeWords(headline: "{lines:line}", oddities: [])

    static func columns(_ header: FileHeader, of run: Run) throws -> JSON { .null }

    static func parse(
        _ chunk: Chunk, _ reader: inout ChunkReader, _ intake: inout RecordIntake
    ) throws -> ParsedChunk {
        var lines = 0
        let report = try reader.read(startsInsideQuotes: chunk.startsInsideQuotes) { batch in
            for index in 0..<batch.count where intake.isSound(batch.record(index), index, batch) {
                lines += batch.extent(of: batch.record(index)).lines
            }
        }
        return ParsedChunk(.nothing, report, counts: ["lines": JSON(lines)])
    }

    static func plan(_ files: [SealedFile], of run: Run) throws -> [[JSONObject]] { [[[:]]] }

    static func work(_ task: StageTask) throws -> JSONObject {
        let files = try task.run.job.inputs.map { try SealedFile.load($0, of: task.run) }
        return ["lines": JSON(files.reduce(0) { $0 + $1.count("lines") })]
    }

    static func summarise(
        _ files: [SealedFile], _ reports: [[JSON]], of run: Run
    ) throws -> (summary: JSONObject, usage: StageUsage) {
        (["lines": JSON(reports[0].sum("lines"))], StageUsage())
    }
}
