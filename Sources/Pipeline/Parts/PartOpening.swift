import Stores
import System

extension RunStorage {
    /// How many parts of a list stay open while they are read; those of longer lists are opened for each
    /// read. A step has two lists, and 1,024 open files are what systems allow unless told otherwise.
    static let maximumOpenParts = 64

    /// Opens parts for some of their slices, side by side where the store is far away: each takes a
    /// few requests.
    /// - Parameters:
    ///   - parts: names and sizes; the readers come in the same order.
    ///   - shape: what the rows of all must be.
    /// - Throws: as ``PartReader`` does.
    func openParts(
        _ parts: [(name: String, sizeBytes: Int)], _ shape: PartShape, slices: Range<Int>
    ) throws -> [PartReader] {
        let readers = Monitor<[PartReader?]>(Array(repeating: nil, count: parts.count))
        let storage = self
        let keepsOpen = parts.count <= Self.maximumOpenParts
        try sideBySide(parts.count, atMost: environment.objects.readsSideBySide) { index in
            let reference = ObjectReference(
                bucket: storage.environment.workBucket, key: storage.key(parts[index].name),
                sizeBytes: parts[index].sizeBytes)
            let reader = try PartReader(
                storage.environment.objects, reference, shape, slices: slices,
                keepsOpen: keepsOpen)
            readers.withLock { $0[index] = reader }
        }
        return readers.withLock { $0.compactMap { $0 } }
    }
}
