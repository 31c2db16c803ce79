import CSV
import JSON
import LambdaRuntime
import Stores
import System

/// Writes the kept records: tasks write parts of one object side by side, and one task publishes it.
///
/// A part is the kept records of a range of bytes, which the task filters once more: nothing is stored
/// only to be put together.
enum FilterOutput {
    /// Bytes of input that a task filters, roughly; more where the store asks for larger parts.
    static let partInputBytes = 8 << 20
    /// S3's limit: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>.
    static let maximumParts = 10_000
    /// Bytes that are gathered before they are written.
    static let bufferBytes = 1 << 20

    private static let outputName = "output.json"

    static func plan(_ file: SealedFile, of run: Run) throws -> [[JSONObject]] {
        let filter = try FilterPlan(file.plan)
        let header = try headerBytes(file.plan, run)
        // The header goes with the first chunk.
        let sizes = file.chunks.enumerated().map { index, chunk in
            (index == 0 ? header : 0) + (chunk.counts["keptBytes"]?.int ?? 0)
        }
        let store = run.environment.objects
        let parts = cut(sizes, file, minimumPartBytes: store.minimumPartBytes)
        let order = try RunOrder(
            startMilliseconds: run.startMilliseconds(), executionName: run.name, mode: .replace,
            columns: [])
        let planned = OutputObject(
            bucket: filter.destination, key: file.plan.dropped.key, version: order.version,
            partSizes: parts.map { sizes[$0].reduce(0, +) })
        let known = try run.storage.getIfThere(outputName).flatMap { OutputObject(json: $0) }
        let output = try store.beginOutput(planned, resuming: known)
        try run.storage.put(outputName, output.json)
        let tasks = parts.enumerated().map { index, chunks -> JSONObject in
            let (first, last) = (file.chunks[chunks.lowerBound], file.chunks[chunks.upperBound - 1])
            return [
                "part": JSON(index + 1), "header": JSON(chunks.lowerBound == 0 ? header : 0),
                "from": first.counts["from"] ?? 0, "to": last.counts["to"] ?? 0,
                "inside": first.counts["inside"] ?? false,
                "rejects": JSON(
                    file.chunks[chunks].reduce(0) { $0 + ($1.counts["rejects"]?.int ?? 0) }),
            ]
        }
        return [tasks, [[:]]]
    }

    /// Which chunks a part is made of: enough kept bytes for the store, and enough input for a task.
    private static func cut(
        _ sizes: [Int], _ file: SealedFile, minimumPartBytes: Int
    ) -> [Range<Int>] {
        let total = sizes.reduce(0, +)
        let least = max(minimumPartBytes, (total + maximumParts - 1) / maximumParts)
        var parts: [Range<Int>] = []
        var (start, kept, input) = (0, 0, 0)
        for (index, size) in sizes.enumerated() {
            kept += size
            let counts = file.chunks[index].counts
            input += (counts["to"]?.int ?? 0) - (counts["from"]?.int ?? 0)
            if kept >= least, kept > 0, input >= partInputBytes {
                parts.append(start..<index + 1)
                (start, kept, input) = (index + 1, 0, 0)
            }
        }
        if start == sizes.count { return parts }
        // No part may be empty, unless it is the only one.
        if kept == 0, let last = parts.popLast() { return parts + [last.lowerBound..<sizes.count] }
        return parts + [start..<sizes.count]
    }

