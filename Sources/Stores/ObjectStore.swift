/// One version of one object: what a run pins, so that it never mixes two versions of a file.
public struct ObjectReference: Sendable, Hashable {
    public var bucket: String
    public var key: String
    /// S3's version id, or on one machine device, inode and time of change.
    public var versionID: String?
    /// S3's entity tag without its quotes.
    public var eTag: String?
    public var sizeBytes: Int

    public init(
        bucket: String, key: String, versionID: String? = nil, eTag: String? = nil, sizeBytes: Int
    ) {
        self.bucket = bucket
        self.key = key
        self.versionID = versionID
        self.eTag = eTag
        self.sizeBytes = sizeBytes
    }
}

/// Buckets of objects: S3, or a directory with one directory a bucket.
public protocol ObjectStore: Sendable {
    /// How many reads are worth being under way at a time: 1 where each is over as soon as it is begun.
    var readsSideBySide: Int { get }
    /// The newest version of an object; nil when there is none.
    func headObject(bucket: String, key: String) throws(StoreError) -> ObjectReference?
    /// An object for reading, exactly the version that the reference names.
    /// - Throws: ``StoreError/Code/versionChanged`` when that version is no longer there.
    func openObject(_ reference: ObjectReference) throws(StoreError) -> any ObjectReader
    /// All bytes of the newest version.
    /// - Throws: ``StoreError/Code/noSuchKey``.
    func getObject(bucket: String, key: String) throws(StoreError) -> [UInt8]
    /// Stores an object whole: a reader sees the one before or all of this one.
    @discardableResult
    func putObject(bucket: String, key: String, bytes: UnsafeRawBufferPointer) throws(StoreError)
        -> ObjectReference
    /// The keys that start with the prefix, sorted by their UTF-8 bytes.
    func listObjects(bucket: String, prefix: String) throws(StoreError) -> [ObjectReference]
    /// Deletes an object; one that is not there is no error.
    func deleteObject(bucket: String, key: String) throws(StoreError)

    /// The least bytes of every part of an output but the last.
    var minimumPartBytes: Int { get }
    /// Begins an output, or goes on with one.
    /// - Parameters:
    ///   - plan: where, how many bytes, and whose.
    ///   - known: the output as it was begun before, if it was; it is gone on with when it is of the
    ///     same plan and still there.
    /// - Returns: the output, to be kept for the tasks that write it and for a rerun.
    /// - Throws: ``StoreError/Code/invalidPlan``.
    func beginOutput(
        _ plan: OutputObject, resuming known: OutputObject?
    ) throws(StoreError) -> OutputObject
    /// Takes a part's bytes. A part that was written before is written over.
    /// - Parameter number: from 1.
    func outputWriter(
        _ output: OutputObject, part number: Int
    ) throws(StoreError) -> any OutputWriter
    /// Makes the output visible, unless a newer run's is there. Completed again, nothing changes.
    /// - Parameter parts: all of them, in any order.
    func completeOutput(
        _ output: OutputObject, parts: [OutputPart]
    ) throws(StoreError) -> OutputOutcome
    /// Gives an output up; one that is gone or complete is no error.
    func abortOutput(_ output: OutputObject) throws(StoreError)
}

/// A pinned version of an object, read by byte ranges.
public protocol ObjectReader: Sendable {
    var reference: ObjectReference { get }
    /// As ``ObjectStore/readsSideBySide``.
    var readsSideBySide: Int { get }
    /// Reads into all of `buffer` from that offset; fewer bytes only at the object's end.
    /// - Returns: the number of bytes read.
    /// - Throws: ``StoreError/Code/versionChanged`` when the object changed meanwhile.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(StoreError) -> Int
    /// Tells that these bytes will be read, in their order and soon: a store far away begins to fetch
    /// them. A later call takes the place of this one.
    func willRead(_ range: Range<Int>)
    /// Checks once more that what was read is the pinned version; to be called after the last read.
    func checkVersion() throws(StoreError)
}

extension ObjectStore {
    /// One: what is near is there when it is asked for.
    public var readsSideBySide: Int { 1 }
}

extension ObjectReader {
    /// One.
    public var readsSideBySide: Int { 1 }
    /// Nothing: what is near is there when it is asked for.
    public func willRead(_ range: Range<Int>) {}
}
