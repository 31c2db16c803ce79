import System

#if canImport(Glibc)
import Glibc
#endif

/// Runs a profile's `credential_process`.
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>. The command is cut
/// into words at spaces; quotation marks and backslashes hold words together. No shell is asked.
enum ProcessCredentials {
    static let timeoutSeconds = 60.0
    static let maximumOutputBytes = 1 << 20

    static func credentials(command: String) throws(AWSError) -> AWSCredentials {
        let name = "credential_process"
        guard let words = words(of: command), let program = words.first else {
            throw AWSError(
                "InvalidConfiguration", "the command is empty or has an open quotation mark", name)
        }
        let output = try output(of: words, program)
        return try AWSCredentials(parsing: output, tokenName: "SessionToken", source: name)
    }

    /// Standard error is left to the user, who may be asked something there.
    private static func output(of words: [String], _ program: String) throws(AWSError) -> [UInt8] {
        func failed(_ message: String) -> AWSError {
            AWSError("ProcessFailed", "\(program): \(message)", "credential_process")
        }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw failed("\(SystemError("pipe", ""))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let process: ChildProcess
        do throws(SystemError) {
            // env(1) looks for the program along PATH.
            process = try ChildProcess(
                "/usr/bin/env", arguments: ["--"] + words, environment: try inheritedEnvironment(),
                standardOutput: ends[1], standardError: STDERR_FILENO)
        } catch {
            close(ends[1])
            throw failed("\(error)")
        }
        close(ends[1])
        let outcome = collect(ends[0])
        if outcome.failure != nil { process.send(signal: SIGKILL) }
        let ending = process.wait()
        if let failure = outcome.failure { throw failed(failure) }
        guard ending == .exited(code: 0) else { throw failed("\(ending)") }
        return outcome.bytes
    }

    /// Reads to the end, or as long as may be waited.
    private static func collect(_ descriptor: Int32) -> (bytes: [UInt8], failure: String?) {
        let deadline = monotonicNanoseconds() + Int(timeoutSeconds * 1e9)
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let left = (deadline - monotonicNanoseconds()) / 1_000_000
            let ready = left <= 0 ? 0 : poll(&wanted, 1, Int32(left))
            if ready == 0 { return (bytes, "no answer within \(Int(timeoutSeconds)) s") }
            if ready < 0 { continue }
            let count = read(descriptor, &block, block.count)
            if count == 0 { return (bytes, nil) }
            if count > 0 { bytes += block[..<count] }
            if bytes.count > maximumOutputBytes { return (bytes, "more than 1 MiB of output") }
        }
    }

    /// proc(5): what this process was started with.
    private static func inheritedEnvironment() throws(SystemError) -> [String] {
        let file = try File(reading: "/proc/self/environ")
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 << 20, alignment: 16)
        defer { buffer.deallocate() }
        let count = try file.read(at: 0, into: buffer)
        return buffer[..<count].split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Nil when a quotation mark is not closed.
    static func words(of command: String) -> [String]? {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        for character in command {
            if isEscaped {
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if let open = quote {
                if character == open {
                    quote = nil
                } else {
                    word = (word ?? "") + String(character)
                }
            } else if character == "\"" || character == "'" {
                quote = character
                word = word ?? ""
            } else if character == " " || character == "\t" {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if let word { words.append(word) }
        return quote == nil && !isEscaped ? words : nil
    }
}
