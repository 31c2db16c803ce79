import Glibc
import JSON
import System

/// Where a caller waits for the engine's thread.
final class Reply: Sendable {
    private let result = Monitor<Result<JSON, any Error>?>(nil)

    func fulfil(_ value: Result<JSON, any Error>) { result.withLock { $0 = value } }

    func wait() -> Result<JSON, any Error> {
        result.wait { $0 } ?? .failure(EngineError(.store, "the engine has stopped"))
    }
}

/// Writes to the standard error output, where the engine has nobody else to tell.
func standardError(_ text: String) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
