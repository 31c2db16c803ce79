import Glibc
import Synchronization
import System

/// What happens at ^C and at SIGTERM: the command's own clean-up, then the end.
enum Interruption {
    private enum Reaction {
        /// Clean up, and end.
        case end(@Sendable () -> Void)
        /// Tell the command, which ends by itself.
        case tell(@Sendable () -> Void)
    }

    private static let reaction = Mutex<Reaction?>(nil)

    private static let partialFile = Mutex<String?>(nil)

    private static var signals: sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
        return signals
    }

    /// Keeps the signals from all threads of the process; one that is started here waits for them.
    static func block() {
        // A pipe whose reader is gone is an error of write(2), not the end.
        signal(SIGPIPE, SIG_IGN)
        var signals = signals
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        _ = Thread {
            var signals = Self.signals
            var signal: Int32 = 0
            while true {
                while sigwait(&signals, &signal) != 0 {}
                switch reaction.withLock({ $0 }) {
                case .tell(let body):
                    body()
                    continue
                case .end(let cleanUp):
                    cleanUp()
                    Terminal.standardError(
                        "\nsluice: interrupted; the same command goes on with it\n")
                case nil: break
                }
                // Held to the end, so that no other is begun.
                partialFile.withLock { path in
                    if let path { unlink(path) }
                    _exit(ExitCode.interrupted.rawValue)
                }
            }
        }
    }

    /// A file that is of no use unless it is written to the end; nil for none.
    static func removeWhenInterrupted(_ path: String?) {
        partialFile.withLock { $0 = path }
    }

    /// What to do first; nil for nothing.
    static func onInterruption(_ body: (@Sendable () -> Void)?) {
        reaction.withLock { $0 = body.map(Reaction.end) }
    }

    /// What to do at a signal instead of ending.
    static func onSignal(_ body: @escaping @Sendable () -> Void) {
        reaction.withLock { $0 = .tell(body) }
    }
}
