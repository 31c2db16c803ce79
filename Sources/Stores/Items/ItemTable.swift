/// A table of items that runs load: DynamoDB, or a table of this machine that takes them in bulk.
public protocol ItemTable: Sendable {
    var name: String { get }
    /// Whether several tasks that write different keys at a time are faster than one that writes all of
    /// them in the order of their slices.
    var writesSideBySide: Bool { get }
    /// Whether ``create(key:)`` makes the table; where not, who deploys makes it.
    var mayBeCreated: Bool { get }

    /// The key's attributes, the partition key first; nil when there is no such table.
    func describe() throws(StoreError) -> [ItemKeyAttribute]?
    /// Makes the table with this partition key; one that is there stays as it is.
    /// - Throws: ``StoreError/Code/noSuchTable`` where tables are not made by runs.
    func create(key: ItemKeyAttribute) throws(StoreError)
    /// Tells before anything is written whether rows of this layout can be.
    /// - Throws: ``StoreError/Code/tooManyColumns``.
    func check(_ layout: ItemLayout) throws(StoreError)
    /// Writes rows, in any order and side by side. Written twice, a row is the same.
    ///
    /// - Parameters:
    ///   - rows: rows of the layout, one behind the other, ``ItemRow``; each key once. They must be
    ///     valid for the duration of the call only.
    ///   - columnSets: which columns the hashes of other runs into the table stand for; nil when only
    ///     runs that replace write it.
    /// - Returns: what became of the rows, each counted once.
    /// - Throws: ``StoreError`` when any row could not be written, others may have been; codes
    ///   ``StoreError/Code/foreignVersion``, ``StoreError/Code/itemTooLarge``,
    ///   ``StoreError/Code/tooManyColumns``, ``StoreError/Code/damagedRows`` and the services' own.
    func write(
        _ rows: UnsafeRawBufferPointer, _ layout: ItemLayout, _ columnSets: ColumnSets?
    ) throws(StoreError) -> ItemCounts
}

/// A key's attribute of a table.
public struct ItemKeyAttribute: Sendable, Hashable {
    public var name: String
    /// `S`, `N` or `B`.
    public var type: String

    public init(_ name: String, type: String = "S") {
        self.name = name
        self.type = type
    }
}

/// A column of rows: an attribute's name and type.
public struct ItemColumn: Sendable, Hashable {
    /// DynamoDB's names of the types that rows carry.
    public enum ValueType: String, Sendable, Hashable {
        case string = "S"
        case number = "N"
        case boolean = "BOOL"
    }

    public var name: String
    public var type: ValueType

    public init(_ name: String, _ type: ValueType = .string) {
        self.name = name
        self.type = type
    }
}

/// What the rows of a run are, and how they are written.
public struct ItemLayout: Sendable, Hashable {
    /// In the order of the rows, which is the file's; the key's among them.
    public let columns: [ItemColumn]
    /// The place of the key's column.
    public let keyIndex: Int
    public let mode: RunOrder.Mode
    /// The run's order among others; nil to write without versions, whatever is there.
    public let order: RunOrder?

    /// - Parameters:
    ///   - key: the name of one of the columns.
    ///   - columns: each name once.
    ///   - order: of the same mode, made of the columns without the key.
    public init(key: String, columns: [ItemColumn], mode: RunOrder.Mode, order: RunOrder?) {
        guard let keyIndex = columns.firstIndex(where: { $0.name.utf8.elementsEqual(key.utf8) })
        else { preconditionFailure("the key is one of the columns") }
        precondition(order.map { $0.mode == mode } ?? true, "the order is of the same mode")
        self.columns = columns
        self.keyIndex = keyIndex
        self.mode = mode
        self.order = order
    }

    /// The name of the key.
    public var key: String { columns[keyIndex].name }
    /// The names of the columns without the key's.
    public var attributes: [String] {
        columns.indices.filter { $0 != keyIndex }.map { columns[$0].name }
    }
}

/// What became of rows.
public struct ItemCounts: Sendable, Hashable {
    /// Written whole, now or by an earlier attempt of the run.
    public var written: Int
    /// Not written, since newer runs cover all of them.
    public var superseded: Int
    /// Written in the part that newer runs do not cover.
    public var merged: Int

    public init(written: Int = 0, superseded: Int = 0, merged: Int = 0) {
        self.written = written
        self.superseded = superseded
        self.merged = merged
    }

    public static func += (counts: inout ItemCounts, more: ItemCounts) {
        counts.written += more.written
        counts.superseded += more.superseded
        counts.merged += more.merged
    }
}

extension StoreError.Code {
    public static let noSuchTable = StoreError.Code(rawValue: "NoSuchTable")
    /// More columns than an update of DynamoDB can name.
    public static let tooManyColumns = StoreError.Code(rawValue: "TooManyColumns")
    /// An attribute that keeps the order of runs has a value that is no version of a run.
    public static let foreignVersion = StoreError.Code(rawValue: "ForeignVersion")
    /// The item would have more than 409,600 bytes.
    public static let itemTooLarge = StoreError.Code(rawValue: "ItemTooLarge")
    /// Bytes that are no rows.
    public static let damagedRows = StoreError.Code(rawValue: "DamagedRows")
}
