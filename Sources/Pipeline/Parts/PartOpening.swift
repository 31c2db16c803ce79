import Stores
import System

extension RunStorage {
    /// Opens parts for some of their slices, side by side where the store is far away: each takes a
    /// few requests.
    /// - Parameter parts: names and sizes; the readers come in the same order.
    func openParts(
        _ parts: [(name: String, sizeBytes: Int)], slices: Range<Int>
    ) throws -> [PartReader] {
        let readers = Monitor<[PartReader?]>(Array(repeating: nil, count: parts.count))
        let storage = self
        try sideBySide(parts.count, atMost: environment.objects.readsSideBySide) { index in
            let reader = try storage.openPart(
                parts[index].name, sizeBytes: parts[index].sizeBytes, slices: slices)
            readers.withLock { $0[index] = reader }
        }
        return readers.withLock { $0.compactMap { $0 } }
    }
}
