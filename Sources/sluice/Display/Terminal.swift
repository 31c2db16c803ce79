import Glibc
import Synchronization
import System

/// What the user sees: results on standard output, everything else on standard error.
enum Terminal {
    /// Results; ``outputFailure`` tells what became of them.
    static func standardOutput(_ text: String) {
        let code = write(text, to: STDOUT_FILENO)
        if code != 0 { failedOutput.store(code, ordering: .relaxed) }
    }
    static func standardError(_ text: String) { _ = write(text, to: STDERR_FILENO) }

    private static let failedOutput = Atomic<Int32>(0)

    /// Why results could not be written; nil when they were, or when their reader had enough.
    static var outputFailure: SystemError? {
        let code = failedOutput.load(ordering: .relaxed)
        return code == 0 || code == EPIPE
            ? nil : SystemError("write", "standard output", errno: code)
    }

    /// Whether standard error is looked at while it is written.
    static var isInteractive: Bool {
        isatty(STDERR_FILENO) == 1 && environmentVariable("TERM") != "dumb"
    }

    /// Columns of the terminal at standard error; 80 when it does not say.
    static var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// What cannot be written is lost.
    /// - Returns: errno; 0 when all was written.
    private static func write(_ text: String, to descriptor: Int32) -> Int32 {
        var text = text
        return text.withUTF8 { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Glibc.write(
                    descriptor, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count == -1, errno == EINTR { continue }
                if count <= 0 { return count == 0 ? EIO : errno }
                rest = rest.dropFirst(count)
            }
            return 0
        }
    }
}
