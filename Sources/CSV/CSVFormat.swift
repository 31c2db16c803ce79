/// How a CSV file is written, and how much of it is accepted.
///
/// RFC 4180 is the rule. Where CSV dialects differ, this is what was decided:
///
/// | matter | decision |
/// |---|---|
/// | line break | LF or CRLF, mixed as they come (RFC 4180 §2.1 has CRLF only) |
/// | bare CR outside quotes | ``RecordProblem/Reason/bareCarriageReturn``: it ends no record |
/// | missing last line break | accepted (§2.2) |
/// | blank line | skipped, is no record; also in a file of one column |
/// | header | required, and always the first record (§2.3 makes it optional) |
/// | byte order mark | one UTF-8 BOM at the start of the file is skipped |
/// | spaces | belong to the field (§2.4); a space before a quotation mark makes that mark a stray one |
/// | quotation mark | toggles between inside and outside wherever it stands, so where records end does not depend on where reading began |
/// | … in the middle of an unquoted field | ``RecordProblem/Reason/strayQuote`` (§2.5 forbids it) |
/// | … and text after a closing one | ``RecordProblem/Reason/textAfterQuote`` |
/// | … never closed | ``RecordProblem/Reason/unterminatedQuote`` |
/// | backslash | an ordinary character |
/// | comment lines | there are none |
/// | number of fields | the header's, in every record (§2.4) |
/// | encoding | UTF-8 without NUL |
public struct CSVFormat: Sendable, Hashable {
    /// The byte between two fields: comma, semicolon, tab or vertical bar.
    public var delimiter: UInt8
    /// Longest field in bytes, as it stands in the file with its quotation marks.
    /// The default is that of Python's csv module: 131,072.
    public var maximumFieldBytes: Int
    /// Longest record in bytes, without its line break. Default 1 MiB, the longest message of SQS.
    public var maximumRecordBytes: Int

    /// The delimiters that may be chosen.
    public static let delimiters: [UInt8] = [
        UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t"), UInt8(ascii: "|"),
    ]

    public init(
        delimiter: UInt8 = UInt8(ascii: ","), maximumFieldBytes: Int = 131_072,
        maximumRecordBytes: Int = 1 << 20
    ) {
        precondition(Self.delimiters.contains(delimiter))
        self.delimiter = delimiter
        self.maximumFieldBytes = maximumFieldBytes
        self.maximumRecordBytes = maximumRecordBytes
    }
}

enum Byte {
    static let quote = UInt8(ascii: "\"")
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
}
