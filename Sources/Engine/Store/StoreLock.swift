import Glibc
import System

/// Keeps two engines from working on one store: a lock of the system's, gone with the process.
final class StoreLock: Sendable {
    /// Two milliseconds apart.
    private static let attempts = 100

    private let file: File

    init(_ storePath: String) throws(EngineError) {
        do {
            file = try File(storePath + ".lock", flags: O_RDWR | O_CREAT | O_CLOEXEC)
        } catch {
            throw EngineError(.store, "\(error)")
        }
        // A process that is being started has it too, until it becomes its own program.
        for _ in 0..<Self.attempts {
            if flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 { return }
            usleep(2000)
        }
        throw EngineError(.storeInUse, "\(storePath): another engine is running on this store")
    }
}
