@testable import CSV

/// A record as the tests compare it.
struct ReadRecord: Equatable, CustomStringConvertible {
    var offset: Int
    var line: Int
    var fields: [String]
    var problem: RecordProblem.Reason?
    var problemOffset: Int?
    var problemColumn: Int?

    var description: String {
        "\(offset):\(line) \(fields) \(problem?.rawValue ?? "") "
            + [problemOffset, problemColumn].map { $0.map { "\($0)" } ?? "-" }.joined(
                separator: "/")
    }
}

/// The oracle: reads a body byte by byte, without any of the cleverness under test.
func readNaively(_ body: [UInt8], columns: Int, format: CSVFormat = CSVFormat()) -> [ReadRecord] {
    var records: [ReadRecord] = []
    var start = 0
    var line = 0
    while start < body.count {
        var inside = false
        var end = start
        while end < body.count, inside || body[end] != UInt8(ascii: "\n") {
            if body[end] == UInt8(ascii: "\"") { inside.toggle() }
            end += 1
        }
        let hasBreak = end < body.count
        var bytes = Array(body[start..<end])
        if hasBreak, bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        if !bytes.isEmpty {
            records.append(
                readRecord(
                    bytes, offset: start, line: line, columns: columns, format: format,
                    isOpen: inside))
        }
        line += body[start..<min(end + 1, body.count)].count { $0 == UInt8(ascii: "\n") }
        start = end + 1
    }
    return records
}

private func readRecord(
    _ bytes: [UInt8], offset: Int, line: Int, columns: Int, format: CSVFormat, isOpen: Bool
) -> ReadRecord {
    func bad(_ reason: RecordProblem.Reason, _ at: Int, _ column: Int?) -> ReadRecord {
        ReadRecord(
            offset: offset, line: line, fields: [], problem: reason, problemOffset: at,
            problemColumn: column)
    }
    let isTooLarge = bytes.count > format.maximumRecordBytes
    let seen = bytes.prefix(format.maximumRecordBytes)
    // Split at the delimiters outside quotes.
    var raw: [(start: Int, bytes: [UInt8])] = [(0, [])]
    var inside = false
    for (at, byte) in seen.enumerated() {
        if byte == UInt8(ascii: "\"") { inside.toggle() }
        if byte == format.delimiter, !inside {
            raw.append((at + 1, []))
        } else {
            raw[raw.count - 1].bytes.append(byte)
        }
    }
    var fields: [String] = []
    for (column, (start, field)) in raw.enumerated() {
        let cut = isTooLarge ? format.maximumRecordBytes - start : nil
        let (problem, value) = readField(field, cut: cut, following: bytes.dropFirst(start))
        if let problem { return bad(problem.reason, start + problem.at, column) }
        if field.count > format.maximumFieldBytes { return bad(.fieldTooLarge, start, column) }
        fields.append(value)
    }
    if isTooLarge { return bad(.recordTooLarge, 0, nil) }
    if isOpen { return bad(.unterminatedQuote, raw.last!.start, raw.count - 1) }
    if fields.count != columns { return bad(.wrongFieldCount, 0, nil) }
    return ReadRecord(offset: offset, line: line, fields: fields, problem: nil)
}

/// One field: its first offending byte, or its value.
/// - Parameters:
///   - cut: where the record was cut, counted from the field's start; nil when it was not.
///   - following: the file from the field's start.
private func readField(
    _ field: [UInt8], cut: Int?, following: ArraySlice<UInt8>
) -> (problem: (reason: RecordProblem.Reason, at: Int)?, value: String) {
    let isQuoted = field.first == UInt8(ascii: "\"")
    var value: [UInt8] = []
    var isClosed = false
    var at = isQuoted ? 1 : 0
    while at < field.count {
        let byte = field[at]
        if byte == 0 { return ((.nulByte, at), "") }
        var length = 1
        if byte >= 0x80 {
            length = wellFormedLength(Array(following.dropFirst(at).prefix(4)))
            // The record was cut here, perhaps within a character.
            if length == 0, let cut, cut - at < 4 { length = 1 }
            if length == 0 { return ((.invalidUTF8, at), "") }
        }
        if isQuoted, !isClosed {
            if byte == UInt8(ascii: "\"") {
                if at + 1 < field.count, field[at + 1] == byte {
                    at += 1
                } else {
                    isClosed = true
                    at += 1
                    continue
                }
            }
        } else if byte == UInt8(ascii: "\r") {
            return ((.bareCarriageReturn, at), "")
        } else if isQuoted {
            return ((.textAfterQuote, at), "")
        } else if byte == UInt8(ascii: "\"") {
            return ((.strayQuote, at), "")
        }
        value += field[at..<min(at + length, field.count)]
        at += length
    }
    return (nil, String(decoding: value, as: UTF8.self))
}

