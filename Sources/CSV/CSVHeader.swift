/// The header record of a file, and where its body begins.
public struct CSVHeader: Sendable, Hashable {
    /// The column names in their order, unquoted, exactly as written.
    public var names: [String]
    /// Offset of the first byte after the header's line break.
    public var bodyStart: Int
    /// For each column, the offset of its name's first byte, the opening quotation mark if it has one.
    public var nameOffsets: [Int]
    /// For each column, the physical line in which its name begins, 1-based.
    public var nameLines: [Int]

    /// Why a file has no usable header.
    public enum Failure: Error, Sendable, Hashable {
        case empty
        case utf16
        case gzip
        case zip
        /// The header record itself is malformed.
        /// - Parameters:
        ///   - start: offset of its first byte.
        ///   - line: the physical line of what is wrong, 1-based.
        case record(RecordProblem, start: Int, line: Int)
    }

    /// Finds the header at the beginning of a file.
    /// - Parameters:
    ///   - bytes: the beginning of the file: all of it, or at least the longest record allowed and three.
    ///   - isWholeFile: whether nothing follows `bytes`.
    public init(
        _ bytes: UnsafeBufferPointer<UInt8>, isWholeFile: Bool, format: CSVFormat
    ) throws(Failure) {
        if bytes.isEmpty { throw .empty }
        if bytes.starts(with: [0x1F, 0x8B]) { throw .gzip }
        if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) { throw .zip }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) { throw .utf16 }
        if bytes.count > 1, bytes[0] == 0 || bytes[1] == 0 { throw .utf16 }
        let markBytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        if bytes.count == markBytes { throw .empty }

        // The scanner wants readable bytes behind the end, hence a copy.
        let copy = UnsafeMutablePointer<UInt8>.allocate(
            capacity: bytes.count + RecordScanner.slackBytes)
        defer { copy.deallocate() }
        copy.initialize(from: bytes.baseAddress!, count: bytes.count)
        (copy + bytes.count).initialize(repeating: 0, count: RecordScanner.slackBytes)
        var batch = RecordBatch(
            windowBytes: bytes.count, bytes: UnsafePointer(copy), delimiter: format.delimiter)
        let scanner = RecordScanner(
            delimiter: format.delimiter,
            checkedFromBytes: min(format.maximumRecordBytes, format.maximumFieldBytes))
        let next = scanner.scan(
            &batch, from: markBytes, to: bytes.count, limit: bytes.count, isLast: isWholeFile)
        guard batch.count > 0 else {
            if isWholeFile { throw .empty }
            let problem = RecordProblem(
                .recordTooLarge, at: 0, column: nil,
                "longer than \(format.maximumRecordBytes) bytes")
            throw .record(problem, start: markBytes, line: 1)
        }
        let record = batch.record(0)
        if let problem = batch.problem(
            in: record, columns: Int(record.fieldCount), format: format)
        {
            let start = Int(record.start)
            throw .record(
                problem, start: start,
                line: 1 + batch.lineBreaks(from: 0, to: start + problem.offset))
        }
        let decoder = FieldDecoder(format: format)
        names = (0..<Int(record.fieldCount)).map {
            String(decoding: decoder.value(of: batch.rawField(record, $0)), as: UTF8.self)
        }
        nameOffsets = (0..<Int(record.fieldCount)).map {
            batch.rawField(record, $0).baseAddress! - batch.bytes
        }
        var line = 1
        var counted = 0
        nameLines = []
        for offset in nameOffsets {
            line += batch.lineBreaks(from: counted, to: offset)
            counted = offset
            nameLines.append(line)
        }
        bodyStart =
            batch.count > 1
            ? Int(batch.record(1).start) : Self.lineEnd(bytes, after: Int(record.end), next: next)
    }

    /// The offset behind the line break that follows the header record.
    private static func lineEnd(
        _ bytes: UnsafeBufferPointer<UInt8>, after end: Int, next: Int
    ) -> Int {
        var at = end
        if at < bytes.count, bytes[at] == Byte.carriageReturn { at += 1 }
        if at < bytes.count, bytes[at] == Byte.lineFeed { at += 1 }
        return min(at, next)
    }
}
