import System

#if canImport(Glibc)
import Glibc
#endif

/// One open segment of a ``LocalMessageQueue``.
struct LocalSegment {
    /// How far a segment reaches: always to the end of a line.
    struct Extent: Sendable, Hashable {
        var inode: UInt64
        var sizeBytes: Int
        var lines: Int
    }

    private static let blockBytes = 1 << 20
    private let file: File
    private let isLocked: Bool

    /// Opens a segment for counting; nil when there is none.
    init?(existing path: String) throws(SystemError) {
        do throws(SystemError) {
            file = try File(reading: path)
        } catch {
            if error.errno == ENOENT { return nil }
            throw error
        }
        isLocked = false
    }

    /// Opens or makes a segment, alone: until ``unlock()`` others wait.
    init(appendingTo path: String) throws(SystemError) {
        let flags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC
        do throws(SystemError) {
            file = try File(path, flags: flags)
        } catch {
            guard error.errno == ENOENT else { throw error }
            try FileSystem.makeDirectory(String(path[..<path.lastIndex(of: "/")!]))
            file = try File(path, flags: flags)
        }
        isLocked = true
        let descriptor = file.descriptor
        try retryingInterrupts("flock", path) { flock(descriptor, LOCK_EX) }
    }

    func unlock() { flock(file.descriptor, LOCK_UN) }

    /// The complete lines. Only what was appended since `known` is read. A last line without line
    /// feed is cut off when the segment is locked, and not counted otherwise.
    func extent(from known: Extent?) throws(SystemError) -> Extent {
        let status = try file.status()
        var extent = Extent(inode: status.inode, sizeBytes: 0, lines: 0)
        if let known, known.inode == status.inode, known.sizeBytes <= status.sizeBytes {
            extent = known
        }
        if extent.sizeBytes == status.sizeBytes { return extent }
        let block = UnsafeMutableRawBufferPointer.allocate(
            byteCount: min(Self.blockBytes, status.sizeBytes - extent.sizeBytes), alignment: 16)
        defer { block.deallocate() }
        var at = extent.sizeBytes
        while at < status.sizeBytes {
            let count = try file.read(at: at, into: block)
            if count == 0 { break }
            let bytes = UnsafeRawBufferPointer(rebasing: block[..<count])
            var lines = 0
            for byte in bytes { lines &+= byte == 0x0A ? 1 : 0 }
            if lines > 0 {
                extent.lines += lines
                extent.sizeBytes = at + bytes.lastIndex(of: 0x0A)! + 1
            }
            at += count
        }
        if isLocked, extent.sizeBytes < status.sizeBytes {
            try file.truncate(to: extent.sizeBytes)
        }
        return extent
    }

    /// Appends whole lines with one write(2).
    func append(
        _ bytes: UnsafeRawBufferPointer, lines: Int, to extent: Extent
    ) throws(SystemError) -> Extent {
        try file.write(bytes)
        var grown = extent
        grown.sizeBytes += bytes.count
        grown.lines += lines
        return grown
    }
}
