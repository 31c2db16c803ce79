import JSON

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>.
/// Starting one of a Standard machine again with the same name and input while it runs answers with
/// the running one; executions of an Express machine may share a name.
@Sendable func startExecution(_ json: JSON, _ runner: Runner) throws -> JSON {
    let (started, isNew) = try runner.start(Request(json).startRequest())
    if isNew { runner.stimuli.append((started.row, .start)) }
    return [
        "executionArn": .string(started.arn), "startDate": .seconds(started.startedAt),
    ]
}

extension Request {
    /// What StartExecution and StartSyncExecution are given.
    func startRequest() throws(ServiceError) -> StartRequest {
        let machine = try unqualifiedMachineARN()
        if let header = try optionalString("traceHeader") {
            try Self.checkLength(header, "traceHeader", atMost: 256)
        }
        var request = StartRequest(machineARN: machine, name: try optionalString("name"))
        if let input = try optionalString("input") { request.inputText = input }
        return request
    }
}
