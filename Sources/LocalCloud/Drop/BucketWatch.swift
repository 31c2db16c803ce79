import Glibc
import Stores
import System

/// Which objects are put into a local bucket, by whatever program: a file counts when it is closed
/// after writing, renamed into place or linked there, in directories below the bucket's too.
///
/// Belongs to one thread, but for ``stop()``.
final class BucketWatch {
    /// Where the store writes objects first; not looked at.
    static let partsDirectory = ".sluice-parts"

    /// F_SETLEASE of fcntl(2).
    private static let setLease: Int32 = 1024

    private let path: String
    private let inotify: Inotify
    /// Of each directory that is watched what its keys begin with: empty, or ending in a slash.
    private var prefixes: [Int32: String] = [:]

    /// Makes the bucket's directory when it is missing.
    init(path: String, _ inotify: Inotify) {
        self.path = path
        self.inotify = inotify
    }

    /// Watches all directories.
    /// - Returns: the keys of all files that are there, which may have been put there just now.
    func scan() throws(SystemError) -> [String] {
        try FileSystem.makeDirectory(path)
        return try enter("")
    }

    /// Waits for files.
    /// - Returns: keys, some of them twice; none when the time has passed; nil after ``Inotify/stop()``.
    func next(timeoutMilliseconds: Int32) throws(SystemError) -> [String]? {
        guard let events = try inotify.next(timeoutMilliseconds: timeoutMilliseconds) else {
            return nil
        }
        var keys: [String] = []
        for event in events {
            if event.has(IN_Q_OVERFLOW) {
                keys += try scan()
            } else if let prefix = prefixes[event.directory] {
                keys += try take(event, prefix)
            }
        }
        return keys
    }

    private func take(_ event: Inotify.Event, _ prefix: String) throws(SystemError) -> [String] {
        let key = prefix + event.name
        if event.has(IN_IGNORED) {
            prefixes[event.directory] = nil
            // The bucket itself is gone: whoever puts something into it makes it again.
            return prefix.isEmpty ? try scan() : []
        }
        if event.has(IN_ISDIR) {
            if event.has(IN_MOVED_FROM) { leave(key + "/") }
            return event.has(IN_CREATE) || event.has(IN_MOVED_TO) ? try enter(key + "/") : []
        }
        // A file that is being created is not there yet; a further link to one is.
        if event.has(IN_CREATE), !isWhole(key) { return [] }
        return event.has(IN_MOVED_FROM) || event.name.isEmpty ? [] : [key]
    }

    private func enter(_ prefix: String) throws(SystemError) -> [String] {
        if prefix == Self.partsDirectory + "/" { return [] }
        let names: [String]
        do throws(SystemError) {
            // Watched first, then read: nothing can slip in between.
            prefixes[try inotify.watch(path + "/" + prefix)] = prefix
            names = try FileSystem.names(in: path + "/" + prefix)
        } catch {
            // Gone again, or a link; links are no part of a bucket.
            if [ENOENT, ENOTDIR, ELOOP].contains(error.errno) { return [] }
            throw error
        }
        var keys: [String] = []
        for name in names {
            var raw = stat()
            guard lstat("\(path)/\(prefix)\(name)", &raw) == 0 else {
                // One that is not UTF-8 cannot be found under the name it was given here.
                if name.contains("\u{FFFD}") { keys.append(prefix + name) }
                continue
            }
            if raw.st_mode & S_IFMT == S_IFDIR {
                keys += try enter(prefix + name + "/")
            } else {
                keys.append(prefix + name)
            }
        }
        return keys
    }

    /// A directory was moved away; its watches would go with it.
    private func leave(_ prefix: String) {
        for (directory, known) in prefixes where known.utf8.starts(with: prefix.utf8) {
            prefixes[directory] = nil
            inotify.forget(directory)
        }
    }

    /// Whether something that need not be written first is there: a further link to a file, or no file.
    private func isWhole(_ key: String) -> Bool {
        var raw = stat()
        guard lstat(path + "/" + key, &raw) == 0 else { return false }
        return raw.st_nlink > 1 || raw.st_mode & S_IFMT != S_IFREG
    }

    /// Why what is there under this key is no object; nil when nothing is there any more.
    func obstacle(_ key: String) -> String? {
        var raw = stat()
        guard lstat(path + "/" + key, &raw) == 0 else {
            return key.contains("\u{FFFD}") ? "its name is not UTF-8" : nil
        }
        switch raw.st_mode & S_IFMT {
        case S_IFREG: return nil
        case S_IFLNK: return "it is a link"
        default: return "it is no file"
        }
    }

    /// Whether somebody has the file open for writing: then no read lease is to be had, fcntl(2).
    /// False where that cannot be known, as for files of other users.
    func isBeingWritten(_ key: String) -> Bool {
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
        guard let file = try? File(path + "/" + key, flags: flags) else { return false }
        if fcntl(file.descriptor, Self.setLease, Int32(F_RDLCK)) == -1 { return errno == EAGAIN }
        _ = fcntl(file.descriptor, Self.setLease, Int32(F_UNLCK))
        return false
    }
}
