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
                help: "only those of one job: "
                    + Jobs.all.map { $0.name }.joined(separator: ", ")),
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
            let job = arguments.value("--job")
            if let job, !Jobs.all.contains(where: { $0.name == job }) {
                throw CommandError.usage(
                    "there is no job \(job)"
                        + suggestion(for: job, among: Jobs.all.map { $0.name })
                        + "; the jobs are " + Jobs.all.map { $0.name }.joined(separator: ", "))
            }
            let access = try StepFunctionsAccess(arguments)
            let set = arguments.value("--set")
            var list: [JSON] = []
            for arn in try access.stateMachineARNs(job: job) {
                do {
                    list += try access.inspector.executions(
                        stateMachineARN: arn, status: status, limit: limit
                    ) { execution in set.map { isRun(execution, of: $0) } ?? true }
                } catch let error as ServiceError where error.code == "StateMachineDoesNotExist" {
                    // A home that was left before the first run began.
                    guard access.place != .aws else { throw error }
                }
            }
            list.sort { ($0["startDate"]?.double ?? 0) > ($1["startDate"]?.double ?? 0) }
            list = Array(list.prefix(limit))
            if arguments.has("--json") {
                Terminal.standardOutput(JSON.array(list).serialized(pretty: true) + "\n")
            } else {
                Terminal.standardOutput(table(list))
            }
            return .success
        })

    /// SET-RUN, RUN all digits.
    private static func isRun(_ execution: JSON, of set: String) -> Bool {
        let prefix = ExecutionName.setPart(of: set) + "-"
        guard let name = execution["name"]?.string, name.hasPrefix(prefix) else { return false }
        return Int(name.dropFirst(prefix.count)) != nil
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
