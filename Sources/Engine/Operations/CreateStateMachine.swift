import JSON
import StatesLanguage
import System

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html>.
/// Creating one again exactly as it is answers with the one that is there.
@Sendable func createStateMachine(_ json: JSON, _ runner: Runner) throws -> JSON {
    let request = Request(json)
    let name = try request.string("name")
    try Request.checkName(name)
    let text = try request.string("definition")
    let role = try request.string("roleArn")
    let type = try request.optionalString("type") ?? "STANDARD"
    guard ["STANDARD", "EXPRESS"].contains(type) else {
        throw ServiceError("ValidationException", "type must be STANDARD or EXPRESS")
    }
    try checkDefinition(text)
    let tags = try request.tags()
    let arn =
        "arn:aws:states:\(runner.configuration.region):\(runner.configuration.account):"
        + "stateMachine:\(name)"
    if let existing = try runner.store.machine(arn: arn) {
        let same = try Store.definition(runner.store.database, existing.definition)
        guard same.utf8.elementsEqual(text.utf8), existing.type == type, existing.roleARN == role
        else {
            throw ServiceError(
                "StateMachineAlreadyExists", "State Machine Already Exists: '\(arn)'")
        }
        return ["stateMachineArn": .string(arn), "creationDate": .seconds(existing.created)]
    }
    let now = runner.now
    try runner.store.save(
        StoredMachine(
            arn: arn, name: name, type: type, roleARN: role,
            definition: try runner.store.insertDefinition(text, machineARN: arn),
            revision: randomUUID(), created: now, updated: now))
    try runner.store.addTags(tags, to: arn)
    return ["stateMachineArn": .string(arn), "creationDate": .seconds(now)]
}

/// - Throws: `InvalidDefinition` with everything that is wrong, integrations that are not
///   supported here included.
func checkDefinition(_ text: String) throws(ServiceError) {
    let problems = definitionProblems(text).filter { $0.severity == .error }
    guard problems.isEmpty else {
        throw ServiceError(
            "InvalidDefinition", DefinitionError(problems: problems).description)
    }
}

/// What is wrong with a definition, the engine's own limits included.
func definitionProblems(_ text: String) -> [Problem] {
    guard text.utf8.count <= Quota.definitionBytes else {
        return [Problem(path: "", message: "larger than \(Quota.definitionBytes) bytes")]
    }
    let json: JSON
    do {
        json = try JSON(parsing: text)
    } catch {
        return [Problem(code: .invalidJSON, path: "", message: "not JSON: \(error)")]
    }
    let problems = StateMachine.problems(in: json)
    guard !problems.contains(where: { $0.severity == .error }),
        let machine = try? StateMachine(json: json)
    else { return problems }
    let unreadable = Program(machine).allStates.compactMap { state -> Problem? in
        guard case .map(let map) = state.kind, let (field, why) = map.itemReader?.unsupported
        else { return nil }
        return Problem(
            path: "/States/\(state.name)/ItemReader/ReaderConfig/\(field)", message: why)
    }
    let refused = Program(machine).allStates.compactMap { state -> Problem? in
        guard case .task(let task) = state.kind, Integration(task.resource) == nil else {
            return nil
        }
        return Problem(
            path: "/States/\(state.name)/Resource",
            message: "The resource provided \(task.resource.rawValue) is not supported by this "
                + "engine; it runs Lambda functions")
    }
    return problems + (refused + unreadable).sorted { $0.path < $1.path }
}
