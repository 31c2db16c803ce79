import JSON
import SQLite

/// How an attribute's value lies in a column.
///
/// | value | is stored as |
/// |---|---|
/// | no such attribute | NULL |
/// | S | TEXT |
/// | N that is an integer of 64 bits | INTEGER |
/// | any other | BLOB: a byte that says which (``Tag``), and the rest |
enum StoredValue {
    /// The first byte of a BLOB.
    enum Tag: UInt8 {
        case yes = 0x54  // T
        case no = 0x46  // F
        case null = 0x30  // 0
        /// The number's text follows.
        case number = 0x4E  // N
        /// The value's DynamoDB JSON follows.
        case json = 0x4A  // J
    }

    static func bound(_ value: JSON) -> BoundValue {
        if let text = value["S"]?.string { return .text(text) }
        if let text = value["N"]?.string {
            if let int = Int(text), String(int) == text { return .int(int) }
            return .blob([Tag.number.rawValue] + text.utf8)
        }
        switch value {
        case ["BOOL": true]: return .blob([Tag.yes.rawValue])
        case ["BOOL": false]: return .blob([Tag.no.rawValue])
        case ["NULL": true]: return .blob([Tag.null.rawValue])
        default: return .blob([Tag.json.rawValue] + value.serialized().utf8)
        }
    }

    /// The value at a row's column; nil for NULL.
    static func read(
        _ row: borrowing Database.Statement, _ column: Int
    ) throws(TableError) -> JSON? {
        switch row.type(column) {
        case .text: return ["S": JSON(row.text(column))]
        case .integer: return ["N": JSON(String(row.int(column)))]
        case .blob:
            return try row.withBytes(column) { bytes throws(TableError) in try decode(bytes) }
        default: return nil
        }
    }

    private static func decode(_ bytes: UnsafeRawBufferPointer) throws(TableError) -> JSON {
        let rest = bytes.dropFirst()
        switch bytes.first.flatMap({ Tag(rawValue: $0) }) {
        case .yes: return ["BOOL": true]
        case .no: return ["BOOL": false]
        case .null: return ["NULL": true]
        case .number: return ["N": JSON(String(decoding: rest, as: UTF8.self))]
        case .json:
            if let json = try? JSON(parsing: rest) { return json }
            fallthrough
        case nil: throw .internalError("a stored value is damaged")
        }
    }

    /// What people are shown of a column, in SQL: numbers as numbers where SQLite's are exact (15 digits,
    /// with the tag and a point 17 bytes) and as texts beyond; booleans as 1 and 0; others as DynamoDB's
    /// JSON.
    static func shown(_ column: String) -> String {
        let rest = "CAST(substr(\(column), 2) AS TEXT)"
        return "CASE typeof(\(column)) WHEN 'blob' THEN CASE substr(\(column), 1, 1) "
            + "WHEN x'54' THEN 1 WHEN x'46' THEN 0 WHEN x'30' THEN NULL "
            + "WHEN x'4E' THEN iif(length(\(column)) <= 17, CAST(\(rest) AS NUMERIC), \(rest)) "
            + "ELSE \(rest) END ELSE \(column) END"
    }
}
