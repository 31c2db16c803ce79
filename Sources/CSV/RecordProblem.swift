/// Why one record cannot be taken as it is, and where in it.
public struct RecordProblem: Error, Sendable, Hashable {
    /// The named error, as users see it.
    public struct Reason: RawRepresentable, Sendable, Hashable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let nulByte = Reason(rawValue: "Sluice.NULByte")
        public static let invalidUTF8 = Reason(rawValue: "Sluice.InvalidUTF8")
        public static let unterminatedQuote = Reason(rawValue: "Sluice.UnterminatedQuote")
        public static let strayQuote = Reason(rawValue: "Sluice.StrayQuote")
        public static let textAfterQuote = Reason(rawValue: "Sluice.TextAfterQuote")
        public static let bareCarriageReturn = Reason(rawValue: "Sluice.BareCarriageReturn")
        public static let wrongFieldCount = Reason(rawValue: "Sluice.WrongFieldCount")
        public static let fieldTooLarge = Reason(rawValue: "Sluice.FieldTooLarge")
        public static let recordTooLarge = Reason(rawValue: "Sluice.RecordTooLarge")
    }

    public var reason: Reason
    /// 0-based offset in the record of what is wrong: the byte, the field's start, or 0 for the whole record.
    public var offset: Int
    /// 0-based number of the field; nil when the whole record is meant.
    public var column: Int?
    /// One sentence with the particulars.
    public var message: String

    public init(_ reason: Reason, at offset: Int, column: Int?, _ message: String) {
        self.reason = reason
        self.offset = offset
        self.column = column
        self.message = message
    }
}
