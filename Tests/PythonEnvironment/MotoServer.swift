import System

#if canImport(Glibc)
import Glibc
#endif

/// A moto server of a test's own, which ends with its last reference or with this process.
public final class MotoServer: Sendable {
    /// `http://127.0.0.1:PORT`.
    public let origin: String
    private let process: ChildProcess
    private let standardInput: Int32

    /// Starts it and waits until it serves; nil, with the reason printed, when there is none.
    public init?() throws {
        guard let python = try PythonEnvironment.interpreter(with: .moto) else { return nil }
        var input: [Int32] = [-1, -1]
        var output: [Int32] = [-1, -1]
        guard pipe(&input) == 0, pipe(&output) == 0 else { throw SystemError("pipe", "") }
        for end in input + output { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        process = try ChildProcess(
            python, arguments: [PythonEnvironment.repository + "/Tests/clients/moto_server.py"],
            // Keys that it hands to nobody: it must not look for real ones.
            environment: PythonEnvironment.environment + [
                "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
            ],
            standardInput: input[0], standardOutput: output[1], standardError: STDERR_FILENO)
        close(input[0])
        close(output[1])
        standardInput = input[1]
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(output[0], &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
        close(output[0])
        origin = "http://127.0.0.1:" + String(decoding: line, as: UTF8.self)
    }

    deinit {
        close(standardInput)
        _ = process.wait()
    }
}
