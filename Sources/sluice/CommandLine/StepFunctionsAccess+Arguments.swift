import AWSClient
import LocalCloud
import Pipeline
import System

extension StepFunctionsAccess {
    /// What `--aws`, `--state-machine` and `--home` name; for looking, nothing is set going.
    /// - Throws: ``CommandError`` or ``CloudError`` when there is no such home.
    init(_ arguments: Arguments) throws {
        guard Self.isAWS(arguments) else {
            try self.init(Home(arguments))
            return
        }
        guard !arguments.has("--home") else {
            throw CommandError.usage("--home is of this machine; it does not go with --aws")
        }
        let given =
            arguments.value("--state-machine") ?? environmentVariable("SLUICE_STATE_MACHINE_ARN")
        self.init(
            aws: AWSConfiguration(environment: environmentVariable),
            stateMachines: given.flatMap { $0.isEmpty ? nil : [$0] } ?? Jobs.all.map { $0.name },
            flags: arguments.value("--state-machine").map { " --state-machine \($0)" } ?? " --aws")
    }

    static func isAWS(_ arguments: Arguments) -> Bool {
        arguments.has("--aws") || arguments.has("--state-machine")
    }
}

extension Command.Flag {
    /// Where executions are looked for.
    static let ofPlace = [
        Command.homeFlag,
        Self(
            name: "--aws",
            help: "on AWS instead, as the environment says (AWS_REGION, AWS_ENDPOINT_URL_SFN …)"),
        Self(
            name: "--state-machine", value: "ARN",
            help: "on AWS, of that state machine, by ARN or name (unless given: "
                + "$SLUICE_STATE_MACHINE_ARN, else those named after the jobs)"),
    ]
}
