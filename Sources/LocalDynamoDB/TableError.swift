public import JSON

/// Why a table request was refused, named as DynamoDB names it.
public struct TableError: Error, Sendable, Hashable, CustomStringConvertible {
    /// `ValidationException`, say.
    public var code: String
    public var message: String
    /// The item that did not meet the condition, when the request asked for it.
    public var item: JSON?
    /// What a program has to know beside: further members of the answer.
    public var details: JSONObject

    public init(
        code: String, message: String, item: JSON? = nil, details: JSONObject = [:]
    ) {
        self.code = code
        self.message = message
        self.item = item
        self.details = details
    }

    public var description: String { "\(code): \(message)" }

    static func validation(_ message: String) -> TableError {
        TableError(code: "ValidationException", message: message)
    }

    /// A JSON value of a type that the request's form does not have at its place.
    static func serialization(_ message: String) -> TableError {
        TableError(code: "SerializationException", message: message)
    }

    /// Bytes that are no rows.
    static func damagedRows(_ message: String) -> TableError {
        TableError(code: "DamagedRows", message: message)
    }

    /// A row that would make an item of more than ``TableStore/maximumItemBytes``.
    static func itemTooLarge(key: String) -> TableError {
        TableError(
            code: "ItemTooLarge",
            message: "an item would have more than \(TableStore.maximumItemBytes) bytes",
            details: ["Key": JSON(key)])
    }

    /// A control attribute that another program has written.
    static func foreignVersion(_ attribute: String, key: String) -> TableError {
        TableError(
            code: "ForeignVersion",
            message: "an item's attribute \(attribute) is no version of a run: another program "
                + "uses its name", details: ["Key": JSON(key)])
    }

    /// Hashes of newer runs' columns that the request does not explain.
    static func unknownColumns(_ hashes: [String]) -> TableError {
        TableError(
            code: "UnknownColumns",
            message: "the columns behind these hashes are not known: "
                + hashes.joined(separator: ", "),
            details: ["Hashes": .array(hashes.map { JSON($0) })])
    }

    static let itemTooLarge = validation("Item size has exceeded the maximum allowed size")

    static func conditionFailed(_ item: JSON?) -> TableError {
        TableError(
            code: "ConditionalCheckFailedException", message: "The conditional request failed",
            item: item)
    }

    static func inUse(_ table: String) -> TableError {
        TableError(
            code: "ResourceInUseException", message: "Table already exists: \(table)")
    }

    static func notFound(_ table: String) -> TableError {
        TableError(
            code: "ResourceNotFoundException",
            message: "Requested resource not found: Table: \(table) not found")
    }

    static func internalError(_ message: String) -> TableError {
        TableError(code: "InternalServerError", message: message)
    }
}
