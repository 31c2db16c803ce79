import CSV
public import JSON
import LambdaRuntime
import Stores

/// Reads the records that start in one range of bytes and stores what the job makes of them.
///
/// In: an item of a file's manifest, see ``Chunk``. Writes the part, the rejects and the report under
/// names of the chunk, so that a second attempt overwrites the first. Out: the report.
public struct ParseChunk: Sendable {
    let environment: StepEnvironment

    public init(_ environment: StepEnvironment) { self.environment = environment }

    public func handle(_ event: JSON) throws -> JSON {
        let usage = Usage(environment)
        let chunk = try Chunk(StepInput(json: event), environment)
        let (plan, storage) = (chunk.plan, chunk.run.storage)
        let object = try environment.objects.openObject(plan.read)
        object.willRead(chunk.bytesToRead)
        var reader = ChunkReader(
            format: plan.format, range: chunk.range, bodyStart: plan.bodyStart,
            fileSizeBytes: plan.read.sizeBytes
        ) { try object.read(at: $0, into: $1) }
        var intake = try RecordIntake(chunk)
        let parsed = try chunk.run.job.parse(chunk, &reader, &intake)
        try object.checkVersion()

        let (report, counts) = (parsed.report, parsed.counts)
        let partBytes = try parsed.store(chunk.partName, storage)
        try intake.rejects.finish()
        let outcome = ChunkOutcome(
            report: report, rejects: intake.rejects.count,
            rejectedLines: intake.rejects.lineCount, rejectPieces: intake.rejects.pieces,
            partBytes: partBytes, counts: counts)
        try storage.put(chunk.reportName, usage.adding(to: outcome.json))
        environment.record([
            .records(report.records), .rejects(outcome.rejects), .bytes(chunk.range.count),
        ])
        environment.log(
            "parsed",
            [
                "file": .string(plan.dropped.key), "chunk": JSON(chunk.index),
                "records": JSON(report.records), "rejects": JSON(outcome.rejects),
            ])
        return outcome.json
    }
}

extension ParsedChunk {
    /// Stores what there is.
    /// - Returns: bytes that were stored.
    consuming func store(_ name: String, _ storage: RunStorage) throws -> Int {
        switch consume product {
        case .part(var part): return try storage.put(name, &part)
        case .bytes(let bytes):
            if !bytes.isEmpty { try storage.put(name, bytes) }
            return bytes.count
        case .nothing: return 0
        }
    }
}
