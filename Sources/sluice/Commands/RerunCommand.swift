import LocalCloud
import Inspection
import Engine
import JSON
import System

extension Command {
    static let rerun = Command(
        name: "rerun", operands: "EXECUTION", operandCount: 1...1,
        summary: "go on with a failed execution from the failed step",
        discussion: """
            What succeeded is kept, what failed or was aborted runs again, as RedriveExecution of Step
            Functions does it; --dry-run says what is which and changes nothing. With --from-start a new
            run of the same files is started instead. When a sluice up works in the home, it does the
            work, as it was told at its own start, and this command follows; so does Step Functions with
            --aws.
            """,
        flags: [
            Flag(name: "--dry-run", help: "say what would run again and what would be kept"),
            Flag(name: "--from-start", help: "a new run, from its first step"),
        ] + Flag.ofRuns + Flag.ofPlace.filter { $0.name != homeFlag.name },
        run: { arguments in
            let settings = try CloudSettings(arguments)
            let output = try RunOutput(arguments)
            // Looked up first, so that a wrong name sets nothing going.
            let arn: String
            do {
                let access = try StepFunctionsAccess(arguments)
                arn = try runARN(arguments.operands[0], access)
                if arguments.has("--dry-run") { return try dryRun(arn, access, arguments) }
                if access.place == .aws { return try rerunOnAWS(arn, access, arguments, output) }
            }
            let cloud = try openCloud(try Home(arguments), settings, arguments)
            defer { cloud.shutdown() }
            let isFromStart = arguments.has("--from-start")
            let next = isFromStart ? try cloud.startAgain(arn) : arn
            if !isFromStart { try cloud.redrive(arn) }
            let code = try output.write(ExecutionWatch(cloud, arn: next).follow())
            Terminal.tell(idle: cloud.idleDrills)
            return code
        })

    /// - Throws: ``CommandError`` when there is no such execution, or it is none that can be named here.
    private static func runARN(_ operand: String, _ access: StepFunctionsAccess) throws -> String {
        let arn = try access.report(operand).arn
        guard !arn.contains("/") else {
            throw CommandError.usage("only a run can be rerun, not a Map's child; name the run")
        }
        guard access.place == .aws || LocalFunctions.job(ofExecution: arn) != nil else {
            throw CommandError.usage("\(operand) is no run of a job of this home")
        }
        return arn
    }

    private static func dryRun(
        _ arn: String, _ access: StepFunctionsAccess, _ arguments: Arguments
    ) throws -> ExitCode {
        guard !arguments.has("--from-start") else {
            throw CommandError.usage("--from-start keeps nothing, so --dry-run has nothing to say")
        }
        let plan = try RedrivePlan(arn, access.inspector)
        Terminal.standardOutput(
            (arguments.has("--json") ? plan.json.serialized(pretty: true) : plan.text) + "\n")
        return plan.obstacle == nil ? .success : .failure
    }

    private static func rerunOnAWS(
        _ arn: String, _ access: StepFunctionsAccess, _ arguments: Arguments, _ output: RunOutput
    ) throws -> ExitCode {
        if let flag = arguments.ofWork.first {
            throw CommandError.usage("\(flag) is the stack's to say, not for a rerun on AWS")
        }
        if output.target != nil {
            throw CommandError.usage(
                "--out is for runs on this machine; on AWS: sluice messages --queue URL")
        }
        if arguments.has("--from-start") {
            throw CommandError.usage(
                "--from-start is for runs on this machine; on AWS invoke the function arrive with "
                    + #"{"action":"restart","job":"JOB","fileSet":"SET"}"#)
        }
        try access.redrive(arn)
        return try output.write(ExecutionWatch(access, arn: arn).follow())
    }
}

extension ExecutionAccess {
    /// - Throws: ``CommandError`` that says why the execution cannot be redriven.
    func redrive(_ arn: String) throws {
        let name = arn.split(separator: ":").last ?? ""
        do {
            _ = try call("RedriveExecution", ["executionArn": JSON(arn)])
        } catch let error as ServiceError where error.code == "ExecutionNotRedrivable" {
            let description = try call("DescribeExecution", ["executionArn": JSON(arn)])
            switch description["status"]?.string {
            case "RUNNING": return
            case "SUCCEEDED":
                throw CommandError(
                    .failure,
                    "\(name) has succeeded"
                        + (messageHome == nil
                            ? ""
                            : "; a new run is started by: sluice rerun \(name) --from-start\(flags)")
                )
            default: throw CommandError(.failure, "\(name) cannot be rerun: \(error.message)")
            }
        }
    }
}
