import Console
import Engine
import JSON
import System

extension Command {
    static let rerun = Command(
        name: "rerun", operands: "EXECUTION", operandCount: 1...1,
        summary: "go on with a failed execution from the failed step",
        discussion: """
            What succeeded is kept, what failed or was aborted runs again, as RedriveExecution of Step
            Functions does it. With --from-start a new run of the same files is started instead.
            """,
        flags: [Flag(name: "--from-start", help: "a new run, from its first step")] + Flag.ofRuns,
        run: { arguments in
            let settings = try CloudSettings(arguments)
            let output = try RunOutput(arguments)
            let home = try Home(arguments)
            // Looked up first, so that a wrong name sets nothing going.
            let arn: String
            do {
                let access = try StepFunctionsAccess(home)
                arn = try access.report(arguments.operands[0]).arn
            }
            let name = String(arn.split(separator: ":").last ?? "")
            guard arn == LocalFunctions.executionARN(name) else {
                throw CommandError.usage("only a run can be rerun, not a Map's child; name the run")
            }
            let cloud = try LocalCloud(home, settings)
            Interruption.onInterruption(cloud.interrupt)
            defer { cloud.shutdown() }
            let begun = WallClock().now()
            let next = arguments.has("--from-start") ? try cloud.startAgain(name) : name
            if next == name { try cloud.redrive(name) }
            let watch = ExecutionWatch(cloud: cloud, name: next)
            return try output.write(watch.follow(begun: begun))
        })
}

extension LocalCloud {
    /// - Throws: ``CommandError`` that says why the execution cannot be redriven.
    func redrive(_ name: String) throws {
        do {
            _ = try engine.call(
                "RedriveExecution", ["executionArn": JSON(LocalFunctions.executionARN(name))])
        } catch {
            guard error.code == "ExecutionNotRedrivable" else { throw error }
            let description = try engine.call(
                "DescribeExecution", ["executionArn": JSON(LocalFunctions.executionARN(name))])
            switch description["status"]?.string {
            case "RUNNING": return
            case "SUCCEEDED":
                throw CommandError(
                    .failure,
                    "\(name) has succeeded; a new run is started by: sluice rerun \(name) --from-start"
                )
            default: throw CommandError(.failure, "\(name) cannot be rerun: \(error.message)")
            }
        }
    }
}
