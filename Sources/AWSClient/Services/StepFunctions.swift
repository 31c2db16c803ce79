public import JSON

/// The operations of Step Functions that handlers use; the others through ``call(_:_:)``.
public struct StepFunctions: Sendable {
    public let client: AWSClient

    public init(_ client: AWSClient = AWSClient()) { self.client = client }

    /// Any operation by its name, `GetExecutionHistory` say.
    public func call(_ operation: String, _ input: JSON) throws(AWSError) -> JSON {
        try client.call(.stepFunctions, operation, input)
    }

    /// Starts an execution. While one of that name runs with the same input, that one is returned.
    /// - Returns: the execution's ARN.
    /// - Throws: code `ExecutionAlreadyExists` when the name was taken by another.
    public func startExecution(
        stateMachineARN: String, name: String, input: JSON
    ) throws(AWSError) -> String {
        let answer = try call(
            "StartExecution",
            [
                "stateMachineArn": .string(stateMachineARN), "name": .string(name),
                "input": .string(input.serialized()),
            ])
        guard let arn = answer["executionArn"]?.string else {
            throw AWSError(
                "InvalidAnswer", "executionArn is missing", "Step Functions StartExecution")
        }
        return arn
    }

    /// - Throws: code `TaskTimedOut`, `TaskDoesNotExist` or `InvalidToken` when nobody waits any more.
    public func sendTaskSuccess(taskToken: String, output: JSON) throws(AWSError) {
        _ = try call(
            "SendTaskSuccess",
            ["taskToken": .string(taskToken), "output": .string(output.serialized())])
    }

    /// - Throws: as ``sendTaskSuccess(taskToken:output:)``.
    public func sendTaskFailure(
        taskToken: String, error: String, cause: String
    ) throws(AWSError) {
        // The service's limits: 256 and 32,768 characters.
        _ = try call(
            "SendTaskFailure",
            [
                "taskToken": .string(taskToken), "error": .string(String(error.prefix(256))),
                "cause": .string(String(cause.prefix(32_768))),
            ])
    }

    public func describeExecution(executionARN: String) throws(AWSError) -> JSON {
        try call("DescribeExecution", ["executionArn": .string(executionARN)])
    }
}
