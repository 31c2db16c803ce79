import JSON

/// How the items of a table lie in its file. Used inside a transaction.
protocol ItemStorage: AnyObject {
    /// Makes the tables of an empty file.
    func create() throws(TableError)
    /// Sees to what others have changed in the file's schema; called when a transaction has begun.
    func begin() throws(TableError)
    /// Forgets what a transaction that is undone may have taught it.
    func rolledBack()

    func item(_ location: KeySchema.Location) throws(TableError) -> JSONObject?
    /// All items of a partition, in no particular order.
    func items(partition: [UInt8]) throws(TableError) -> [JSONObject]
    /// Items in an order that stays the same while items come and go.
    func page(after start: KeySchema.Location?, _ limit: PageLimit) throws(TableError) -> ItemPage
    func put(_ item: JSONObject, at location: KeySchema.Location) throws(TableError)
    func delete(_ location: KeySchema.Location) throws(TableError)

    /// The names of all attributes that items have, the key's first, without control attributes.
    func attributeNames() throws(TableError) -> [String]
    /// Whether an attribute keeps the order of runs, and is shown by the API only.
    func isControl(_ name: String) -> Bool
}

/// Where a page of items ends: at the first of the two.
struct PageLimit {
    /// The size that ends a page, as in DynamoDB's Scan.
    static let usualBytes = 1 << 20

    var items: Int
    var bytes = Self.usualBytes
}

struct ItemPage {
    var items: [JSONObject] = []
    /// Whether more items follow.
    var hasMore = false
    private var bytes = 0

    /// Takes an item.
    /// - Returns: false when the page is full and it belongs to the next.
    mutating func append(_ item: JSONObject, _ limit: PageLimit) -> Bool {
        guard items.count < limit.items, bytes < limit.bytes else {
            hasMore = true
            return false
        }
        bytes += AttributeValue.sizeBytes(item)
        items.append(item)
        return true
    }
}
