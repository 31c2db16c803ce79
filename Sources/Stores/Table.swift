public import JSON

/// A table of items by a partition key and a sort key: DynamoDB, or what the engine serves in its place.
public protocol Table: Sendable {
    /// The item; nil when there is none.
    func getItem(key: TableKey) throws(StoreError) -> JSONObject?
    /// Sets attributes of one item in one atomic step, making the item when there is none.
    /// - Parameters:
    ///   - set: attributes and their new values; strings and numbers only.
    ///   - remove: attributes to take away.
    ///   - condition: nil, or what must hold for the item as it is.
    /// - Returns: the whole item as it is afterwards, or, when the condition did not hold, as it is now.
    func updateItem(
        key: TableKey, set: JSONObject, remove: [String], condition: TableCondition?
    ) throws(StoreError) -> TableUpdate
}

/// The key of an item.
public struct TableKey: Sendable, Hashable {
    /// Attribute `pk`.
    public var partition: String
    /// Attribute `sk`.
    public var sort: String

    public init(_ partition: String, _ sort: String) {
        self.partition = partition
        self.sort = sort
    }
}

/// What must hold for an update, in DynamoDB's condition expressions.
public enum TableCondition: Sendable, Hashable {
    case attributeMissing(String)
    /// Missing, or less than the value (strings by their UTF-8 bytes).
    case missingOrLess(String, than: JSON)
    /// Missing, or another value.
    case missingOrOther(String, than: JSON)
    /// There, and that value.
    case equal(String, JSON)
}

/// What an update found or made.
public struct TableUpdate: Sendable, Hashable {
    /// False when the condition did not hold and nothing was changed.
    public var isDone: Bool
    public var item: JSONObject

    public init(isDone: Bool, item: JSONObject) {
        self.isDone = isDone
        self.item = item
    }
}