/// Bytes of the well-formed character at the beginning, by the standard library's own decoder; 0 when there is none.
func wellFormedLength(_ bytes: [UInt8]) -> Int {
    for length in 1...4 where length <= bytes.count {
        if let text = String(validating: bytes.prefix(length), as: UTF8.self),
            text.unicodeScalars.count == 1
        {
            return length
        }
    }
    return 0
}

/// Reads a body in chunks of a size as the job does: guess, fold, read the misread ones again.
func readInChunks(
    _ body: [UInt8], columns: Int, chunkSize: Int, format: CSVFormat = CSVFormat(),
    windowBytes: Int = ChunkReader.windowBytes
) throws -> (records: [ReadRecord], misread: Int) {
    let ranges = stride(from: 0, to: body.count, by: chunkSize).map {
        $0..<min($0 + chunkSize, body.count)
    }
    return try readRanges(
        body, ranges, columns: columns, format: format, windowBytes: windowBytes)
}

private func readRanges(
    _ body: [UInt8], _ ranges: [Range<Int>], columns: Int, format: CSVFormat, windowBytes: Int
) throws -> (records: [ReadRecord], misread: Int) {
    var chunks: [(report: ChunkReport, records: [ReadRecord])] = try ranges.map {
        try readChunk(
            body, $0, columns: columns, inside: nil, format: format, windowBytes: windowBytes)
    }
    let fold = ChunkFold(chunks.map(\.report))
    for index in fold.misread {
        chunks[index] = try readChunk(
            body, ranges[index], columns: columns, inside: fold.startsInsideQuotes[index],
            format: format, windowBytes: windowBytes)
    }
    let again = ChunkFold(chunks.map(\.report))
    precondition(again.misread.isEmpty && again.lineBreaksBefore == fold.lineBreaksBefore)
    precondition(ChunkFold.firstGap(chunks.map(\.report)) == nil)
    var records: [ReadRecord] = []
    for (chunk, lines) in zip(chunks, fold.lineBreaksBefore) {
        precondition(chunk.report.records == chunk.records.count)
        records += chunk.records.map {
            var record = $0
            record.line += lines
            return record
        }
    }
    return (records, fold.misread.count)
}

private func readChunk(
    _ body: [UInt8], _ range: Range<Int>, columns: Int, inside: Bool?, format: CSVFormat,
    windowBytes: Int
) throws -> (report: ChunkReport, records: [ReadRecord]) {
    var reader = ChunkReader(
        format: format, range: range, bodyStart: 0, fileSizeBytes: body.count,
        windowBytes: windowBytes
    ) { offset, buffer in
        let part = body[offset..<min(offset + buffer.count, body.count)]
        buffer.copyBytes(from: part)
        return part.count
    }
    let decoder = FieldDecoder(format: format)
    var records: [ReadRecord] = []
    let report = try reader.read(startsInsideQuotes: inside) { batch in
        for index in 0..<batch.count {
            let record = batch.record(index)
            let lines = batch.lineBreaksBefore + batch.lineBreaks(from: 0, to: Int(record.start))
            let problem = batch.problem(in: record, columns: columns, format: format)
            records.append(
                ReadRecord(
                    offset: batch.fileOffset + Int(record.start), line: lines,
                    fields: problem != nil
                        ? []
                        : (0..<columns).map {
                            String(
                                decoding: decoder.value(of: batch.rawField(record, $0)),
                                as: UTF8.self)
                        },
                    problem: problem?.reason, problemOffset: problem?.offset,
                    problemColumn: problem?.column))
        }
    }
    return (report, records)
}

/// Splits one body at one byte: two chunks.
func readInTwo(
    _ body: [UInt8], columns: Int, at split: Int, format: CSVFormat = CSVFormat(),
    windowBytes: Int = ChunkReader.windowBytes
) throws -> [ReadRecord] {
    try readRanges(
        body, [0..<split, split..<body.count], columns: columns, format: format,
        windowBytes: windowBytes
    ).records
}
