import Glibc
import Synchronization
import System

/// What the user sees: results on standard output, everything else on standard error.
enum Terminal {
    /// Puts /dev/null where standard input, output or error is closed: the next file to be opened would
    /// get its number, and the progress be written into it.
    static func open() {
        for descriptor in STDIN_FILENO...STDERR_FILENO
        where fcntl(descriptor, F_GETFD) == -1 && errno == EBADF {
            _ = Glibc.open("/dev/null", O_RDWR)
        }
    }

    /// Results; ``outputFailure`` tells what became of them.
    static func standardOutput(_ text: String) { standardOutput(verbatim: visible(text)) }

    /// Data that other programs take byte by byte.
    static func standardOutput(verbatim text: String) {
        let code = write(text, to: STDOUT_FILENO)
        if code != 0 { failedOutput.store(code, ordering: .relaxed) }
    }

    static func standardError(_ text: String) { _ = write(visible(text), to: STDERR_FILENO) }

    /// Puts a line, cut to the terminal, in the place of the one that standard error is in.
    static func redraw(line: String) {
        _ = write("\r\u{1B}[K" + visible(line).prefix(columns - 1), to: STDERR_FILENO)
    }

    /// Puts lines in the place of the last ones on standard output.
    static func redraw(_ lines: [Substring], over count: Int) {
        let back = count > 0 ? "\u{1B}[\(count)F\u{1B}[J" : ""
        standardOutput(verbatim: back + visible(lines.joined(separator: "\n")) + "\n")
    }

    /// Names of files and states and the texts of errors come from anywhere: their control characters,
    /// which could make a terminal do things, as JSON escapes them. Line breaks and tabs stay.
    static func visible(_ text: String) -> String {
        func isControl(_ scalar: Unicode.Scalar) -> Bool {
            scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
        }
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var shown = ""
        for scalar in text.unicodeScalars {
            if isControl(scalar) {
                let digits = String(scalar.value, radix: 16)
                shown += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            } else {
                shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }

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

    /// Whether standard output is looked at while it is written.
    static var isOutputInteractive: Bool {
        isatty(STDOUT_FILENO) == 1 && environmentVariable("TERM") != "dumb"
    }

    /// Whether nobody reads standard output any more.
    static var isOutputClosed: Bool { failedOutput.load(ordering: .relaxed) == EPIPE }

    /// Columns of the terminal; 80 when it does not say.
    static var columns: Int { size.columns }

    /// Rows of the terminal; 24 when it does not say.
    static var rows: Int { size.rows }

    /// Of the terminal at standard error, else at standard output.
    private static var size: (columns: Int, rows: Int) {
        var size = winsize()
        for descriptor in [STDERR_FILENO, STDOUT_FILENO] {
            guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { continue }
            return (Int(size.ws_col), size.ws_row > 0 ? Int(size.ws_row) : 24)
        }
        return (80, 24)
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
