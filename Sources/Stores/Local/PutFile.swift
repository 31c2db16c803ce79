import System

#if canImport(Glibc)
import Glibc
#endif

extension LocalObjectStore {
    /// How a file became an object.
    public enum Placement: String, Sendable, Hashable {
        /// The object had this very content already; nothing was done.
        case unchanged
        /// Shares the file's blocks until one of the two is written to (XFS, Btrfs).
        case cloned
        /// Is the same file under another name: written to in place, the object changes too, which
        /// a run that pinned its version notices.
        case linked
        case copied
    }

    /// ioctl_ficlone(2), `_IOW(0x94, 9, int)`.
    private static let ficlone: UInt = 0x4004_9409
    /// UTIME_OMIT of utimensat(2): leave the time of access alone.
    private static let omit = (1 << 30) - 2
    private static let blockBytes = 1 << 20

    /// Stores a file as an object, the cheapest way that the file systems allow: clone, hard link,
    /// copy. The time of change is kept. Links are followed.
    ///
    /// The object counts as unchanged when it is the same file, or has the same size, time of change
    /// and bytes.
    /// - Parameter mayLink: false for a file that is going to be written to again: the object would
    ///   change with it, unnoticed by who watches the bucket.
    public func putFile(
        _ source: String, bucket: String, key: String, mayLink: Bool = true
    ) throws(StoreError) -> (reference: ObjectReference, placement: Placement) {
        let file: File
        let status: FileStatus
        do throws(SystemError) {
            file = try File(source, flags: O_RDONLY | O_NONBLOCK | O_CLOEXEC)
            status = try file.status()
        } catch {
            throw StoreError(error, subject: source)
        }
        guard status.isRegularFile else {
            throw StoreError(.invalidKey, "this is no regular file", subject: source)
        }
        let target = try path(bucket: bucket, key: key)
        if let present = try headObject(bucket: bucket, key: key) {
            do throws(SystemError) {
                if try isSame(file, status, as: target, mayLink) { return (present, .unchanged) }
            } catch { throw StoreError(error, subject: source) }
        }
        var placement = Placement.copied
        let reference = try place(bucket: bucket, key: key) { part throws(SystemError) in
            if let cloned = try clone(file, to: part) {
                placement = .cloned
                return cloned
            }
            if mayLink, linkat(AT_FDCWD, source, AT_FDCWD, part, AT_SYMLINK_FOLLOW) == 0 {
                placement = .linked
                return try File(reading: part).status()
            }
            // Neither a missing directory nor any reason against a link: that is what a copy is for.
            if mayLink, errno == ENOENT { throw SystemError("link", part, errno: ENOENT) }
            return try copy(file, status, to: part)
        }
        return (reference, placement)
    }

    /// Nil when the file systems cannot clone.
    private func clone(_ file: File, to part: String) throws(SystemError) -> FileStatus? {
        let target = try File(part, flags: O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC)
        guard ioctl(target.descriptor, Self.ficlone, file.descriptor) == 0 else {
            unlink(part)
            return nil
        }
        try keepTime(of: file, on: target)
        return try target.status()
    }

    private func copy(
        _ file: File, _ status: FileStatus, to part: String
    ) throws(SystemError) -> FileStatus {
        let target = try File(part, flags: O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC)
        try copyBlocks(file, to: target)
        try keepTime(of: file, on: target)
        let after = try file.status()
        guard after == status, try target.status().sizeBytes == status.sizeBytes else {
            throw SystemError("copy of a file that changes meanwhile,", file.path, errno: EBUSY)
        }
        return try target.status()
    }

    private func copyBlocks(_ file: File, to target: File) throws(SystemError) {
        let block = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.blockBytes, alignment: 16)
        defer { block.deallocate() }
        var at = 0
        while true {
            let count = try file.read(at: at, into: block)
            if count == 0 { return }
            try target.write(UnsafeRawBufferPointer(rebasing: block[..<count]))
            at += count
        }
    }

    private func keepTime(of file: File, on target: File) throws(SystemError) {
        let modified = try file.status().modifiedNanoseconds
        let time = timespec(
            tv_sec: modified / 1_000_000_000, tv_nsec: modified % 1_000_000_000)
        let times = [timespec(tv_sec: 0, tv_nsec: Self.omit), time]
        try retryingInterrupts("futimens", target.path) { futimens(target.descriptor, times) }
    }

    private func isSame(
        _ file: File, _ status: FileStatus, as target: String, _ mayLink: Bool
    ) throws(SystemError) -> Bool {
        let other = try File(target, flags: O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        let present = try other.status()
        guard present.sizeBytes == status.sizeBytes,
            present.modifiedNanoseconds == status.modifiedNanoseconds
        else { return false }
        if present.inode == status.inode, present.device == status.device { return mayLink }
        // Archives restore old times, so that another file may have them too: the bytes decide.
        let blocks = UnsafeMutableRawBufferPointer.allocate(
            byteCount: 2 * Self.blockBytes, alignment: 16)
        defer { blocks.deallocate() }
        let mine = UnsafeMutableRawBufferPointer(rebasing: blocks[..<Self.blockBytes])
        let theirs = UnsafeMutableRawBufferPointer(rebasing: blocks[Self.blockBytes...])
        var at = 0
        while true {
            let count = try file.read(at: at, into: mine)
            guard try other.read(at: at, into: theirs) == count,
                memcmp(mine.baseAddress!, theirs.baseAddress!, count) == 0
            else { return false }
            if count < Self.blockBytes { return true }
            at += count
        }
    }
}
