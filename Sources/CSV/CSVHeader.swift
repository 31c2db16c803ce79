/// The header record of a file, and where its body begins.
public struct CSVHeader: Sendable, Hashable {
    /// The column names in their order, unquoted, exactly as written.
    public var names: [String]
    /// Offset of the first byte after the header's line break.
    public var bodyStart: Int

    /// Why a file has no usable header.
    public enum Failure: Error, Sendable, Hashable {
        case empty
        case utf16
        case gzip
        case zip
        /// The header record itself is malformed.
        case record(RecordProblem, start: Int)
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
            throw .record(problem, start: markBytes)
        }
        let record = batch.record(0)
        if let problem = batch.problem(
            in: record, columns: Int(record.fieldCount), format: format)
        {
            throw .record(problem, start: Int(record.start))
        }
        let decoder = FieldDecoder(format: format)
        names = (0..<Int(record.fieldCount)).map {
            String(decoding: decoder.value(of: batch.rawField(record, $0)), as: UTF8.self)
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