    /// Bytes of the header with its line break, without blank lines behind it.
    private static func headerBytes(_ plan: FilePlan, _ run: Run) throws -> Int {
        let bytes = try read(plan, 0..<plan.bodyStart, run)
        let isBreak = { (byte: UInt8) in byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
        guard let last = bytes.lastIndex(where: { !isBreak($0) }) else { return bytes.count }
        guard let lineFeed = bytes[last...].firstIndex(of: UInt8(ascii: "\n")) else {
            return bytes.count
        }
        return lineFeed + 1
    }

    private static func read(_ plan: FilePlan, _ range: Range<Int>, _ run: Run) throws -> [UInt8] {
        let object = try run.environment.objects.openObject(plan.read)
        var bytes = [UInt8](repeating: 0, count: range.count)
        let count = try bytes.withUnsafeMutableBytes {
            try object.read(at: range.lowerBound, into: $0)
        }
        try object.checkVersion()
        return Array(bytes[..<count])
    }

    static func writePart(_ task: StageTask) throws -> JSONObject {
        let output = try output(of: task.run)
        do {
            return try write(task.input, to: output, task.run)
        } catch let error as StoreError where error.code == .outputLost {
            // Publishing finds that it is gone and writes all of it anew.
            return ["kept": 0, "isLost": true]
        }
    }

    private static func output(of run: Run) throws -> OutputObject {
        guard let output = OutputObject(json: try run.storage.get(outputName)) else {
            throw StepError(errorName: ErrorName.badEvent, cause: "the planned output is none")
        }
        return output
    }

    /// Filters the range of a task into its part.
    private static func write(
        _ input: StepInput, to output: OutputObject, _ run: Run
    ) throws -> JSONObject {
        let plan = try FilePlan(
            StepInput(json: run.storage.get(FilePlan.name(ThresholdFilter.file.name))))
        let writer = try run.environment.objects.outputWriter(
            output, part: input.integer("part"))
        var buffer: [UInt8] = []
        buffer.reserveCapacity(bufferBytes + ChunkReader.windowBytes)
        let headerBytes = try input.integer("header")
        if headerBytes > 0 { buffer += try read(plan, 0..<headerBytes, run) }
        let range = try input.integer("from")..<input.integer("to")
        let object = try run.environment.objects.openObject(plan.read)
        object.willRead(max(0, range.lowerBound - 1)..<range.upperBound)
        var reader = ChunkReader(
            format: plan.format, range: range, bodyStart: plan.bodyStart,
            fileSizeBytes: plan.read.sizeBytes
        ) { try object.read(at: $0, into: $1) }
        var rows = FilterRows(
            try FilterPlan(plan), plan, areAllSound: input.json["rejects"] == 0)
        _ = try reader.read(startsInsideQuotes: input.json["inside"]?.bool) { batch in
            try rows.look(
                batch,
                take: { bytes in
                    buffer.append(contentsOf: bytes)
                    if buffer.count >= bufferBytes {
                        try buffer.withUnsafeBytes { try writer.append($0) }
                        buffer.removeAll(keepingCapacity: true)
                    }
                }, reject: { _, _, _, _ in })
        }
        try object.checkVersion()
        try buffer.withUnsafeBytes { try writer.append($0) }
        let part = try writer.finish()
        return ["kept": JSON(rows.kept), "part": part.json]
    }

    static func publish(_ task: StageTask) throws -> JSONObject {
        let run = task.run
        let store = run.environment.objects
        var output = try output(of: run)
        let reports = try task.reports(of: ThresholdFilter.write.name)
        let parts = reports.compactMap { $0["part"].flatMap { OutputPart(json: $0) } }
        var outcome: OutputOutcome = .lost
        if parts.count == reports.count {
            outcome = try store.completeOutput(output, parts: parts)
        }
        if outcome == .lost {
            // An upload that expired: seldom, so one task does it all.
            output = try store.beginOutput(
                OutputObject(
                    bucket: output.bucket, key: output.key, version: output.version,
                    partSizes: output.partSizes), resuming: nil)
            try run.storage.put(outputName, output.json)
            let tasks = try run.storage.get(StageTask.manifestName(ThresholdFilter.write)).array
            let again = try (tasks ?? []).compactMap { task in
                try write(StepInput(json: task), to: output, run)["part"]
            }
            outcome = try store.completeOutput(
                output, parts: again.compactMap { OutputPart(json: $0) })
        }
        guard outcome != .lost else {
            throw StepError(
                errorName: ErrorName.unavailable,
                cause: "\(output.bucket)/\(output.key): what was written of the result is gone")
        }
        return ["superseded": JSON(outcome == .superseded)]
    }
}
