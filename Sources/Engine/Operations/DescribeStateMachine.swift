import JSON
import SQLite

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html>
@Sendable func describeStateMachine(_ json: JSON, _ view: StoreReader.View) throws -> JSON {
    let request = Request(json)
    let arn = try request.arn("stateMachineArn", of: ["stateMachine"])
    let isWhole = try request.includesData()
    guard
        let machine = try Store.machines(view.database, "WHERE arn = ?", [.text(arn)]).first
    else { throw ServiceError.noMachine(arn) }
    let definition = try Store.definition(view.database, machine.definition)
    return [
        "stateMachineArn": .string(machine.arn), "name": .string(machine.name),
        "status": "ACTIVE", "type": .string(machine.type), "roleArn": .string(machine.roleARN),
        "definition": .string(isWhole ? definition : "{}"),
        "creationDate": .seconds(machine.created), "revisionId": .string(machine.revision),
        "loggingConfiguration": ["level": "OFF", "includeExecutionData": false],
        "tracingConfiguration": ["enabled": false],
    ]
}
