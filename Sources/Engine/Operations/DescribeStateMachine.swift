import JSON

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html>
@Sendable func describeStateMachine(_ json: JSON, _ view: StoreReader.View) throws -> JSON {
    let arn = try Request(json).string("stateMachineArn")
    guard
        let machine = try Store.machines(view.database, "WHERE arn = ?", [.text(arn)]).first
    else {
        throw ServiceError("StateMachineDoesNotExist", "State Machine Does Not Exist: '\(arn)'")
    }
    return [
        "stateMachineArn": .string(machine.arn), "name": .string(machine.name),
        "status": "ACTIVE", "type": .string(machine.type), "roleArn": .string(machine.roleARN),
        "definition": .string(try Store.definition(view.database, machine.definition)),
        "creationDate": .seconds(machine.created), "revisionId": .string(machine.revision),
        "loggingConfiguration": ["level": "OFF", "includeExecutionData": false],
        "tracingConfiguration": ["enabled": false],
    ]
}
