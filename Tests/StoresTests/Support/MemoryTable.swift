import JSON
import Stores
import Synchronization

/// A ``Table`` in memory that knows the condition ``TableCondition/attributeMissing(_:)``.
final class MemoryTable: Table {
    let items = Mutex<[TableKey: JSONObject]>([:])

    func getItem(key: TableKey) throws(StoreError) -> JSONObject? {
        items.withLock { $0[key] }
    }

    func updateItem(
        key: TableKey, set: JSONObject, remove: [String], condition: TableCondition?
    ) throws(StoreError) -> TableUpdate {
        items.withLock { items in
            let old = items[key] ?? [:]
            if case .attributeMissing(let name)? = condition, old[name] != nil {
                return TableUpdate(isDone: false, item: old)
            }
            var new = old
            for (name, value) in set { new[name] = value }
            for name in remove { new[name] = nil }
            items[key] = new
            return TableUpdate(isDone: true, item: new)
        }
    }
}
