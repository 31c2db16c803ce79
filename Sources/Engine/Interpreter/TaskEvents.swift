import JSON
import StatesLanguage

// What tasks leave in the history.
extension ExecutionState {
    mutating func recordScheduled(
        _ flow: Int, _ task: Task, _ integration: Integration, _ parameters: String,
        timeout: Double?, heartbeat: Double?
    ) {
        var limits = JSONObject()
        limits["timeoutInSeconds"] = timeout.map { JSON(Int($0)) }
        limits["heartbeatInSeconds"] = heartbeat.map { JSON(Int($0)) }
        guard let names = integration.eventNames else {
            limits["resource"] = .string(task.resource.rawValue)
            record(
                "LambdaFunctionScheduled", in: flow,
                ("lambdaFunctionScheduledEventDetails", .payload("input", parameters, limits)))
            return
        }
        var details: JSONObject = [
            "resourceType": .string(names.resourceType), "resource": .string(names.resource),
            "region": .string(identity.region), "parameters": .string(parameters),
        ]
        for (name, value) in limits { details[name] = value }
        record("TaskScheduled", in: flow, ("taskScheduledEventDetails", .object(details)))
    }

    /// Records `Task…`, or `LambdaFunction…` for a function called by its ARN.
    mutating func recordTask(
        _ what: String, _ flow: Int, _ task: Task, _ integration: Integration,
        output: String? = nil, failure: Failure? = nil
    ) {
        var details = failure?.members ?? JSONObject()
        if let names = integration.eventNames {
            details["resourceType"] = .string(names.resourceType)
            details["resource"] = .string(names.resource)
        }
        let value = output.map { JSON.payload("output", $0, details) } ?? .object(details)
        if integration.eventNames != nil {
            record("Task" + what, in: flow, ("task\(what)EventDetails", value))
        } else if details.isEmpty, output == nil {
            record("LambdaFunction" + what, in: flow)
        } else {
            record("LambdaFunction" + what, in: flow, ("lambdaFunction\(what)EventDetails", value))
        }
    }
}
