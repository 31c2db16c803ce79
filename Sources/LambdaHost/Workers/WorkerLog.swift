import Glibc
import System

/// Takes what a process writes to its standard output and error, line by line, to the log file of the
/// call it is at.
///
/// Lines that a process wrote before it answered are in that call's file when the call ends: the
/// pipe is emptied before the file is changed.
final class WorkerLog: Sendable {
    /// Longer lines are broken, so that a process that writes none cannot fill the memory.
    static let maximumLineBytes = 64 << 10

    private struct State {
        var path: String
        var file: File?
        /// The line that is not complete yet.
        var partial: [UInt8] = []
        var isAtEnd = false
    }

    private let pipe: Int32
    private let state: Monitor<State>

    /// - Parameter pipe: the reading end, closed with this object.
    init(pipe: Int32, path: String) {
        self.pipe = pipe
        state = Monitor(State(path: path))
        _ = fcntl(pipe, F_SETFL, O_NONBLOCK)
    }

    deinit { close(pipe) }

    /// What was written so far goes where it belongs, and what follows to that file.
    func direct(to path: String) {
        state.withLock { state in
            drain(&state)
            guard path != state.path else { return }
            flushPartial(&state)
            state.path = path
            state.file = nil
        }
    }

    /// Takes all that has been written; the process has ended.
    func finish() {
        state.withLock { state in
            drain(&state)
            flushPartial(&state)
            state.file = nil
        }
    }

    /// Waits for lines and takes them until nobody can write any more.
    func follow() {
        while true {
            var request = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
            _ = poll(&request, 1, -1)
            let isAtEnd = state.withLock { state in
                drain(&state)
                return state.isAtEnd
            }
            if isAtEnd { return }
        }
    }

    private func drain(_ state: inout State) {
        withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 1) { buffer in
            while true {
                let count = read(pipe, buffer.baseAddress, buffer.count)
                if count > 0 {
                    take(UnsafeRawBufferPointer(rebasing: buffer[..<count]), &state)
                    continue
                }
                if count == -1, errno == EINTR { continue }
                if count == 0 { state.isAtEnd = true }
                return
            }
        }
    }

    private func take(_ bytes: UnsafeRawBufferPointer, _ state: inout State) {
        guard let last = bytes.lastIndex(of: UInt8(ascii: "\n")) else {
            state.partial.append(contentsOf: bytes)
            if state.partial.count >= Self.maximumLineBytes { flushPartial(&state) }
            return
        }
        let lines = state.partial + bytes[...last]
        state.partial = Array(bytes[(last + 1)...])
        write(lines, &state)
    }

    private func flushPartial(_ state: inout State) {
        guard !state.partial.isEmpty else { return }
        let line = state.partial + [UInt8(ascii: "\n")]
        state.partial = []
        write(line, &state)
    }

    /// A log that cannot be written must not fail the call: the lines are lost then.
    private func write(_ lines: [UInt8], _ state: inout State) {
        do {
            if state.file == nil {
                if let slash = state.path.lastIndex(of: "/") {
                    try FileSystem.makeDirectory(String(state.path[..<slash]))
                }
                state.file = try File(
                    state.path, flags: O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC)
            }
            try lines.withUnsafeBytes { try state.file?.write($0) }
        } catch {
            state.file = nil
        }
    }
}
