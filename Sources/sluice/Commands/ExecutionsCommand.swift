import LocalCloud
import Inspection
import Engine
import JSON
import Pipeline
import System

extension Command {
    static let executions = Command(
        name: "executions", operands: "", operandCount: 0...0,
        summary: "list the executions, newest first",
        discussion: """
            Those of the home, running or not, whether a sluice works in it or none; with --aws those of
            Step Functions.
            """,
        flags: [
            Flag(
                name: "--status", value: "STATUS",
                help: "only running, succeeded, failed, timed_out or aborted ones"),
            Flag(name: "--set", value: "SET", help: "only those of one file set"),
            Flag(
                name: "--job", value: "JOB",
                help: "those of this job's state machine (unless given: \(CustomerMessages.name))"),
            Flag(name: "--limit", value: "N", help: "at most so many (unless given: 50)"),
            Flag(name: "--json", help: "print JSON"),
        ] + Flag.ofPlace,
        run: { arguments in
            let status = try arguments.value("--status").map { text in
                let status = text.uppercased()
                guard ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"].contains(status)
                else {
                    throw CommandError.usage(
                        "--status must be running, succeeded, failed, timed_out or aborted, not '\(text)'"
                    )
                }
                return status
            }
            let limit = try arguments.integer("--limit", in: 1...100_000) ?? 50
            let job = arguments.value("--job") ?? CustomerMessages.name
            let access = try StepFunctionsAccess(arguments, job: job)
            let set = arguments.value("--set")
            var list: [JSON] = []
            do {
                list = try access.inspector.executions(
                    stateMachineARN: access.stateMachineARN(), status: status, limit: limit
                ) { execution in set.map { isRun(execution, of: $0) } ?? true }
            } catch let error as ServiceError where error.code == "StateMachineDoesNotExist" {
                // A home that was left before the first run began.
                guard job == CustomerMessages.name, access.place != .aws else {
                    throw CommandError(.unavailable, "there is no job \(job)")
                }
            }
            if arguments.has("--json") {
                Terminal.standardOutput(JSON.array(list).serialized(pretty: true) + "\n")
            } else {
                Terminal.standardOutput(table(list))
            }
            return .success
        })

    /// SET-RUN, RUN all digits.
    private static func isRun(_ execution: JSON, of set: String) -> Bool {
        guard let name = execution["name"]?.string, name.hasPrefix(set + "-") else { return false }
        return Int(name.dropFirst(set.count + 1)) != nil
    }

    private static func table(_ list: [JSON]) -> String {
        let width = list.compactMap { $0["name"]?.string?.count }.max() ?? 0
        let now = WallClock().now().seconds
        return list.map { execution in
            let name = execution["name"]?.string ?? ""
            let status = execution["status"]?.string ?? ""
            let start = execution["startDate"]?.double ?? 0
            let seconds = (execution["stopDate"]?.double ?? now) - start
            let started = Timestamp(nanoseconds: Int(start * 1e9)).iso8601
            return name + String(repeating: " ", count: width - name.count + 2) + status
                + String(repeating: " ", count: max(0, 9 - status.count) + 2) + started + "  "
                + Quantities.duration(seconds) + "\n"
        }.joined()
    }
}
