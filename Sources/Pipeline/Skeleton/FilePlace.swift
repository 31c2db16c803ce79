import JSON
import LambdaRuntime
import Stores

/// Where in a file something is wrong, as far as there is such a place.
struct FilePlace {
    /// The name the partner gave it.
    var file: String
    /// 1-based, the header not counted.
    var record: Int?
    /// The physical line of the byte, 1-based.
    var line: Int?
    /// Of the offending byte, 0-based, a byte order mark counted.
    var byteOffset: Int?
    /// The name of the column.
    var column: String?
    /// What stands there.
    var value: JSON?

    init(
        file: String, record: Int? = nil, line: Int? = nil, byteOffset: Int? = nil,
        column: String? = nil, value: JSON? = nil
    ) {
        self.file = file
        self.record = record
        self.line = line
        self.byteOffset = byteOffset
        self.column = column
        self.value = value
    }

    /// The place of a reject, a line of `rejects/KIND.jsonl`.
    init(file: String, reject: JSON) {
        self.init(
            file: file, record: reject["record"]?.int, line: reject["line"]?.int,
            byteOffset: reject["byte_offset"]?.int, column: reject["column"]?.string,
            value: reject["value"])
    }

    /// For people, without the file: `record 2, line 3, byte offset 79, column total_price, value "abc"`.
    var text: String {
        var parts: [String] = []
        if let record { parts.append("record \(record)") }
        if let line { parts.append("line \(line)") }
        if let byteOffset { parts.append("byte offset \(byteOffset)") }
        if let column { parts.append("column \(column)") }
        if let value { parts.append("value \(value.serialized())") }
        return parts.joined(separator: ", ")
    }

    /// For logs: with the file and without what stands there.
    var publicText: String {
        var place = self
        place.value = nil
        let text = place.text
        return text.isEmpty ? file : "\(file): \(text)"
    }

    /// For programs, the file too.
    var details: JSONObject {
        var object: JSONObject = ["file": .string(file)]
        object["record"] = record.map { JSON($0) }
        object["line"] = line.map { JSON($0) }
        object["byteOffset"] = byteOffset.map { JSON($0) }
        object["column"] = column.map { .string($0) }
        object["value"] = value
        return object
    }
}

extension StepError {
    /// An error whose cause reads `FILE: PLACE: MESSAGE`.
    init(errorName: String, at place: FilePlace, _ message: String) {
        let text = place.text
        self.init(
            errorName: errorName,
            cause: "\(place.file): " + (text.isEmpty ? "" : "\(text): ") + message,
            details: place.details, publicCause: place.publicText)
    }
}
