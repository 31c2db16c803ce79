import JSON

extension ServiceIntegration {
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html>. A Detail that
    /// is an object becomes its JSON text, and every entry's Resources end with the state machine and
    /// the execution. The task fails when an entry did.
    static let eventsPutEvents = ServiceIntegration(
        resourceType: "events", action: "putEvents", service: "events",
        errorPrefix: "EventBridge", nameInCauses: "AmazonEventBridge",
        otherError: "AmazonEventBridgeException", fields: [.required("Entries", .array)]
    ) { given, caller in
        let own: [JSON] = [.string(caller.machineARN), .string(caller.arn)]
        var request = given
        request["Entries"] = .array(
            (given["Entries"]?.array ?? []).map { entry in
                guard var members = entry.object else { return entry }
                if let detail = members["Detail"], detail.object != nil {
                    members["Detail"] = .string(detail.serialized())
                }
                members["Resources"] = .array((members["Resources"]?.array ?? []) + own)
                return .object(members)
            })
        return request
    }
}
