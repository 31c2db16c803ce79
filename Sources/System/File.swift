#if canImport(Glibc)
public import Glibc
#endif

/// An open file, closed when the last reference goes.
public final class File: Sendable {
    public let path: String
    public let descriptor: Int32

    /// Opens for reading.
    public convenience init(reading path: String) throws(SystemError) {
        try self.init(path, flags: O_RDONLY | O_CLOEXEC)
    }

    /// Opens with the flags of open(2); a file that is created gets `mode`.
    public init(_ path: String, flags: Int32, mode: mode_t = 0o644) throws(SystemError) {
        self.path = path
        descriptor = try retryingInterrupts("open", path) { Glibc.open(path, flags, mode) }
    }

    deinit { Glibc.close(descriptor) }

    /// What fstat(2) says of the open file.
    public func status() throws(SystemError) -> FileStatus {
        var raw = stat()
        try retryingInterrupts("fstat", path) { fstat(descriptor, &raw) }
        return FileStatus(raw)
    }

    /// Reads into all of `buffer` from that offset; fewer bytes only at the end of the file.
    /// - Returns: the number of bytes read.
    public func read(
        at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> Int {
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = try retryingInterrupts("pread", path) {
                pread(descriptor, rest.baseAddress, rest.count, offset + done)
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Writes all bytes at the file's position (at its end when opened with O_APPEND).
    public func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            done += try retryingInterrupts("write", path) {
                Glibc.write(descriptor, rest.baseAddress, rest.count)
            }
        }
    }

    /// Writes all bytes from that offset of the file.
    public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            done += try retryingInterrupts("pwrite", path) {
                pwrite(descriptor, rest.baseAddress, rest.count, offset + done)
            }
        }
    }

    public func truncate(to size: Int) throws(SystemError) {
        try retryingInterrupts("ftruncate", path) { ftruncate(descriptor, size) }
    }
}

/// What tells one state of a file from another.
public struct FileStatus: Sendable, Hashable {
    public let device: UInt64
    public let inode: UInt64
    public let sizeBytes: Int
    /// Time of the last change of its content, in nanoseconds since 1970.
    public let modifiedNanoseconds: Int
    public let isDirectory: Bool
    public let isRegularFile: Bool

    init(_ raw: stat) {
        device = UInt64(raw.st_dev)
        inode = UInt64(raw.st_ino)
        sizeBytes = raw.st_size
        modifiedNanoseconds = raw.st_mtim.tv_sec * 1_000_000_000 + raw.st_mtim.tv_nsec
        isDirectory = raw.st_mode & S_IFMT == S_IFDIR
        isRegularFile = raw.st_mode & S_IFMT == S_IFREG
    }

    /// What stat(2) says of a path, links followed; nil when nothing is there.
    public init?(of path: String) throws(SystemError) {
        var raw = stat()
        guard stat(path, &raw) == 0 else {
            let code = errno
            if code == ENOENT || code == ENOTDIR { return nil }
            throw SystemError("stat", path, errno: code)
        }
        self.init(raw)
    }
}
