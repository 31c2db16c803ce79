import Glibc
import System

/// How many files this process may have open, setrlimit(2): each worker needs some, and one that cannot
/// be had fails a step in the middle of a run.
enum OpenFileLimit {
    /// Stores, queue, server, watches, and what the files of a set need while they are put into the bucket.
    static let ownFiles = 40
    /// The worker's log, its pipes and its connections, and those of the process before and after it.
    static let filesPerWorker = 6

    /// Takes as many as the workers need, where the system lets it.
    /// - Throws: ``CloudError`` that says how many are needed.
    static func raise(workers: Int) throws {
        let needed = rlim_t(ownFiles + filesPerWorker * workers)
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { throw SystemError("getrlimit", "") }
        guard limit.rlim_cur < needed else { return }
        guard limit.rlim_max >= needed else {
            throw CloudError(
                .internalError,
                "\(limit.rlim_max) open files are allowed (ulimit -n), but \(workers) workers need "
                    + "\(needed); allow more, or take fewer with --workers")
        }
        limit.rlim_cur = needed
        guard setrlimit(resource, &limit) == 0 else { throw SystemError("setrlimit", "") }
    }
}
