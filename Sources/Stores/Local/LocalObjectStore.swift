import System

#if canImport(Glibc)
import Glibc
#endif

/// Buckets as directories below a root; an object is a file, its key the path below the bucket.
///
/// A bucket is there as soon as something is put into it. Writing is atomic: into the bucket's
/// ``LocalObjectPath/partsDirectory``, then renamed. Nothing is synced to the disk object by object:
/// after a power cut a run is repeated. Links and special files in a bucket are no objects.
public struct LocalObjectStore: ObjectStore {
    /// The directory of the buckets, without a slash at its end.
    public let root: String

    public init(root: String) {
        var root = root
        while root.count > 1, root.hasSuffix("/") { root.removeLast() }
        self.root = root
    }

    /// The file that an object is, or would be.
    /// - Throws: ``StoreError/Code/invalidKey``.
    public func path(bucket: String, key: String) throws(StoreError) -> String {
        try LocalObjectPath(root: root, bucket: bucket, key: key).path
    }

    public func headObject(bucket: String, key: String) throws(StoreError) -> ObjectReference? {
        try open(bucket: bucket, key: key)?.reference
    }

    public func openObject(_ reference: ObjectReference) throws(StoreError) -> any ObjectReader {
        guard let (file, found) = try open(bucket: reference.bucket, key: reference.key) else {
            if reference.versionID == nil {
                throw StoreError(noSuchKey: reference.bucket, reference.key)
            }
            throw StoreError(changed: reference)
        }
        if let pinned = reference.versionID, pinned != found.versionID {
            throw StoreError(changed: reference)
        }
        return LocalObjectReader(file, found)
    }

    public func getObject(bucket: String, key: String) throws(StoreError) -> [UInt8] {
        guard let (file, found) = try open(bucket: bucket, key: key) else {
            throw StoreError(noSuchKey: bucket, key)
        }
        var bytes = [UInt8](repeating: 0, count: found.sizeBytes)
        do throws(SystemError) {
            var target = bytes.mutableSpan
            var raw = target.mutableBytes
            let count = try raw.withUnsafeMutableBytes { buffer throws(SystemError) in
                try file.read(at: 0, into: buffer)
            }
            bytes.removeLast(bytes.count - count)
        } catch { throw StoreError(error, subject: "\(bucket)/\(key)") }
        return bytes
    }

    @discardableResult
    public func putObject(
        bucket: String, key: String, bytes: UnsafeRawBufferPointer
    ) throws(StoreError) -> ObjectReference {
        try place(bucket: bucket, key: key) { part throws(SystemError) in
            let file = try File(part, flags: O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC)
            try file.write(bytes)
            return try file.status()
        }
    }

    public func listObjects(bucket: String, prefix: String) throws(StoreError) -> [ObjectReference]
    {
        try LocalObjectPath.check(bucket: bucket)
        // The part of the prefix up to its last slash is a directory; only that is walked.
        var start = ""
        if let slash = prefix.utf8.lastIndex(of: UInt8(ascii: "/")) {
            start = String(prefix[...slash])
            let directory = try LocalObjectPath(
                root: root, bucket: bucket, key: String(prefix[..<slash]))
            try directory.checkStaysInBucket(asDirectory: true)
        }
        var found: [ObjectReference] = []
        do throws(SystemError) {
            try walk(bucket, start) { reference in
                if reference.key.utf8.starts(with: prefix.utf8) { found.append(reference) }
            }
        } catch { throw StoreError(error, subject: "\(bucket)/\(prefix)") }
        return found.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    public func deleteObject(bucket: String, key: String) throws(StoreError) {
        let path = try LocalObjectPath(root: root, bucket: bucket, key: key)
        try path.checkStaysInBucket()
        if unlink(path.path) != 0, errno != ENOENT, errno != ENOTDIR {
            throw StoreError(SystemError("unlink", path.path), subject: "\(bucket)/\(key)")
        }
    }

    /// Opens the newest version; nil when there is none.
    private func open(
        bucket: String, key: String
    ) throws(StoreError) -> (file: File, reference: ObjectReference)? {
        let path = try LocalObjectPath(root: root, bucket: bucket, key: key)
        try path.checkStaysInBucket()
        do throws(SystemError) {
            // Without blocking: opening a FIFO would wait for its writer.
            let file = try File(path.path, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
            let status = try file.status()
            guard status.isRegularFile else { return nil }
            return (file, ObjectReference(bucket: bucket, key: key, status))
        } catch {
            switch error.errno {
            case ENOENT, ENOTDIR, ELOOP, ENXIO: return nil
            default: throw StoreError(error, subject: "\(bucket)/\(key)")
            }
        }
    }

    /// Makes an object out of what `write` leaves under the path that it is given.
    func place(
        bucket: String, key: String, _ write: (String) throws(SystemError) -> FileStatus
    ) throws(StoreError) -> ObjectReference {
        let path = try LocalObjectPath(root: root, bucket: bucket, key: key)
        try path.checkStaysInBucket()
        let parts = path.bucketDirectory + "/" + LocalObjectPath.partsDirectory
        let part = "\(parts)/\(randomHexadecimal(bytes: 8)).part"
        // After a successful rename nothing is there to unlink, unless both were one file already.
        defer { unlink(part) }
        do throws(SystemError) {
            let status = try makingDirectory(parts) { () throws(SystemError) in try write(part) }
            try makingDirectory(path.directory) { () throws(SystemError) in
                try FileSystem.rename(part, to: path.path)
            }
            return ObjectReference(bucket: bucket, key: key, status)
        } catch { throw StoreError(error, subject: "\(bucket)/\(key)") }
    }

    /// Runs `body`, and when a directory is missing makes it and runs `body` again.
    private func makingDirectory<Result>(
        _ directory: String, _ body: () throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        do throws(SystemError) {
            return try body()
        } catch {
            guard error.errno == ENOENT else { throw error }
            try FileSystem.makeDirectory(directory)
            return try body()
        }
    }

    /// Visits all objects below a directory of the bucket; `start` is empty or ends in a slash.
    private func walk(
        _ bucket: String, _ start: String, _ visit: (ObjectReference) -> Void
    ) throws(SystemError) {
        let names: [String]
        do throws(SystemError) {
            names = try FileSystem.names(in: "\(root)/\(bucket)/\(start)")
        } catch {
            if error.errno == ENOENT || error.errno == ENOTDIR { return }
            throw error
        }
        for name in names where !(start.isEmpty && name == LocalObjectPath.partsDirectory) {
            let key = start + name
            let path = "\(root)/\(bucket)/\(key)"
            var raw = stat()
            // Gone since the directory was read, or a link.
            guard lstat(path, &raw) == 0, raw.st_mode & S_IFMT != S_IFLNK else { continue }
            guard let status = try FileStatus(of: path) else { continue }
            if status.isDirectory {
                try walk(bucket, key + "/", visit)
            } else if status.isRegularFile {
                visit(ObjectReference(bucket: bucket, key: key, status))
            }
        }
    }
}

extension ObjectReference {
    init(bucket: String, key: String, _ status: FileStatus) {
        self.init(
            bucket: bucket, key: key, versionID: status.versionID, sizeBytes: status.sizeBytes)
    }
}

extension StoreError {
    init(noSuchKey bucket: String, _ key: String) {
        self.init(.noSuchKey, "there is no such object", subject: "\(bucket)/\(key)")
    }
}
