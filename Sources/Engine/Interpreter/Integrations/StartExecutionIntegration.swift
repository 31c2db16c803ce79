import JSON
import StatesLanguage
import System

// Executions that a task starts: <https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html>.

/// What StartExecution is asked for.
struct StartRequest: Sendable {
    var machineARN: String
    /// Nil for a UUID.
    var name: String?
    var inputText = "{}"
}

extension Integration {
    static let startExecutionFields: [ParameterField] = [
        .required("StateMachineArn", .string), .optional("Name", .string), .optional("Input"),
    ]

    /// An Input that is no text is given as its JSON; null as `{}`.
    static func startRequest(_ parameters: JSON) -> TaskRequest {
        let input = parameters["Input"] ?? .null
        return .startExecution(
            StartRequest(
                machineARN: parameters["StateMachineArn"]?.string ?? "",
                name: parameters["Name"]?.string, inputText: input.isNull ? "{}" : input.text))
    }

    /// The task's result, or what it has submitted.
    static func startResult(of started: StartedExecution, requestID: String) -> JSON {
        let answer: JSON = [
            "ExecutionArn": .string(started.arn), "StartDate": JSON(started.startedAt.milliseconds),
        ]
        return answer.withHTTPMetadata(requestID: requestID)
    }

    static func startFailure(_ error: ServiceError, requestID: String) -> Failure {
        Failure(
            error: "StepFunctions."
                + (error.code.hasSuffix("Exception") ? error.code : error.code + "Exception"),
            cause: error.causeOfSDK(service: "AWSStepFunctions", requestID: requestID))
    }
}

/// An execution that was started, or found running under its name with the same input.
struct StartedExecution: Sendable {
    let row: Int
    let arn: String
    let startedAt: Timestamp
}

/// How an execution that a task waited for has ended.
struct EndedExecution: Sendable {
    let status: ExecutionState.Status
    /// As DescribeExecution told when the integration was made; `Input` and `Output` are texts.
    let description: JSONObject

    /// The task's result.
    /// - Throws: `States.TaskFailed` with the description as its cause unless it has succeeded.
    func result(isJSON: Bool) throws(Failure) -> JSON {
        var description = description
        if isJSON {
            for name in ["Input", "Output"] {
                guard let text = description[name]?.string else { continue }
                description[name] = (try? JSON(parsing: text)) ?? .string(text)
            }
        }
        guard status == .succeeded else {
            throw Failure(
                error: StatesError.Name.taskFailed, cause: JSON.object(description).serialized())
        }
        return .object(description)
    }
}

extension ExecutionState {
    /// What a task that waits for this execution gets: members sorted, times in milliseconds.
    var asEnded: EndedExecution {
        var members = JSONObject()
        members["Cause"] = failure?.cause.map { .string($0) }
        members["Error"] = failure?.error.map { .string($0) }
        members["ExecutionArn"] = .string(identity.arn)
        members["Input"] = .string(identity.inputText)
        members["InputDetails"] = ["Included": true]
        members["Name"] = .string(identity.name)
        if let output {
            members["Output"] = .string(output.serialized())
            members["OutputDetails"] = ["Included": true]
        }
        members["StartDate"] = JSON(startedAt.milliseconds)
        members["StateMachineArn"] = .string(identity.machineARN)
        members["Status"] = .string(status.rawValue)
        members["StopDate"] = stoppedAt.map { JSON($0.milliseconds) }
        return EndedExecution(status: status, description: members)
    }
}
