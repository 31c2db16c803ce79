#if canImport(Glibc)
import Glibc
#endif

/// Whole files and directories by path.
public enum FileSystem {
    /// All bytes of a file.
    public static func contents(of path: String) throws(SystemError) -> [UInt8] {
        let file = try File(reading: path)
        let size = try file.status().sizeBytes
        do {
            return try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                count = try file.read(at: 0, into: UnsafeMutableRawBufferPointer(buffer))
            }
        } catch let error as SystemError {
            throw error
        } catch {
            throw SystemError("read", path)
        }
    }

    /// Writes beside the path and renames into place: a reader sees the old file or the whole new one.
    public static func replace(
        _ path: String, with bytes: UnsafeRawBufferPointer
    ) throws(SystemError) {
        let temporary = path + ".\(getpid()).\(randomHexadecimal(bytes: 4)).part"
        do throws(SystemError) {
            let file = try File(temporary, flags: O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC)
            try file.write(bytes)
            try rename(temporary, to: path)
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// ``replace(_:with:)-(_,UnsafeRawBufferPointer)`` for a text.
    public static func replace(_ path: String, with text: String) throws(SystemError) {
        try Array(text.utf8).withBytes { bytes throws(SystemError) in
            try replace(path, with: bytes)
        }
    }

    public static func rename(_ path: String, to target: String) throws(SystemError) {
        try retryingInterrupts("rename", "\(path) to \(target)") { Glibc.rename(path, target) }
    }

    /// Removes a file; one that is not there is no error.
    public static func remove(_ path: String) throws(SystemError) {
        if unlink(path) != 0, errno != ENOENT { throw SystemError("unlink", path) }
    }

    /// Removes a directory and all below it; links are removed, not followed.
    public static func removeTree(_ path: String) throws(SystemError) {
        var raw = stat()
        guard lstat(path, &raw) == 0 else { return }
        guard raw.st_mode & S_IFMT == S_IFDIR else { return try remove(path) }
        for name in try names(in: path) { try removeTree(path + "/" + name) }
        try retryingInterrupts("rmdir", path) { rmdir(path) }
    }

    /// Makes the directory and those above it; one that exists is no error.
    public static func makeDirectory(_ path: String) throws(SystemError) {
        if mkdir(path, 0o755) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw SystemError("mkdir", path)
        }
        try makeDirectory(String(path[..<slash]))
        if mkdir(path, 0o755) != 0, errno != EEXIST { throw SystemError("mkdir", path) }
    }

    /// The names in a directory, sorted by their bytes, without `.` and `..`.
    public static func names(in path: String) throws(SystemError) -> [String] {
        guard let directory = opendir(path) else { throw SystemError("opendir", path) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
