extension RecordBatch {
    /// What is wrong with a record, the first by position; nil when it is fine.
    ///
    /// Looked for in this order: bytes that must not be (NUL, invalid UTF-8, misplaced quotation
    /// marks and carriage returns) and fields that are too long, by their position in the first
    /// ``CSVFormat/maximumRecordBytes``; then the record's length; then the number of its fields.
    /// - Parameter columns: the number of fields that a record must have.
    public func problem(
        in record: Record, columns: Int, format: CSVFormat
    ) -> RecordProblem? {
        if record.needsCheck || record.isCut != .none {
            var check = RecordCheck(bytes: bytes(of: record), format: format, isCut: record.isCut)
            if let problem = check.run() { return problem }
        }
        if Int(record.fieldCount) != columns {
            return RecordProblem(
                .wrongFieldCount, at: 0, column: nil,
                "\(record.fieldCount) field\(record.fieldCount == 1 ? "" : "s"), the header has \(columns)"
            )
        }
        return nil
    }
}

/// Reads one record byte by byte by the rules of ``CSVFormat``.
struct RecordCheck {
    let bytes: UnsafeBufferPointer<UInt8>
    let format: CSVFormat
    let isCut: RecordBatch.Record.CutReason

    private enum Place { case fieldStart, unquoted, quoted, afterQuote }
    private var place = Place.fieldStart
    private var fieldStart = 0
    private var column = 0

    init(
        bytes: UnsafeBufferPointer<UInt8>, format: CSVFormat,
        isCut: RecordBatch.Record.CutReason
    ) {
        self.bytes = bytes
        self.format = format
        self.isCut = isCut
    }

    mutating func run() -> RecordProblem? {
        let count = min(bytes.count, format.maximumRecordBytes)
        let isTooLarge = isCut == .tooLarge || bytes.count > format.maximumRecordBytes
        var at = 0
        while at < count {
            let byte = bytes[at]
            // Most bytes are none of those that matter, and change nothing.
            if byte &- 1 < 0x7F, byte != Byte.quote, byte != Byte.carriageReturn {
                if place == .quoted || byte != format.delimiter && place == .unquoted {
                    at += 1
                    continue
                }
                if byte != format.delimiter, place == .fieldStart {
                    place = .unquoted
                    at += 1
                    continue
                }
            }
            switch byte {
            case 0:
                return RecordProblem(.nulByte, at: at, column: column, "a NUL byte")
            case 0x80...:
                let length = UTF8Check.sequenceLength(bytes, at: at)
                // A character may be cut where the record was.
                if length == 0, !(isTooLarge && at + 4 > count) {
                    return RecordProblem(
                        .invalidUTF8, at: at, column: column,
                        "byte 0x\(String(byte, radix: 16)) is not UTF-8 here")
                }
                if let problem = stray(byte, at) { return problem }
                at += max(length, 1)
                continue
            case format.delimiter where place != .quoted:
                if let problem = fieldEnd(at) { return problem }
                column += 1
                fieldStart = at + 1
                place = .fieldStart
            default:
                if let problem = stray(byte, at) { return problem }
            }
            at += 1
        }
        if let problem = fieldEnd(count) { return problem }
        if isTooLarge {
            return RecordProblem(
                .recordTooLarge, at: 0, column: nil,
                "longer than \(format.maximumRecordBytes) bytes")
        }
        if place == .quoted {
            return RecordProblem(
                .unterminatedQuote, at: fieldStart, column: column,
                "the file ends inside a quoted field")
        }
        return nil
    }

    /// Moves on by a byte that is no delimiter outside quotes.
    private mutating func stray(_ byte: UInt8, _ at: Int) -> RecordProblem? {
        switch (place, byte) {
        case (.fieldStart, Byte.quote): place = .quoted
        case (.quoted, Byte.quote): place = .afterQuote
        case (.quoted, _): break
        case (.afterQuote, Byte.quote): place = .quoted
        case (_, Byte.carriageReturn):
            return RecordProblem(
                .bareCarriageReturn, at: at, column: column,
                "a carriage return without a line feed, outside quotes")
        case (.unquoted, Byte.quote):
            return RecordProblem(
                .strayQuote, at: at, column: column,
                "a quotation mark in a field that does not start with one")
        case (.afterQuote, _):
            return RecordProblem(
                .textAfterQuote, at: at, column: column,
                "text behind the closing quotation mark")
        case (.fieldStart, _): place = .unquoted
        case (.unquoted, _): break
        }
        return nil
    }

    private func fieldEnd(_ at: Int) -> RecordProblem? {
        guard at - fieldStart > format.maximumFieldBytes else { return nil }
        let hint =
            bytes[fieldStart] == Byte.quote ? "; perhaps its quotation mark is never closed" : ""
        return RecordProblem(
            .fieldTooLarge, at: fieldStart, column: column,
            "longer than \(format.maximumFieldBytes) bytes\(hint)")
    }
}

/// Well-formed UTF-8, by table 3-7 of the Unicode Standard.
enum UTF8Check {
    /// Length of the character that starts there, 2 to 4; 0 when it is not well-formed.
    static func sequenceLength(_ bytes: UnsafeBufferPointer<UInt8>, at: Int) -> Int {
        func isContinuation(_ offset: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
            at + offset < bytes.count && range.contains(bytes[at + offset])
        }
        switch bytes[at] {
        case 0xC2...0xDF: return isContinuation(1) ? 2 : 0
        case 0xE0: return isContinuation(1, 0xA0...0xBF) && isContinuation(2) ? 3 : 0
        case 0xED: return isContinuation(1, 0x80...0x9F) && isContinuation(2) ? 3 : 0
        case 0xE1...0xEF: return isContinuation(1) && isContinuation(2) ? 3 : 0
        case 0xF0:
            return isContinuation(1, 0x90...0xBF) && isContinuation(2) && isContinuation(3) ? 4 : 0
        case 0xF4:
            return isContinuation(1, 0x80...0x8F) && isContinuation(2) && isContinuation(3) ? 4 : 0
        case 0xF1...0xF3:
            return isContinuation(1) && isContinuation(2) && isContinuation(3) ? 4 : 0
        default: return 0
        }
    }
}
