import Console
import Engine
import JSON
import System

extension Command {
    static let graph = Command(
        name: "graph", operands: "EXECUTION", operandCount: 1...1,
        summary: "show an execution state by state",
        discussion: """
            EXECUTION is the name that run and executions show, SET-RUN, or an ARN, of a Map's child too.
            """,
        flags: [
            Flag(name: "--format", value: "FORMAT", help: "text (unless given) or json"), homeFlag,
        ],
        run: { arguments in
            let format = arguments.value("--format") ?? "text"
            guard ["text", "json"].contains(format) else {
                throw CommandError.usage("--format must be text or json, not '\(format)'")
            }
            let access = try StepFunctionsAccess(Home(arguments))
            let report = try access.report(arguments.operands[0])
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
            return try Inspector(call).report(Self.arn(execution))
        } catch let error as ServiceError
            where ["ExecutionDoesNotExist", "InvalidArn"].contains(error.code)
        {
            throw unknown(execution)
        }
    }

    static func arn(_ execution: String) -> String {
        execution.hasPrefix("arn:") ? execution : LocalFunctions.executionARN(execution)
    }

    func unknown(_ execution: String) -> CommandError {
        let known = try? Inspector(call).executions(
            stateMachineARN: LocalFunctions.stateMachineARN, limit: 100)
        let names = known?.compactMap { $0["name"]?.string } ?? []
        return CommandError(
            .unavailable,
            "there is no execution \(execution)" + suggestion(for: execution, among: names)
                + (names.isEmpty ? "" : "; see: sluice executions"))
    }
}
