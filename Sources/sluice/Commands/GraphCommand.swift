import LocalCloud
import Inspection
import Engine
import JSON
import System

extension Command {
    static let graph = Command(
        name: "graph", operands: "EXECUTION", operandCount: 1...1,
        summary: "show an execution state by state",
        discussion: """
            EXECUTION is the name that run and executions show, for instance SET-RUN, or an ARN, of a Map's child too.

            With --follow it is shown until it has ended: drawn again on a terminal, elsewhere a line for
            each state that begins or ends. The exit status is then the execution's: 0 when it has
            succeeded, 1 when it has not.
            """,
        flags: [
            Flag(name: "--format", value: "FORMAT", help: "text (unless given) or json"),
            Flag(name: "--follow", help: "go on showing it until it has ended"),
        ] + Flag.ofPlace,
        run: { arguments in
            let format = arguments.value("--format") ?? "text"
            guard ["text", "json"].contains(format) else {
                throw CommandError.usage("--format must be text or json, not '\(format)'")
            }
            if arguments.has("--follow"), format == "json" {
                throw CommandError.usage("--follow shows text; ask for json when it has ended")
            }
            let access = try StepFunctionsAccess(arguments)
            let report = try access.report(arguments.operands[0])
            if arguments.has("--follow") { return try GraphFollowing(access, report).run() }
            let text =
                format == "json"
                ? report.json.serialized(pretty: true)
                : report.text(now: WallClock().now().seconds, duration: Quantities.duration)
            Terminal.standardOutput(text + "\n")
            return .success
        })
}

extension StepFunctionsAccess {
    /// - Parameter execution: its name, or its ARN.
    /// - Throws: ``CommandError`` that names those there are when there is none of that name.
    func report(_ execution: String) throws -> ExecutionReport {
        do {
            return try inspector.report(try executionARN(execution))
        } catch let error as ServiceError
            where ["ExecutionDoesNotExist", "InvalidArn"].contains(error.code)
        {
            throw unknown(execution)
        }
    }

    func unknown(_ execution: String) -> CommandError {
        let names = ((try? stateMachineARNs()) ?? []).flatMap { arn in
            ((try? inspector.executions(stateMachineARN: arn, limit: 100)) ?? [])
                .compactMap { $0["name"]?.string }
        }
        return CommandError(
            .unavailable,
            "there is no execution \(execution)" + suggestion(for: execution, among: names)
                + (names.isEmpty ? "" : "; see: sluice executions\(flags)"))
    }
}
