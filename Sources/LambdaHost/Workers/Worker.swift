import Engine
import Glibc
import JSON
import System

/// A call of a function from its submission to its answer.
final class Call: Sendable {
    let requestID: String
    let invocation: LambdaInvocation
    let payload: [UInt8]
    let drill: Drill.Failure?
    let complete: @Sendable (LambdaResult) -> Void

    init(
        requestID: String, invocation: LambdaInvocation, payload: [UInt8], drill: Drill.Failure?,
        complete: @escaping @Sendable (LambdaResult) -> Void
    ) {
        self.requestID = requestID
        self.invocation = invocation
        self.payload = payload
        self.drill = drill
        self.complete = complete
    }
}

/// A process of a function.
final class Worker: Sendable {
    let id: WorkerID
    let function: HostedFunction
    /// The call for the process to fetch; closed when there will be none.
    let calls = Mailbox<Call>()
    let log: WorkerLog
    private let process: ChildProcess
    private let reportedInitError = Monitor<JSON?>(nil)

    /// Starts the process.
    /// - Parameters:
    ///   - logPath: where its lines go while it has no call.
    ///   - ended: called once, on a thread of the worker, when the process and what it started are gone.
    init(
        _ id: WorkerID, _ function: HostedFunction, environment: [String], logPath: String,
        ended: @escaping @Sendable (Worker, ChildProcess.Ending) -> Void
    ) throws(SystemError) {
        self.id = id
        self.function = function
        let (process, output) = try Self.spawning.withLock { _ throws(SystemError) in
            try Self.spawn(function.executable, environment)
        }
        self.process = process
        let log = WorkerLog(pipe: output, path: logPath)
        self.log = log
        _ = Thread {
            log.follow()
        }
        _ = Thread { [self] in
            let ending = waitForEnd()
            log.finish()
            calls.close()
            ended(self, ending)
        }
    }

    /// One at a time: between pipe(2) and FD_CLOEXEC another child would inherit the descriptors, and
    /// hold the pipe open after its owner's end.
    private static let spawning = Monitor(())

    /// - Returns: the process and the reading end of its output.
    private static func spawn(
        _ executable: String, _ environment: [String]
    ) throws(SystemError) -> (ChildProcess, Int32) {
        var ends: [Int32] = [-1, -1]
        try retryingInterrupts("pipe", executable) { pipe(&ends) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[1]) }
        do throws(SystemError) {
            let process = try ChildProcess(
                executable, environment: environment, standardOutput: ends[1],
                standardError: ends[1])
            return (process, ends[0])
        } catch {
            close(ends[0])
            throw error
        }
    }

    /// The process id, for messages.
    var processID: Int32 { process.processID }

    /// What it said at its start of why it cannot work (Runtime API, `/runtime/init/error`).
    var initError: JSON? {
        get { reportedInitError.withLock { $0 } }
        set { reportedInitError.withLock { $0 = newValue } }
    }

    /// Ends the process and what it started, at once.
    func end() { Glibc.kill(-process.processID, SIGKILL) }

    private func waitForEnd() -> ChildProcess.Ending {
        // Not reaped yet, so the id of the process group cannot be anybody else's.
        var information = siginfo_t()
        while waitid(P_PID, id_t(process.processID), &information, WEXITED | WNOWAIT) == -1,
            errno == EINTR
        {}
        end()
        return process.wait()
    }
}
