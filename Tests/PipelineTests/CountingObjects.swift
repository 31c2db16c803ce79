import Stores
import Synchronization

/// A store that counts how many of its objects are open at a time.
final class CountingObjects: ObjectStore {
    private struct Count {
        var open = 0
        var most = 0
        var opened = 0
    }

    private final class Reader: ObjectReader {
        let reader: any ObjectReader
        let store: CountingObjects
        var reference: ObjectReference { reader.reference }

        init(_ reader: any ObjectReader, _ store: CountingObjects) {
            self.reader = reader
            self.store = store
            store.count.withLock { count in
                count.open += 1
                count.opened += 1
                count.most = max(count.most, count.open)
            }
        }

        deinit { store.count.withLock { $0.open -= 1 } }

        func read(
            at offset: Int, into buffer: UnsafeMutableRawBufferPointer
        ) throws(StoreError) -> Int {
            try reader.read(at: offset, into: buffer)
        }

        func checkVersion() throws(StoreError) { try reader.checkVersion() }
    }

    private let store: any ObjectStore
    private let count = Mutex(Count())

    init(_ store: any ObjectStore) { self.store = store }

    /// How many were open at once, at most.
    var mostOpen: Int { count.withLock { $0.most } }
    /// How often one was opened.
    var opened: Int { count.withLock { $0.opened } }

    func headObject(bucket: String, key: String) throws(StoreError) -> ObjectReference? {
        try store.headObject(bucket: bucket, key: key)
    }

    func openObject(_ reference: ObjectReference) throws(StoreError) -> any ObjectReader {
        Reader(try store.openObject(reference), self)
    }

    func getObject(bucket: String, key: String) throws(StoreError) -> [UInt8] {
        try store.getObject(bucket: bucket, key: key)
    }

    func putObject(
        bucket: String, key: String, bytes: UnsafeRawBufferPointer
    ) throws(StoreError) -> ObjectReference {
        try store.putObject(bucket: bucket, key: key, bytes: bytes)
    }

    func listObjects(bucket: String, prefix: String) throws(StoreError) -> [ObjectReference] {
        try store.listObjects(bucket: bucket, prefix: prefix)
    }

    func deleteObject(bucket: String, key: String) throws(StoreError) {
        try store.deleteObject(bucket: bucket, key: key)
    }

    var minimumPartBytes: Int { store.minimumPartBytes }

    func beginOutput(
        _ plan: OutputObject, resuming known: OutputObject?
    ) throws(StoreError) -> OutputObject {
        try store.beginOutput(plan, resuming: known)
    }

    func outputWriter(
        _ output: OutputObject, part number: Int
    ) throws(StoreError) -> any OutputWriter {
        try store.outputWriter(output, part: number)
    }

    func completeOutput(
        _ output: OutputObject, parts: [OutputPart]
    ) throws(StoreError) -> OutputOutcome {
        try store.completeOutput(output, parts: parts)
    }

    func abortOutput(_ output: OutputObject) throws(StoreError) { try store.abortOutput(output) }
}
