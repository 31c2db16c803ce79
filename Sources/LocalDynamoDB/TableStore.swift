public import JSON
import SQLite
import Synchronization

/// A part of DynamoDB over SQLite: its JSON requests, its answers, its errors. Each request is atomic.
///
/// Not supported: document paths (`a.b`, `a[0]`), ADD and DELETE in updates, `contains`, `size`,
/// `attribute_type`, `IN`, projections, filters, secondary indexes, transactions, streams, TTL.
/// What is not supported is refused, never ignored. Reserved words may be used as names.
public final class TableStore: Sendable {
    /// DynamoDB's limit for an item, here counted in its JSON text.
    public static let maximumItemBytes = 400 << 10

    private let database: Mutex<Database>

    /// Opens the tables of a file, which is made when it is missing.
    public init(_ path: String) throws(TableError) {
        let database = try Database(path)
        try database.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
        try database.run(
            "CREATE TABLE IF NOT EXISTS tables (name TEXT PRIMARY KEY, description TEXT NOT NULL)")
        try database.run(
            """
            CREATE TABLE IF NOT EXISTS items (
                table_name TEXT NOT NULL, partition_key BLOB NOT NULL, sort_key BLOB NOT NULL,
                item TEXT NOT NULL, PRIMARY KEY (table_name, partition_key, sort_key)
            ) WITHOUT ROWID
            """)
        self.database = Mutex(database)
    }

    /// One operation of the DynamoDB API, named without its version, with request and answer in
    /// DynamoDB's JSON.
    public func call(_ action: String, _ request: JSON) throws(TableError) -> JSON {
        guard let operation = Operation.all[action] else {
            throw TableError(
                code: "UnknownOperationException",
                message: "\(action) is not one of \(Operation.all.keys.sorted())")
        }
        let accepted = operation.parameters.union(Operation.ignored)
        for name in request.object?.names ?? [] where !accepted.contains(name) {
            throw .validation("\(name) is not supported in \(action)")
        }
        return try database.withLock { database throws(TableError) in
            let tables = Tables(database: database)
            return try database.transaction { () throws(TableError) in
                try operation.run(tables, request)
            }
        }
    }
}

/// An operation of the API: the parameters it knows, and what it does inside a transaction.
struct Operation: Sendable {
    var parameters: Set<String>
    var run: @Sendable (Tables, JSON) throws(TableError) -> JSON

    /// Parameters that ask for nothing that a table in one process would not do anyway.
    static let ignored: Set = [
        "ConsistentRead", "ReturnConsumedCapacity", "ReturnItemCollectionMetrics", "BillingMode",
        "ProvisionedThroughput", "Tags", "TableClass", "SSESpecification",
    ]

    static let all: [String: Operation] = [
        "CreateTable": .createTable, "DescribeTable": .describeTable, "GetItem": .getItem,
        "PutItem": .putItem, "UpdateItem": .updateItem, "DeleteItem": .deleteItem,
        "BatchWriteItem": .batchWriteItem, "Query": .query, "Scan": .scan,
    ]
}
