import JSON
import Synchronization

/// Which columns the hashes in the attributes of a table's items stand for, kept for good: one item a
/// hash in a ``Table``, with the sort key `columns#HASH` and the attribute `columns`, a JSON array.
///
/// A run adds its own before its first write, so that whoever meets its hash finds the names.
public final class ColumnSets: Sendable {
    let table: any Table
    private let partition: String
    private let cache = Mutex<[String: [String]]>([:])

    /// - Parameter partition: the partition key of the items: one for each table that is loaded.
    public init(_ table: any Table, partition: String) {
        self.table = table
        self.partition = partition
    }

    /// What is known so far: what this process has added or looked up.
    public var known: [String: [String]] { cache.withLock { $0 } }

    /// Keeps names of columns; those that are kept already are no error.
    /// - Parameter columns: without the key's, in any order.
    /// - Returns: their hash.
    /// - Throws: ``StoreError/Code/columnsCollide`` when other columns have the same hash.
    @discardableResult
    public func add(_ columns: [String]) throws(StoreError) -> String {
        let hash = RunOrder.hash(ofColumns: columns)
        let sorted = columns.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let text = JSON.array(sorted.map { .string($0) }).serialized()
        let update = try table.updateItem(
            key: key(hash), set: ["columns": .string(text)], remove: [],
            condition: .attributeMissing("columns"))
        guard update.isDone || update.item["columns"] == .string(text) else {
            throw StoreError(
                .columnsCollide, "other columns have the hash \(hash) too: rename one of them",
                subject: partition)
        }
        cache.withLock { $0[hash] = sorted }
        return hash
    }

    /// The names behind a hash; nil when no run has kept any.
    public func columns(ofHash hash: String) throws(StoreError) -> [String]? {
        if let columns = cache.withLock({ $0[hash] }) { return columns }
        guard let text = try table.getItem(key: key(hash))?["columns"]?.string,
            let names = (try? JSON(parsing: Array(text.utf8)))?.array
        else { return nil }
        let columns = names.compactMap(\.string)
        guard columns.count == names.count, RunOrder.hash(ofColumns: columns) == hash else {
            return nil
        }
        cache.withLock { $0[hash] = columns }
        return columns
    }

    /// Looks these hashes up, so that ``known`` has them.
    /// - Throws: ``StoreError/Code/foreignVersion`` when one of them stands for nothing.
    func lookUp(_ hashes: [String], subject: String) throws(StoreError) {
        for hash in hashes {
            guard try columns(ofHash: hash) == nil else { continue }
            throw StoreError(
                .foreignVersion,
                "an item has an attribute for columns with the hash \(hash), which no run has kept",
                subject: subject)
        }
    }

    private func key(_ hash: String) -> TableKey { TableKey(partition, "columns#" + hash) }
}

extension StoreError.Code {
    /// Two sets of columns have one hash.
    public static let columnsCollide = StoreError.Code(rawValue: "ColumnsCollide")
}
