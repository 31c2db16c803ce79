import Glibc
import System

/// Makes sure that one sluice at a time works in a home. The lock goes with the process, however it ends.
package final class HomeLock: Sendable {
    package struct Holder {
        package var processID: Int32
        var port: UInt16?
        /// Whether it takes what is dropped.
        package var isService: Bool
    }

    private let file: File
    private let path: String

    /// - Throws: ``CloudError`` with ``CloudError/Code/inUse`` that names the holder.
    init(_ home: Home) throws {
        try FileSystem.makeDirectory(home.path)
        path = home.lock
        file = try File(path, flags: O_RDWR | O_CREAT | O_CLOEXEC)
        guard Self.take(file) else {
            let holder = HomeLock.holder(of: home)
            throw CloudError(
                .inUse,
                "\(home.path) is in use by \(holder.map { "process \($0.processID)" } ?? "another process")"
            )
        }
        try write("\(getpid())\n")
    }

    /// Tries for a moment: ``holder(of:)`` has the lock while it looks. Tries for longer when the holder
    /// that is written down is gone: one that was killed while it started a worker leaves the lock to
    /// that process, which has it until it becomes the worker's program.
    private static func take(_ file: File) -> Bool {
        for attempt in 0..<1000 {
            if flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            if attempt >= 5, isHolderAlive(file.path) { return false }
            usleep(5000)
        }
        return false
    }

    /// Also when none is written down.
    private static func isHolderAlive(_ path: String) -> Bool {
        guard let bytes = try? FileSystem.contents(of: path),
            let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first,
            let processID = Int32(line), processID > 0
        else { return true }
        return kill(processID, 0) == 0 || errno != ESRCH
    }

    /// Tells others where the holder serves, and whether it takes what is dropped.
    func publish(port: UInt16, isService: Bool) throws {
        try write("\(getpid())\n\(port)\n" + (isService ? "service\n" : ""))
    }

    func release() {
        try? file.truncate(to: 0)
        flock(file.descriptor, LOCK_UN)
    }

    private func write(_ text: String) throws {
        let bytes = Array(text.utf8)
        try file.truncate(to: 0)
        let count = bytes.withUnsafeBytes { pwrite(file.descriptor, $0.baseAddress, $0.count, 0) }
        guard count == bytes.count else { throw SystemError("write", path) }
    }

    /// Where the holder serves; nil when nobody works in the home. One that has just begun is waited for.
    static func servingPort(of home: Home) -> UInt16? {
        for _ in 0..<100 {
            guard let holder = holder(of: home) else { return nil }
            if let port = holder.port { return port }
            usleep(20_000)
        }
        return nil
    }

    /// Who works in the home; nil when nobody does. The port is nil while it is not serving yet.
    package static func holder(of home: Home) -> Holder? {
        guard let file = try? File(reading: home.lock) else { return nil }
        if flock(file.descriptor, LOCK_SH | LOCK_NB) == 0 { return nil }
        guard let bytes = try? FileSystem.contents(of: home.lock) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard let processID = lines.first.flatMap({ Int32($0) }) else { return nil }
        return Holder(
            processID: processID, port: lines.dropFirst().first.flatMap { UInt16($0) },
            isService: lines.count > 2)
    }
}
