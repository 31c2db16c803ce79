import CSV
import JSON
import Stores

/// The records of one chunk that were not taken, as lines of JSON.
///
/// Numbers of records and lines are the chunk's own here; `seal` makes them the file's. Nothing is lost:
/// the record stands in the line whole, as text or, when it is not UTF-8, in base64.
struct RejectWriter {
    private(set) var count = 0
    private(set) var lines: [UInt8] = []
    /// Bytes of a value that are shown.
    static let shownValueBytes = 200

    mutating func append(
        _ problem: RecordProblem, record: RecordBatch.Record, index: Int,
        in batch: borrowing RecordBatch, columns: FileColumns, shown: UnsafeBufferPointer<UInt8>?
    ) {
        count += 1
        let start = Int(record.start)
        let bytes = batch.bytes(of: record)
        let line = batch.lineBreaksBefore + batch.lineBreaks(from: 0, to: start + problem.offset)
        var object: JSONObject = [
            "record": JSON(batch.recordsBefore + index), "line": JSON(line),
            "byte_offset": JSON(batch.fileOffset + start + problem.offset),
        ]
        object["column"] = problem.column.map {
            .string(columns.names.indices.contains($0) ? columns.names[$0] : "column \($0 + 1)")
        }
        object["reason"] = .string(problem.reason.rawValue)
        object["message"] = .string(problem.message)
        let value = shown ?? Self.field(bytes, at: problem.offset, delimiter: batch.delimiter)
        object["value"] = .string(
            String(decoding: value.prefix(Self.shownValueBytes), as: UTF8.self))
        if let raw = String(validating: bytes, as: UTF8.self) {
            object["raw"] = .string(raw)
        } else {
            object["raw_base64"] = .string(Base64.encode(bytes))
        }
        JSON.object(object).write(to: &lines)
        lines.append(UInt8(ascii: "\n"))
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
