import System

/// How many files this process may have open, setrlimit(2): each worker needs some, and one that cannot
/// be had fails a step in the middle of a run.
enum OpenFileLimit {
    /// Stores, queue, server, watches, and what the files of a set need while they are put into the bucket.
    static let ownFiles = 60
    /// The worker's log, its pipes and its connections, and those of the process before and after it.
    static let filesPerWorker = 6

    /// Takes as many as the system allows.
    /// - Throws: ``CloudError`` that says how many the workers need when these are too few.
    static func raise(workers: Int) throws {
        let needed = ownFiles + filesPerWorker * workers
        let limit = try raiseOpenFileLimit()
        guard limit >= needed else {
            throw CloudError(
                .internalError,
                "\(limit) open files are allowed (ulimit -n), but \(workers) workers need "
                    + "\(needed); allow more, or take fewer with --workers")
        }
    }
}
