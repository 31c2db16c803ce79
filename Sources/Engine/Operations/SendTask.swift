import JSON

// The answers to tasks that wait for their token. AWS's three operations, which differ in little.

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html>
@Sendable func sendTaskSuccess(_ json: JSON, _ runner: Runner) throws -> JSON {
    let request = Request(json)
    let token = try request.taskToken()
    let text = try request.string("output")
    try Request.checkLength(text, "output", atMost: Limits.payloadBytes, isBytes: true)
    let output: JSON
    do {
        output = try JSON(parsing: text)
    } catch {
        throw ServiceError("InvalidOutput", "Invalid Output: '\(error)'")
    }
    return try answer(token, .success(output), runner)
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html>
@Sendable func sendTaskFailure(_ json: JSON, _ runner: Runner) throws -> JSON {
    let request = Request(json)
    let failure = try request.failure()
    return try answer(try request.taskToken(), .failure(failure), runner)
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskHeartbeat.html>
@Sendable func sendTaskHeartbeat(_ json: JSON, _ runner: Runner) throws -> JSON {
    try answer(try Request(json).taskToken(), .heartbeat, runner)
}

extension Request {
    fileprivate func taskToken() throws(ServiceError) -> String {
        let token = try string("taskToken")
        try Self.checkLength(token, "taskToken", atMost: Limits.taskTokenCharacters)
        return token
    }
}

/// - Throws: `InvalidToken` for a text that is no token; `TaskTimedOut` for a task that no longer
///   waits, because it was answered, ended, or was retried or redriven with another token.
private func answer(
    _ text: String, _ callback: Stimulus.Callback, _ runner: Runner
) throws -> JSON {
    guard TaskToken(text) != nil else {
        throw ServiceError("InvalidToken", "Invalid Token: 'Invalid token'")
    }
    guard let key = runner.tokens[text], let state = runner.executions[key.execution],
        case .task(let task)? = state.flows[key.flow]?.visit?.phase, task.ticket == key.ticket,
        state.flows[key.flow]?.status == .running
    else {
        throw ServiceError(
            "TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
    }
    runner.stimuli.append(
        (key.execution, .callback(flow: key.flow, ticket: key.ticket, callback)))
    return [:]
}
