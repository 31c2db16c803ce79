import JSON
import System

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html>.
/// Executions that are running, and redrives, keep the definition they were started with.
@Sendable func updateStateMachine(_ json: JSON, _ runner: Runner) throws -> JSON {
    let request = Request(json)
    var machine = try stateMachine(try request.arn("stateMachineArn", of: ["stateMachine"]), runner)
    try request.refuseVersions()
    let text = try request.optionalString("definition")
    let role = try request.optionalString("roleArn")
    guard text != nil || role != nil else {
        throw ServiceError(
            "MissingRequiredParameter",
            "Either the definition, the role ARN, the LoggingConfiguration, the "
                + "EncryptionConfiguration or the TracingConfiguration must be specified")
    }
    if let text {
        try checkDefinition(text, isExpress: machine.type == "EXPRESS")
        machine.definition = try runner.store.insertDefinition(text, machineARN: machine.arn)
    }
    if let role { machine.roleARN = role }
    machine.updated = runner.now
    machine.revision = randomUUID()
    try runner.store.save(machine)
    return ["updateDate": .seconds(machine.updated), "revisionId": .string(machine.revision)]
}

/// - Throws: `StateMachineDoesNotExist`.
func stateMachine(_ arn: String, _ runner: Runner) throws -> StoredMachine {
    guard let machine = try runner.store.machine(arn: arn) else {
        throw ServiceError.noMachine(arn)
    }
    return machine
}
