/// What went wrong with an object, a queue or a table.
public struct StoreError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Open: the services' own codes are kept as they are.
    public struct Code: RawRepresentable, Sendable, Hashable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let noSuchKey = Code(rawValue: "NoSuchKey")
        public static let noSuchBucket = Code(rawValue: "NoSuchBucket")
        public static let accessDenied = Code(rawValue: "AccessDenied")
        public static let versionChanged = Code(rawValue: "VersionChanged")
        public static let invalidKey = Code(rawValue: "InvalidKey")
        public static let messagesNotAccepted = Code(rawValue: "MessagesNotAccepted")
        public static let inputOutput = Code(rawValue: "InputOutputError")
        /// Worth another try: throttled, timed out, reset.
        public static let unavailable = Code(rawValue: "Unavailable")
    }

    public var code: Code
    public var message: String
    /// The object, queue or table.
    public var subject: String
    /// The key of the item, where one item is the reason. It stands in a partner's file, so it is for
    /// those who may see that, and not for logs.
    public var key: String?

    public init(_ code: Code, _ message: String, subject: String, key: String? = nil) {
        self.code = code
        self.message = message
        self.subject = subject
        self.key = key
    }

    /// Without the key.
    public var description: String { "\(code.rawValue): \(subject): \(message)" }
}
