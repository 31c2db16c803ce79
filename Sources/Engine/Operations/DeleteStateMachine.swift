import JSON

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html>.
/// Running executions go on; one that is not there is no error.
@Sendable func deleteStateMachine(_ json: JSON, _ runner: Runner) throws -> JSON {
    try runner.store.deleteMachine(arn: try Request(json).unqualifiedMachineARN())
    return [:]
}
