import CSV
public import JSON
import LambdaRuntime
import Stores

/// Looks at the beginning of a file: is it CSV in UTF-8, are the columns there, what are the chunks?
///
/// In: `{job, kind, file, fileSet, run, secret}`. Writes the plan of the file and the manifest of its chunks.
/// Out: `{manifest: {bucket, key}, chunks, bytes}`.
public struct Validate: Sendable {
    let environment: StepEnvironment

    public init(_ environment: StepEnvironment) { self.environment = environment }

    public func handle(_ event: JSON) throws -> JSON {
        let input = StepInput(json: event)
        let run = try Run(input, environment)
        let part = try run.job.input(input.text("kind"))
        let file = try ObjectReference(input.object("file"))
        let object = try environment.objects.openObject(file)
        let format = CSVFormat(delimiter: environment.delimiter)
        let (header, lineBreaks) = try readHeader(object, format)
        try object.checkVersion()
        let columns = try run.job.columns(
            FileHeader(object: file, input: part, header: header), of: run)
        guard header.bodyStart < file.sizeBytes || part.mayBeEmpty else {
            throw StepError.noRecords(file.fileName)
        }
        let ranges = try ChunkPlan.ranges(
            body: header.bodyStart..<file.sizeBytes, chunkSizeBytes: environment.chunkSizeBytes,
            file: file.fileName)
        let plan = FilePlan(
            input: part.name, dropped: file, read: file, delimiter: format.delimiter,
            bodyStart: header.bodyStart, headerLineBreaks: lineBreaks, names: header.names,
            columns: columns, chunks: ranges.count)
        try run.storage.put(FilePlan.name(part.name), plan.json)
        let items = ranges.enumerated().map { Chunk.item(run, part.name, $0, $1) }
        let name = Self.manifestName(part.name)
        try run.storage.put(name, .array(items))
        environment.log(
            "validated", ["file": .string(file.key), "chunks": JSON(items.count)])
        return [
            "manifest": run.storage.location(name), "chunks": JSON(items.count),
            "bytes": JSON(file.sizeBytes),
        ]
    }

    static func manifestName(_ input: String) -> String { "manifests/\(input).json" }

    private func readHeader(
        _ object: any ObjectReader, _ format: CSVFormat
    ) throws -> (header: CSVHeader, lineBreaks: Int) {
        let file = object.reference
        // A little is usually enough; if not, as much as the longest header may take.
        let longest = format.maximumRecordBytes + 8
        var size = min(file.sizeBytes, 64 << 10)
        while true {
            let buffer = UnsafeMutableRawBufferPointer.allocate(
                byteCount: max(1, size), alignment: 16)
            defer { buffer.deallocate() }
            let count = try object.read(
                at: 0, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<size]))
            let bytes = UnsafeBufferPointer(
                start: buffer.baseAddress!.assumingMemoryBound(to: UInt8.self), count: count)
            do throws(CSVHeader.Failure) {
                let header = try CSVHeader(
                    bytes, isWholeFile: count == file.sizeBytes, format: format)
                return (header, bytes[..<header.bodyStart].count { $0 == UInt8(ascii: "\n") })
            } catch {
                if case .record(let problem, _, _) = error, problem.reason == .recordTooLarge,
                    size < min(longest, file.sizeBytes)
                {
                    size = min(longest, file.sizeBytes)
                    continue
                }
                throw Self.stepError(error, file: file.fileName)
            }
        }
    }

    private static func stepError(_ failure: CSVHeader.Failure, file: String) -> StepError {
        let start = FilePlace(file: file, line: 1, byteOffset: 0)
        return switch failure {
        case .empty:
            StepError(
                errorName: ErrorName.emptyFile, at: FilePlace(file: file), "the file is empty")
        case .utf16:
            StepError(
                errorName: ErrorName.utf16, at: start, "the file is UTF-16; save it as UTF-8")
        case .gzip:
            StepError(
                errorName: ErrorName.gzipFile, at: start,
                "the file is compressed with gzip; unpack it first")
        case .zip:
            StepError(
                errorName: ErrorName.zipFile, at: start,
                "the file is a zip archive; unpack it first"
            )
        case .record(let problem, let start, let line):
            StepError(
                errorName: problem.reason.rawValue,
                at: FilePlace(
                    file: file, line: line, byteOffset: start + problem.offset,
                    column: problem.column.map { "\($0 + 1) of the header" }),
                problem.message)
        }
    }
}

extension StepError {
    static func noRecords(_ file: String) -> StepError {
        StepError(
            errorName: ErrorName.noRecords, at: FilePlace(file: file),
            "there is a header but no record")
    }
}
