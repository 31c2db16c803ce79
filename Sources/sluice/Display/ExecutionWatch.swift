import LocalCloud
import AWSClient
import Inspection
import Engine
import JSON
import Pipeline
import System

/// Follows one execution to its end and shows what it came to.
struct ExecutionWatch {
    let access: any ExecutionAccess
    /// The execution's name.
    let name: String
    let arn: String

    init(_ access: any ExecutionAccess, arn: String) {
        self.access = access
        self.arn = arn
        name = String(arn.split(separator: ":").last ?? "")
    }

    /// - Parameter begun: an execution that had ended by then is not followed, only shown.
    func follow(begun: Timestamp) throws -> RunOutcome {
        let present = try describe()
        if let stopped = present["stopDate"]?.double, stopped < begun.seconds {
            Terminal.standardError("\(name) has run these very files already\n")
            return try outcome(present)
        }
        return try follow()
    }

    func follow() throws -> RunOutcome {
        let display = ProgressDisplay(name: name, executionARN: arn)
        let description = Result { try access.waitForEnd(of: arn, telling: display.listener) }
        display.finish()
        return try outcome(description.get())
    }

    /// `arrive` may be about to start it: the run has its number before it is an execution.
    private static let startSeconds = 2

    private func describe() throws -> JSON {
        let until = monotonicNanoseconds() + Self.startSeconds * 1_000_000_000
        while true {
            do {
                return try access.call("DescribeExecution", ["executionArn": JSON(arn)])
            } catch let error as ServiceError {
                guard error.code == "ExecutionDoesNotExist", let home = access.messageHome else {
                    throw error
                }
                if monotonicNanoseconds() < until {
                    RetryPolicy.sleep(seconds: 0.02)
                    continue
                }
                throw Self.unknown(name, home)
            }
        }
    }

    private static func unknown(_ name: String, _ home: Home) -> CommandError {
        CommandError(
            .internalError,
            "\(home.engineStore) knows nothing of \(name), which \(home.tableStore) "
                + "says was started: one of them was removed; use another --home")
    }

    private func outcome(_ description: JSON) throws -> RunOutcome {
        let summary = description["output"]?.string.flatMap { try? JSON(parsing: $0) }
        return RunOutcome(
            report: try access.inspector.report(arn), summary: summary,
            job: LocalFunctions.job(ofExecution: arn) ?? Self.job(summary),
            home: access.messageHome,
            flags: access.flags, inputBytes: inputBytes(summary))
    }

    /// On AWS a state machine's name has the stack's before the job's.
    private static func job(_ summary: JSON?) -> (any Job.Type)? {
        let name = summary?["job"]?.string
        return Jobs.all.first { $0.name == name }
    }

    private func inputBytes(_ summary: JSON?) -> Int {
        summary?["files"]?.array?.reduce(0) { $0 + ($1["file"]?["size"]?.int ?? 0) } ?? 0
    }
}
