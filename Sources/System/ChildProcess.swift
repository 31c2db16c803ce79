#if canImport(Glibc)
public import Glibc
#endif

/// A process started by this one.
public struct ChildProcess: Sendable, Hashable {
    public let processID: pid_t

    /// How a process ended.
    public enum Ending: Sendable, Hashable, CustomStringConvertible {
        case exited(code: Int32)
        case signalled(Int32)

        /// As AWS Lambda words it: `exit status 1`, `signal: killed`.
        public var description: String {
            switch self {
            case .exited(let code): "exit status \(code)"
            case .signalled(SIGKILL): "signal: killed"
            case .signalled(let signal):
                "signal: \(String(cString: strsignal(signal)).lowercased())"
            }
        }
    }

    /// Starts a program.
    /// - Parameters:
    ///   - environment: `NAME=value` strings, all that it gets.
    ///   - standardInput: a descriptor for its standard input; nil for /dev/null. Likewise the others.
    public init(
        _ path: String, arguments: [String] = [], environment: [String],
        standardInput: Int32? = nil, standardOutput: Int32? = nil, standardError: Int32? = nil
    ) throws(SystemError) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (target, source) in [standardInput, standardOutput, standardError].enumerated() {
            if let source {
                posix_spawn_file_actions_adddup2(&actions, source, Int32(target))
            } else {
                posix_spawn_file_actions_addopen(
                    &actions, Int32(target), "/dev/null", target == 0 ? O_RDONLY : O_WRONLY, 0)
            }
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // An interrupt typed at the terminal is for this process; it ends its children itself.
        // What this process blocks or ignores is its own affair, too.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGPIPE, SIGTERM, SIGINT, SIGQUIT, SIGHUP] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let argumentList = ([path] + arguments).map { strdup($0) } + [nil]
        let environmentList = environment.map { strdup($0) } + [nil]
        defer { for text in argumentList + environmentList { free(text) } }
        var processID = pid_t()
        let code = posix_spawn(
            &processID, path, &actions, &attributes, argumentList, environmentList)
        guard code == 0 else { throw SystemError("posix_spawn", path, errno: code) }
        self.processID = processID
    }

    /// Waits for its end. Call it once.
    public func wait() -> Ending {
        var status: Int32 = 0
        while waitpid(processID, &status, 0) == -1, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? .exited(code: status >> 8 & 0xFF) : .signalled(signal)
    }

    public func send(signal: Int32) { kill(processID, signal) }
}
