@testable import CSV

/// A record as the tests compare it.
struct ReadRecord: Equatable, CustomStringConvertible {
    var offset: Int
    var line: Int
    var fields: [String]
    var problem: RecordProblem.Reason?
    var problemOffset: Int?

    var description: String {
        "\(offset):\(line) \(fields) \(problem?.rawValue ?? "") \(problemOffset.map(String.init) ?? "")"
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
    func bad(_ reason: RecordProblem.Reason, _ at: Int) -> ReadRecord {
        ReadRecord(
            offset: offset, line: line, fields: [], problem: reason, problemOffset: at)
    }
    // Split at the delimiters outside quotes.
    var raw: [(start: Int, bytes: [UInt8])] = [(0, [])]
    var inside = false
    for (at, byte) in bytes.enumerated() {
        if byte == UInt8(ascii: "\"") { inside.toggle() }
        if byte == format.delimiter, !inside {
            raw.append((at + 1, []))
        } else {
            raw[raw.count - 1].bytes.append(byte)
        }
    }
    var fields: [String] = []
    for (start, bytes) in raw {
        if bytes.first == UInt8(ascii: "\"") {
            var at = 1
            var value: [UInt8] = []
            var isClosed = false
            while at < bytes.count {
                if bytes[at] == 0 { return bad(.nulByte, start + at) }
                if bytes[at] == UInt8(ascii: "\"") {
                    if at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "\"") {
                        at += 1
                    } else {
                        isClosed = true
                        at += 1
                        break
                    }
                }
                value.append(bytes[at])
                at += 1
            }
            if !isClosed { return bad(.unterminatedQuote, start) }
            if at < bytes.count {
                switch bytes[at] {
                case 0: return bad(.nulByte, start + at)
                case UInt8(ascii: "\r"): return bad(.bareCarriageReturn, start + at)
                default: return bad(.textAfterQuote, start + at)
                }
            }
            fields.append(String(decoding: value, as: UTF8.self))
        } else {
            for (at, byte) in bytes.enumerated() {
                if byte == 0 { return bad(.nulByte, start + at) }
                if byte == UInt8(ascii: "\r") { return bad(.bareCarriageReturn, start + at) }
                if byte == UInt8(ascii: "\"") { return bad(.strayQuote, start + at) }
            }
            fields.append(String(decoding: bytes, as: UTF8.self))
        }
    }
    if fields.count != columns { return bad(.wrongFieldCount, 0) }
    return ReadRecord(offset: offset, line: line, fields: fields, problem: nil)
}

/// Reads a body in chunks of a size as the job does: guess, fold, read the misread ones again.
func readInChunks(
    _ body: [UInt8], columns: Int, chunkSize: Int, format: CSVFormat = CSVFormat()
) throws -> (records: [ReadRecord], misread: Int) {
    let ranges = stride(from: 0, to: body.count, by: chunkSize).map {
        $0..<min($0 + chunkSize, body.count)
    }
    var chunks: [(report: ChunkReport, records: [ReadRecord])] = try ranges.map {
        try readChunk(body, $0, columns: columns, inside: nil, format: format)
    }
    let fold = ChunkFold(chunks.map(\.report))
    for index in fold.misread {
        chunks[index] = try readChunk(
            body, ranges[index], columns: columns, inside: fold.startsInsideQuotes[index],
            format: format)
    }
    let again = ChunkFold(chunks.map(\.report))
    precondition(again.misread.isEmpty && again.lineBreaksBefore == fold.lineBreaksBefore)
    precondition(ChunkFold.firstGap(chunks.map(\.report), bodyStart: 0) == nil)
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
    _ body: [UInt8], _ range: Range<Int>, columns: Int, inside: Bool?, format: CSVFormat
) throws -> (report: ChunkReport, records: [ReadRecord]) {
    var reader = ChunkReader(
        format: format, range: range, bodyStart: 0, fileSizeBytes: body.count
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
                    problem: problem?.reason, problemOffset: problem?.offset))
        }
    }
    return (report, records)
}
