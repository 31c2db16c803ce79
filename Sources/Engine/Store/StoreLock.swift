import Glibc
import System

/// Keeps two engines from working on one store: a lock of the system's, gone with the process.
final class StoreLock: Sendable {
    private let file: File

    init(_ storePath: String) throws(EngineError) {
        do {
            file = try File(storePath + ".lock", flags: O_RDWR | O_CREAT | O_CLOEXEC)
        } catch {
            throw EngineError(.store, "\(error)")
        }
        guard flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw EngineError(.storeInUse, "\(storePath): another engine is running on this store")
        }
    }
}
