import Glibc
import JSON
import System

/// A `sluice up` that serves a test's home.
struct Service {
    let process: ChildProcess
    /// `http://127.0.0.1:PORT`; empty when the process ended without serving.
    let endpoint: String
    let sluice: SluiceProcess

    /// Starts it and waits until it serves.
    init(_ sluice: SluiceProcess, _ flags: String...) throws {
        self.sluice = sluice
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemError("pipe", "") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let error = try File(
            sluice.directory.path + "/up.err", flags: O_WRONLY | O_CREAT | O_APPEND)
        process = try ChildProcess(
            Place.executables + "/sluice", arguments: ["up", "--port", "0"] + flags,
            environment: ["SLUICE_HOME=\(sluice.home)", "PATH=/usr/bin:/bin"],
            standardOutput: ends[1], standardError: error.descriptor)
        close(ends[1])
        var line: [UInt8] = []
        var byte: UInt8 = 0
        // Ends with the process at the latest.
        while read(ends[0], &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
        endpoint = String(decoding: line, as: UTF8.self)
    }

    /// Ends it with that signal.
    func end(_ signal: Int32 = SIGTERM) -> ChildProcess.Ending {
        process.send(signal: signal)
        return process.wait()
    }

    /// Waits until the executions, by name, have come to these states.
    func waitFor(_ wanted: [String: String]) throws {
        struct NeverCame: Error { var found: [String: String] }
        var found: [String: String] = [:]
        // Each look is a process of its own, which takes its time: no sleep is needed.
        for _ in 0..<1000 {
            let list = try sluice("executions", "--json").json?.array ?? []
            found = [:]
            for entry in list { found[entry["name"]?.string ?? ""] = entry["status"]?.string }
            if found == wanted { return }
        }
        throw NeverCame(found: found)
    }
}
