public import JSON

/// Why a table request was refused, named as DynamoDB names it.
public struct TableError: Error, Sendable, Hashable, CustomStringConvertible {
    /// `ValidationException`, say.
    public var code: String
    public var message: String
    /// The item that did not meet the condition, when the request asked for it.
    public var item: JSON?

    public init(code: String, message: String, item: JSON? = nil) {
        self.code = code
        self.message = message
        self.item = item
    }

    public var description: String { "\(code): \(message)" }

    static func validation(_ message: String) -> TableError {
        TableError(code: "ValidationException", message: message)
    }

    /// A JSON value of a type that the request's form does not have at its place.
    static func serialization(_ message: String) -> TableError {
        TableError(code: "SerializationException", message: message)
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
