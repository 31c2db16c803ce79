import System

/// A thread that reads and writes objects, so that the engine's does not wait for them.
final class ObjectWorker: Sendable {
    private let mailbox = Mailbox<@Sendable () -> Void>()

    init() {
        _ = Thread(stackBytes: 4 << 20) { [mailbox] in
            while let jobs = mailbox.takeAll() {
                for job in jobs { job() }
            }
        }
    }

    func put(_ job: @escaping @Sendable () -> Void) { mailbox.put(job) }

    /// Lets the thread end after the jobs it has.
    func close() { mailbox.close() }
}
