import CSV
import JSON
import LambdaRuntime

/// The records of one chunk that were not taken, as lines of JSON, stored in pieces.
///
/// A reject is a range of the file's bytes with its number of lines: a quotation mark that is never
/// closed takes in all that follows it. Numbers of records and lines are the chunk's own here; `seal`
/// makes them the file's. The bytes themselves stand in the line as text or, when they are not UTF-8,
/// in base64, up to ``shownRawBytes``; a longer range says how long it is.
public struct RejectWriter {
    private(set) var count = 0
    /// Lines of the file that they cover.
    private(set) var lineCount = 0
    /// Objects that were stored.
    private(set) var pieces = 0
    private var lines: [UInt8] = []
    private let names: [String]
    private let input: String
    private let index: Int
    private let storage: RunStorage
    private var failure: (any Error)?

    /// Bytes of a value that are shown.
    static let shownValueBytes = 200
    /// Bytes of a reject that its line holds.
    static let shownRawBytes = 64 << 10
    /// Bytes of lines after which they are stored: what bounds the memory.
    static let pieceBytes = 4 << 20

    init(_ chunk: Chunk) {
        names = chunk.plan.names
        input = chunk.plan.input
        index = chunk.index
        storage = chunk.run.storage
    }

    mutating func append(
        _ problem: RecordProblem, record: RecordBatch.Record, index: Int,
        in batch: borrowing RecordBatch, shown: UnsafeBufferPointer<UInt8>?
    ) {
        count += 1
        let start = Int(record.start)
        let bytes = batch.bytes(of: record)
        let extent = batch.extent(of: record)
        lineCount += extent.lines
        let line = batch.lineBreaksBefore + batch.lineBreaks(from: 0, to: start + problem.offset)
        var object: JSONObject = [
            "record": JSON(batch.recordsBefore + index), "line": JSON(line),
            "byte_offset": JSON(batch.fileOffset + start + problem.offset),
        ]
        object["column"] = problem.column.map {
            .string(names.indices.contains($0) ? names[$0] : "column \($0 + 1)")
        }
        object["reason"] = .string(problem.reason.rawValue)
        object["message"] = .string(problem.message)
        let value = shown ?? Self.field(bytes, at: problem.offset, delimiter: batch.delimiter)
        object["value"] = .string(
            String(decoding: value.prefix(Self.shownValueBytes), as: UTF8.self))
        object["start"] = JSON(batch.fileOffset + start)
        object["bytes"] = JSON(extent.bytes)
        object["lines"] = JSON(extent.lines)
        let raw = Self.shown(bytes)
        if raw.count < extent.bytes { object["raw_is_cut"] = true }
        if let text = String(validating: raw, as: UTF8.self) {
            object["raw"] = .string(text)
        } else {
            object["raw_base64"] = .string(Base64.encode(raw))
        }
        JSON.object(object).write(to: &lines)
        lines.append(UInt8(ascii: "\n"))
        if lines.count >= Self.pieceBytes { store() }
    }

    /// Stores what is left.
    /// - Throws: what any piece could not be stored for.
    mutating func finish() throws {
        if !lines.isEmpty { store() }
        if let failure { throw failure }
    }

    /// The loops over records do not throw; what fails here is told at the end.
    private mutating func store() {
        defer { lines.removeAll(keepingCapacity: true) }
        if failure != nil { return }
        do {
            try storage.put(Chunk.rejectsName(input, index, piece: pieces), lines)
            pieces += 1
        } catch { failure = error }
    }

    /// As many bytes as a line holds, no character cut in two.
    private static func shown(
        _ bytes: UnsafeBufferPointer<UInt8>
    ) -> UnsafeBufferPointer<UInt8> {
        guard bytes.count > shownRawBytes else { return bytes }
        var end = shownRawBytes
        while end > shownRawBytes - 3, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return UnsafeBufferPointer(rebasing: bytes[..<end])
    }

    /// The raw bytes around an offset up to the delimiters on both sides; quotation marks are not heeded.
    private static func field(
        _ bytes: UnsafeBufferPointer<UInt8>, at offset: Int, delimiter: UInt8
    ) -> UnsafeBufferPointer<UInt8> {
        var start = min(offset, bytes.count)
        while start > 0, bytes[start - 1] != delimiter, offset - start < shownValueBytes / 2 {
            start -= 1
        }
        var end = min(offset, bytes.count)
        while end < bytes.count, bytes[end] != delimiter || end == offset,
            end - start < shownValueBytes
        {
            end += 1
        }
        return UnsafeBufferPointer(rebasing: bytes[start..<end])
    }
}
