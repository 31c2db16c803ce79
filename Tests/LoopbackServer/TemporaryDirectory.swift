import System

#if canImport(Glibc)
import Glibc
#endif

/// A fresh directory that goes with its last reference.
public final class TemporaryDirectory: Sendable {
    public let path: String

    public init() {
        let base = environmentVariable("TMPDIR") ?? "/tmp"
        path = "\(base)/sluice-test-\(randomHexadecimal(bytes: 8))"
        precondition(mkdir(path, 0o700) == 0)
    }

    deinit { try? FileSystem.removeTree(path) }
}
