import LocalCloud
import Glibc
import Stores
import System

/// Puts files once, and again whenever they are closed after writing or renamed into place, until it
/// is stopped. What cannot be put is told and tried again.
final class DropWatch {
    /// After a failure it is tried again so much later, then twice as late, up to the second.
    static let retryMilliseconds: ClosedRange<Int32> = 5_000...60_000

    private let files: [(path: String, name: String)]
    private let target: DropTarget
    private let inotify: Inotify
    private let isStopped: @Sendable () -> Bool
    /// By directory, as events name it: which files have which names in it.
    private var places: [Int32: [(name: String, file: Int)]] = [:]
    private var pending: [Int] = []

    /// - Throws: ``CommandError`` when a file's directory is not there.
    init(
        _ files: [(path: String, name: String)], _ target: DropTarget, _ inotify: Inotify,
        isStopped: @escaping @Sendable () -> Bool
    ) throws {
        self.files = files
        self.target = target
        self.inotify = inotify
        self.isStopped = isStopped
        for (index, file) in files.enumerated() {
            try watch(file.path, index)
            // A link may stay while what it leads to changes.
            if let real = realpath(file.path, nil) {
                defer { free(real) }
                let path = String(cString: real)
                if path != file.path { try watch(path, index) }
            }
        }
        pending = Array(files.indices)
    }

    private func watch(_ path: String, _ file: Int) throws {
        let slash = path.lastIndex(of: "/")
        let directory = slash.map { String(path[...$0]) } ?? "."
        guard let real = realpath(directory, nil) else {
            throw CommandError(.noInput, "\(path): there is no directory \(directory)")
        }
        defer { free(real) }
        let number = try inotify.watch(String(cString: real))
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        places[number, default: []].append((name, file))
    }

    /// Works until it is stopped.
    /// - Throws: ``CommandError`` when a directory is taken away.
    func run() throws {
        var delay = Self.retryMilliseconds.lowerBound
        while true {
            // What changes meanwhile is told by an event and put once more.
            let due = pending
            pending = []
            for index in due where !put(index) { pending.append(index) }
            if isStopped() { return }
            let timeout: Int32
            if pending.isEmpty {
                (timeout, delay) = (-1, Self.retryMilliseconds.lowerBound)
            } else {
                timeout = delay
                delay = min(delay * 2, Self.retryMilliseconds.upperBound)
            }
            guard let events = try inotify.next(timeoutMilliseconds: timeout) else { return }
            for event in events { try take(event) }
        }
    }

    private func take(_ event: Inotify.Event) throws {
        if event.has(IN_Q_OVERFLOW) {
            pending = Array(files.indices)
            return
        }
        if event.has(IN_IGNORED) {
            let gone = places[event.directory]?.first.map { files[$0.file].path } ?? ""
            throw CommandError(.noInput, "\(gone): the directory is no longer there")
        }
        guard event.has(IN_CLOSE_WRITE) || event.has(IN_MOVED_TO) else { return }
        for place in places[event.directory] ?? []
        where place.name.utf8.elementsEqual(event.name.utf8) && !pending.contains(place.file) {
            pending.append(place.file)
        }
    }

    /// - Returns: false when it is to be tried again.
    private func put(_ index: Int) -> Bool {
        let file = files[index]
        do throws(StoreError) {
            if (try? FileStatus(of: file.path)) ?? nil == nil {
                Terminal.standardError("\(file.path) is not there yet\n")
                return true
            }
            let isStopped = isStopped
            let outcome = try target.put(
                file.path, file.name, staysInUse: true, isCancelled: isStopped)
            if let outcome { Terminal.standardOutput(outcome + "\n") }
            return true
        } catch {
            // Who writes to it closes it, which is told.
            if error.code == .versionChanged { return true }
            Terminal.standardError("sluice: \(CommandError(dropping: error).message)\n")
            return false
        }
    }
}
