import JSON
import System

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html>.
/// Creating one again with the same definition and type answers with the one that is there, whatever
/// role and tags are given.
@Sendable func createStateMachine(_ json: JSON, _ runner: Runner) throws -> JSON {
    let request = Request(json)
    let name = try request.string("name")
    try Request.checkName(name)
    let text = try request.string("definition")
    let role = try request.roleARN() ?? request.string("roleArn")
    let type = try request.choice("type", of: ["STANDARD", "EXPRESS"]) ?? "STANDARD"
    try request.refuseVersions()
    try checkDefinition(text, isExpress: type == "EXPRESS")
    let tags = try request.tags()
    let arn =
        "arn:aws:states:\(runner.configuration.region):\(runner.configuration.account):"
        + "stateMachine:\(name)"
    if let existing = try runner.store.machine(arn: arn) {
        let same = try Store.definition(runner.store.database, existing.definition)
        guard same.utf8.elementsEqual(text.utf8), existing.type == type else {
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

extension Request {
    /// The member `roleArn`, whose form nobody here depends on.
    func roleARN() throws(ServiceError) -> String? {
        guard let role = try optionalString("roleArn") else { return nil }
        try Self.checkLength(role, "roleArn", atMost: Limits.arnCharacters)
        return role
    }

    /// - Throws: `ValidationException` when a version is to be published: there are none here.
    func refuseVersions() throws(ServiceError) {
        guard try !bool("publish"), try optionalString("versionDescription") == nil else {
            throw ServiceError(
                "ValidationException", "This engine has no versions of state machines to publish")
        }
    }
}
