import JSON

/// One operation of the API; each has a file of its own.
enum Operation: Sendable {
    /// Only reads: from the store, on the caller's thread.
    case read(@Sendable (JSON, StoreReader.View) throws -> JSON)
    /// Changes state machines: on the engine's thread, within its transaction.
    case manage(@Sendable (JSON, Runner) throws -> JSON)
    /// Changes executions, likewise; before it those that were running are taken up again.
    case change(@Sendable (JSON, Runner) throws -> JSON)
    /// As ``change``, but what it answers comes later, by the reply.
    case await(@Sendable (JSON, Runner, Reply) throws -> Void)

    static let all: [String: Operation] = [
        "CreateStateMachine": .manage(createStateMachine),
        "DeleteStateMachine": .manage(deleteStateMachine),
        "DescribeExecution": .read(describeExecution),
        "DescribeMapRun": .read(describeMapRun),
        "DescribeStateMachine": .read(describeStateMachine),
        "DescribeStateMachineForExecution": .read(describeStateMachineForExecution),
        "GetExecutionHistory": .read(getExecutionHistory),
        "ListExecutions": .read(listExecutions),
        "ListMapRuns": .read(listMapRuns),
        "ListStateMachines": .read(listStateMachines),
        "ListTagsForResource": .read(listTagsForResource),
        "RedriveExecution": .change(redriveExecution),
        "SendTaskFailure": .change(sendTaskFailure),
        "SendTaskHeartbeat": .change(sendTaskHeartbeat),
        "SendTaskSuccess": .change(sendTaskSuccess),
        "StartExecution": .change(startExecution),
        "StartSyncExecution": .await(startSyncExecution),
        "StopExecution": .change(stopExecution),
        "TagResource": .manage(tagResource),
        "UntagResource": .manage(untagResource),
        "UpdateMapRun": .change(updateMapRun),
        "UpdateStateMachine": .manage(updateStateMachine),
        "ValidateStateMachineDefinition": .read(validateStateMachineDefinition),
    ]
}
