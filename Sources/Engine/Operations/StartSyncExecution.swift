import JSON
import System

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html>.
/// Answers when the execution has ended, after five minutes at most. An execution that fails is no
/// error of the request.
/// - Throws: `StateMachineTypeNotSupported` for a Standard machine.
@Sendable func startSyncExecution(_ json: JSON, _ runner: Runner, _ reply: Reply) throws {
    let request = Request(json)
    let start = try request.startRequest()
    let isWhole = try request.includesData()
    guard try stateMachine(start.machineARN, runner).type == "EXPRESS" else {
        throw ServiceError(
            "StateMachineTypeNotSupported",
            "This operation is not supported by this type of state machine")
    }
    let started = try runner.start(start).execution
    runner.syncReplies[started.row] = (reply, isWhole)
    runner.stimuli.append((started.row, .start))
}

extension Runner {
    /// Answers who waits for the end of that execution, once it is written.
    func answerSync(_ state: ExecutionState) {
        let row = state.identity.row
        guard let isWhole = syncReplies[row]?.isWhole else { return }
        let answer = state.syncAnswer(isWhole)
        effects.append { [self] in
            syncReplies.removeValue(forKey: row)?.reply.fulfil(.success(answer))
        }
    }

    /// Nobody will answer them any more.
    func abandonSyncReplies() {
        for (reply, _) in syncReplies.values {
            reply.fulfil(
                .failure(ServiceError("ServiceUnavailable", "The engine has been shut down")))
        }
        syncReplies = [:]
    }
}

extension ExecutionState {
    /// Express executions are billed by 100 ms and 64 MB:
    /// <https://aws.amazon.com/step-functions/pricing/>.
    private static let billedMilliseconds = 100, billedMegabytes = 64

    /// What StartSyncExecution answers once it is over.
    /// - Parameter isWhole: whether input and output are in it.
    func syncAnswer(_ isWhole: Bool) -> JSON {
        var answer: JSONObject = [
            "executionArn": .string(identity.arn),
            "stateMachineArn": .string(identity.machineARN), "name": .string(identity.name),
            "startDate": .seconds(startedAt), "stopDate": .seconds(stoppedAt ?? now),
            "status": .string(status.rawValue),
        ]
        answer["error"] = failure?.error.map { .string($0) }
        answer["cause"] = failure?.cause.map { .string($0) }
        if isWhole {
            answer["input"] = .string(identity.inputText)
            answer["output"] = output.map { .string($0.serialized()) }
        }
        answer["inputDetails"] = ["included": .bool(isWhole)]
        answer["outputDetails"] = ["included": .bool(isWhole)]
        let unit = Self.billedMilliseconds
        let taken = max((stoppedAt ?? now).milliseconds - startedAt.milliseconds, 1)
        answer["billingDetails"] = [
            "billedMemoryUsedInMB": JSON(Self.billedMegabytes),
            "billedDurationInMilliseconds": JSON((taken + unit - 1) / unit * unit),
        ]
        return .object(answer)
    }
}
