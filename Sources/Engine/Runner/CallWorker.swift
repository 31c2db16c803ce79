import System

/// A thread that calls what may block, so that the engine's does not wait for it.
final class CallWorker: Sendable {
    private let mailbox = Mailbox<@Sendable () -> Void>()
    private let thread: Thread

    init() {
        thread = Thread(stackBytes: 4 << 20) { [mailbox] in
            while let jobs = mailbox.takeAll() {
                for job in jobs { job() }
            }
        }
    }

    func put(_ job: @escaping @Sendable () -> Void) { mailbox.put(job) }

    /// Waits for the jobs it has and ends the thread. Call it once.
    func close() {
        mailbox.close()
        thread.join()
    }
}
