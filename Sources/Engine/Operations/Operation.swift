import JSON

/// One operation of the API; each has a file of its own.
enum Operation: Sendable {
    /// Only reads: from the store, on the caller's thread.
    case read(@Sendable (JSON, StoreReader.View) throws -> JSON)
    /// Changes state machines: on the engine's thread, within its transaction.
    case manage(@Sendable (JSON, Runner) throws -> JSON)
    /// Changes executions, likewise; before it those that were running are taken up again.
    case change(@Sendable (JSON, Runner) throws -> JSON)

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
        "StopExecution": .change(stopExecution),
        "TagResource": .manage(tagResource),
        "UntagResource": .manage(untagResource),
        "UpdateMapRun": .change(updateMapRun),
        "UpdateStateMachine": .manage(updateStateMachine),
        "ValidateStateMachineDefinition": .read(validateStateMachineDefinition),
    ]
}

/// The members of a request, checked as AWS checks them.
struct Request {
    let json: JSON

    init(_ json: JSON) { self.json = json }

    private func invalid(_ name: String, _ why: String) -> ServiceError {
        ServiceError(
            "ValidationException",
            "1 validation error detected: Value at '\(name)' failed to satisfy constraint: \(why)")
    }

    /// - Throws: `ValidationException` when it is there and no string.
    func optionalString(_ name: String) throws(ServiceError) -> String? {
        guard let value = json[name], !value.isNull else { return nil }
        guard let text = value.string else { throw invalid(name, "Member must be a string") }
        return text
    }

    func string(_ name: String) throws(ServiceError) -> String {
        guard let text = try optionalString(name) else {
            throw invalid(name, "Member must not be null")
        }
        return text
    }

    func bool(_ name: String) throws(ServiceError) -> Bool {
        guard let value = json[name], !value.isNull else { return false }
        guard let bool = value.bool else { throw invalid(name, "Member must be a boolean") }
        return bool
    }

    /// The members `error` and `cause`.
    /// - Throws: `ValidationException` when one is too long.
    func failure() throws(ServiceError) -> Failure {
        let failure = Failure(
            error: try optionalString("error"), cause: try optionalString("cause"))
        guard failure == failure.shortened else {
            throw invalid(
                "error and cause",
                "Members must have length less than or equal to \(Limits.errorCharacters) and "
                    + "\(Limits.causeCharacters)")
        }
        return failure
    }

    /// `maxResults`: 0 or none is the default.
    func pageEntries() throws(ServiceError) -> Int {
        guard let value = json["maxResults"], !value.isNull else {
            return Limits.defaultPageEntries
        }
        guard let count = value.int, (0...Limits.pageEntries).contains(count) else {
            throw invalid("maxResults", "Member must be from 0 to \(Limits.pageEntries)")
        }
        return count == 0 ? Limits.defaultPageEntries : count
    }

    /// `nextToken`, as this engine gives it out: where the page starts.
    func pageStart() throws(ServiceError) -> Int? {
        guard let text = try optionalString("nextToken") else { return nil }
        guard let start = Int(text) else {
            throw ServiceError("InvalidToken", "Invalid Token: 'Invalid token'")
        }
        return start
    }

    /// The name of a state machine or an execution.
    /// - Throws: `InvalidName`.
    static func checkName(_ name: String) throws(ServiceError) {
        let forbidden = Set(##"<>{}[]?*"#%\^|~`$&,;:/"##.unicodeScalars)
        let isValid =
            !name.isEmpty && name.unicodeScalars.count <= Limits.nameCharacters
            && !name.unicodeScalars.contains {
                forbidden.contains($0) || $0.properties.isWhitespace || $0.value < 0x20
                    || (0x7F...0x9F).contains($0.value)
            }
        guard isValid else { throw ServiceError("InvalidName", "Invalid Name: '\(name)'") }
    }
}
