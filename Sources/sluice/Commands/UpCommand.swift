import LocalCloud
import Engine
import Glibc
import JSON
import System

extension Command {
    /// Where other local Step Functions endpoints are, too.
    static let defaultPort = 8083
    /// How long tasks in flight may take to end after a signal.
    static let drainSeconds = 60

    static let up = Command(
        name: "up", operands: "", operandCount: 0...0,
        summary: "serve Step Functions on loopback and run what is dropped",
        discussion: """
            Prints the endpoint, http://127.0.0.1:PORT, on standard output once it serves: the Step
            Functions API for the AWS CLI and every SDK (AWS_ENDPOINT_URL_SFN), and Lambda's Invoke for
            the functions of the jobs. Goes on with what was running.

            Files put into HOME/buckets/drop, by sluice drop or any other program, are taken when they are
            closed after writing or renamed into place, in directories below it too; those that came while
            nothing served are taken at the start.

            SIGTERM or ^C ends it: tasks in flight may end, for at most \(drainSeconds) s; the executions go on with
            the next start. A second signal ends it at once. When its store cannot be written, the disk being
            full say, it ends with the exit status \(ExitCode.internalError.rawValue), for whatever started it to see.
            """,
        flags: [
            Flag(
                name: "--port", value: "N",
                help: "the port on 127.0.0.1; 0 for one that is free (unless given: \(defaultPort))"
            )
        ] + Flag.ofSettings(deadline: "86400, a day"),
        run: { arguments in
            let settings = try CloudSettings(arguments, deadlineSeconds: 86_400)
            let port = try arguments.integer("--port", in: 0...65_535) ?? defaultPort
            let home = try Home(arguments)
            let isToEnd = Monitor(false)
            Interruption.onSignal { isToEnd.withLock { $0 = true } }
            let cloud = try HomeCloud(
                home, settings, port: UInt16(port), isService: true, report: Terminal.show
            ) {
                isToEnd.withLock { $0 = true }
            }
            defer { cloud.shutdown() }
            cloud.engine.observe(reportStatus)
            let announcer = try DropAnnouncer(cloud)
            Terminal.standardOutput("http://127.0.0.1:\(cloud.port)\n")
            Terminal.standardError(
                "watching \(home.buckets)/\(LocalFunctions.dropBucket); ^C ends\n")
            _ = isToEnd.wait { $0 ? true : nil }
            Interruption.onInterruption(cloud.interrupt)
            do { try cloud.checkStore() } catch {
                announcer.stop()
                throw error
            }
            Terminal.standardError("ending when the tasks in flight have\n")
            announcer.stop()
            let isDrained = cloud.drain(seconds: drainSeconds)
            Terminal.tell(idle: cloud.idleDrills)
            Terminal.standardError(
                (isDrained ? "" : "some tasks in flight took too long\n")
                    + "what is running goes on with the next sluice up\n")
            return .success
        })

    /// Says which executions begin and end; those of a Map's children have a slash in their machine.
    private static func reportStatus(_ arn: String, _ event: JSON) {
        let words = [
            "ExecutionStarted": "has started", "ExecutionRedriven": "goes on",
            "ExecutionSucceeded": "has succeeded", "ExecutionFailed": "has failed",
            "ExecutionTimedOut": "has timed out", "ExecutionAborted": "was stopped",
        ]
        guard let word = words[event["type"]?.string ?? ""], !arn.contains("/") else { return }
        Terminal.standardError("\(arn.split(separator: ":").last ?? "") \(word)\n")
    }
}
