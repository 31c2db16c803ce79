import JSON
import System

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>.
/// Starting one again with the same name and input while it runs answers with the running one.
@Sendable func startExecution(_ json: JSON, _ runner: Runner) throws -> JSON {
    let request = Request(json)
    let machine = try stateMachine(try request.string("stateMachineArn"), runner)
    let name = try request.optionalString("name") ?? randomUUID()
    try Request.checkName(name)
    let inputText = try request.optionalString("input") ?? "{}"
    guard inputText.utf8.count <= Limits.payloadBytes else {
        throw ServiceError(
            "ValidationException",
            "1 validation error detected: Value at 'input' failed to satisfy constraint: Member "
                + "must have length less than or equal to \(Limits.payloadBytes)")
    }
    let input: JSON
    do {
        input = try JSON(parsing: inputText)
    } catch {
        throw ServiceError(
            "InvalidExecutionInput", "Invalid State Machine Execution Input: '\(error)'")
    }
    let arn =
        "arn:aws:states:\(runner.configuration.region):\(runner.configuration.account):"
        + "execution:\(machine.name):\(name)"
    let existing = try runner.store.database.rows(
        "SELECT status, input, started FROM executions WHERE arn = ?", [.text(arn)]
    ) { (status: $0.text(0), input: $0.text(1), started: Timestamp(milliseconds: $0.int(2))) }
    if let existing = existing.first {
        guard existing.status == "RUNNING", (try? JSON(parsing: existing.input)) == input else {
            throw ServiceError("ExecutionAlreadyExists", "Execution Already Exists: '\(arn)'")
        }
        return ["executionArn": .string(arn), "startDate": .seconds(existing.started)]
    }
    let new = NewExecution(
        arn: arn, name: name, machineARN: machine.arn, machineName: machine.name,
        roleARN: machine.roleARN, definition: machine.definition,
        isExpress: machine.type == "EXPRESS", inputText: inputText, startedAt: runner.now)
    let program = try runner.program(machine.definition)
    let row = try runner.store.insert(new)
    runner.executions[row] = ExecutionState(
        identity: new.identity(
            row: row, region: runner.configuration.region, account: runner.configuration.account,
            input: input), program: program, startedAt: new.startedAt)
    runner.stimuli.append((row, .start))
    return ["executionArn": .string(arn), "startDate": .seconds(new.startedAt)]
}
