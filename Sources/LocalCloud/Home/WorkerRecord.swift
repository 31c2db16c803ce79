import Glibc
import System

/// The processes that a sluice has started, written down, so that the next one can end those that
/// outlived it: a function that is at work does not notice the end of its host before it answers.
struct WorkerRecord: Sendable {
    let path: String

    /// Ends what an earlier sluice left behind and starts afresh.
    ///
    /// A process is known by its id and its start time, which no other process can have.
    func endLeftovers() throws {
        guard try FileStatus(of: path) != nil else { return }
        let text = String(decoding: try FileSystem.contents(of: path), as: UTF8.self)
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ").map(String.init)
            guard fields.count == 2, let processID = Int32(fields[0]), processID > 1,
                Self.startTime(processID) == fields[1]
            else { continue }
            kill(-processID, SIGKILL)
            // Not our child: wait until the system has no more of it.
            while Self.startTime(processID) == fields[1] { usleep(1000) }
        }
        try FileSystem.remove(path)
    }

    func append(_ processID: Int32) {
        guard let start = Self.startTime(processID),
            let file = try? File(path, flags: O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC)
        else { return }
        let line = Array("\(processID) \(start)\n".utf8)
        try? line.withUnsafeBytes { try file.write($0) }
    }

    /// Field 22 of /proc/PID/stat; nil when there is no such process, or only its zombie.
    private static func startTime(_ processID: Int32) -> String? {
        guard let file = try? File(reading: "/proc/\(processID)/stat") else { return nil }
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = buffer.withUnsafeMutableBytes { (try? file.read(at: 0, into: $0)) ?? 0 }
        let text = String(decoding: buffer[..<count], as: UTF8.self)
        // The second field, the program's name in parentheses, may hold anything.
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[end...].split(separator: " ")
        guard fields.count > 20, fields[1] != "Z" else { return nil }
        return String(fields[20])
    }
}
