import JSON
import StatesLanguage

/// The rows of a text with separated fields, as Step Functions' own reader takes them: leniently,
/// which is why the jobs do not use it.
///
/// After <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html>: all
/// fields are strings; what a short row lacks is empty, what a long one has over is dropped; quotes
/// enclose delimiters and line breaks and are doubled within; a backslash takes a backslash, a quote
/// or a delimiter as it is and vanishes before anything else. Decided here, where nothing is
/// documented: a line ends with LF or CRLF, empty lines are no rows, text behind a closing quote is
/// kept, and what is no UTF-8, a quote that is never closed or a column named twice is an error.
struct CSVItems {
    /// The longest header: <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html>.
    static let headerBytes = 10 << 10

    private let bytes: ArraySlice<UInt8>
    private var at: Int
    private let delimiter: UInt8
    private var columns: [String] = []
    /// Of a row of empty fields as JSON, about.
    private var emptyRowBytes = 0
    /// Rows read, the header's counted.
    private var rows = 0

    /// Bytes of the items so far as JSON, about: short rows are padded to every column.
    var itemBytes: Int {
        at - bytes.startIndex + rows * emptyRowBytes
    }

    /// Reads the header, unless it is given.
    init(_ bytes: ArraySlice<UInt8>, _ reader: ItemReader) throws(ItemReading.Failed) {
        self.bytes = bytes
        at = bytes.startIndex
        delimiter =
            switch reader.csvDelimiter ?? .comma {
            case .comma: UInt8(ascii: ",")
            case .pipe: UInt8(ascii: "|")
            case .semicolon: UInt8(ascii: ";")
            case .space: UInt8(ascii: " ")
            case .tab: UInt8(ascii: "\t")
            }
        guard reader.csvHeaderLocation != .given else {
            take(header: reader.csvHeaders)
            return
        }
        guard let header = try row() else {
            throw ItemReading.Failed(cause: "it is empty: the header is missing")
        }
        guard at - bytes.startIndex <= Self.headerBytes else {
            throw ItemReading.Failed(cause: "the header is longer than \(Self.headerBytes) bytes")
        }
        for (index, name) in header.enumerated() where header[..<index].contains(name) {
            throw ItemReading.Failed(cause: "the header names the column '\(name)' twice")
        }
        take(header: header)
    }

    private mutating func take(header: [String]) {
        columns = header
        emptyRowBytes = header.reduce(2) { $0 + $1.utf8.count + 6 }
    }

    /// The next row as an object of its columns; nil at the end.
    mutating func next() throws(ItemReading.Failed) -> JSON? {
        guard let fields = try row() else { return nil }
        var item = JSONObject()
        for (index, column) in columns.enumerated() {
            item[column] = .string(index < fields.count ? fields[index] : "")
        }
        return .object(item)
    }

    private mutating func row() throws(ItemReading.Failed) -> [String]? {
        skipEmptyLines()
        guard at < bytes.endIndex else { return nil }
        rows += 1
        var fields: [String] = []
        while true {
            fields.append(try field())
            guard at < bytes.endIndex else { return fields }
            let separator = bytes[at]
            at += 1
            if separator == delimiter { continue }
            // The CR of a CRLF; the LF follows.
            if separator == UInt8(ascii: "\r") { at += 1 }
            return fields
        }
    }

    private mutating func skipEmptyLines() {
        while at < bytes.endIndex, isLineEnd {
            at += bytes[at] == UInt8(ascii: "\r") ? 2 : 1
        }
    }

    private var isLineEnd: Bool {
        bytes[at] == UInt8(ascii: "\n")
            || bytes[at] == UInt8(ascii: "\r") && at + 1 < bytes.endIndex
                && bytes[at + 1] == UInt8(ascii: "\n")
    }

    /// One field; stops before the delimiter, the line's end, or the text's.
    private mutating func field() throws(ItemReading.Failed) -> String {
        var value: [UInt8] = []
        var isQuoted = false
        if at < bytes.endIndex, bytes[at] == UInt8(ascii: "\"") {
            isQuoted = true
            at += 1
        }
        while at < bytes.endIndex {
            let byte = bytes[at]
            let following = at + 1 < bytes.endIndex ? bytes[at + 1] : nil
            switch byte {
            case UInt8(ascii: "\\"):
                at += 1
                if let following, isEscapable(following) {
                    value.append(following)
                    at += 1
                }
                continue
            case UInt8(ascii: "\"") where isQuoted:
                if following == byte {
                    value.append(byte)
                    at += 1
                } else {
                    isQuoted = false
                }
            case _ where !isQuoted && (byte == delimiter || isLineEnd): return try text(value)
            default: value.append(byte)
            }
            at += 1
        }
        guard !isQuoted else {
            throw ItemReading.Failed(cause: "row \(rows): a quotation mark is never closed")
        }
        return try text(value)
    }

    private func isEscapable(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "\"") || byte == delimiter
    }

    private func text(_ value: [UInt8]) throws(ItemReading.Failed) -> String {
        guard let text = String(validating: value, as: UTF8.self) else {
            throw ItemReading.Failed(cause: "row \(rows): not UTF-8")
        }
        return text
    }
}
