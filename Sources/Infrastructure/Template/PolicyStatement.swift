public import JSON

/// A statement of an IAM, bucket, queue or key policy.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>
public struct PolicyStatement: Sendable {
    public var id: String
    public var effect = "Allow"
    public var principal: JSON?
    public var actions: [String]
    public var resources: [JSON]
    public var condition: JSON?
    /// Under which condition of the template the statement is there at all.
    public var presence: String?

    public init(
        _ id: String, _ actions: [String], on resources: [JSON], condition: JSON? = nil,
        when presence: String? = nil
    ) {
        (self.id, self.actions, self.resources) = (id, actions, resources)
        (self.condition, self.presence) = (condition, presence)
    }

    /// What a service may do.
    static func service(
        _ id: String, _ service: JSON, _ actions: [String], on resources: [JSON],
        condition: JSON
    ) -> PolicyStatement {
        var statement = PolicyStatement(id, actions, on: resources, condition: condition)
        statement.principal = ["Service": service]
        return statement
    }

    /// Nobody may come without TLS.
    static func onlyTLS(_ actions: String, on resources: [JSON]) -> PolicyStatement {
        var statement = PolicyStatement(
            "OnlyTLS", [actions], on: resources,
            condition: ["Bool": ["aws:SecureTransport": "false"]])
        statement.effect = "Deny"
        statement.principal = "*"
        return statement
    }

    var json: JSON {
        var object: JSONObject = ["Sid": .string(id), "Effect": .string(effect)]
        object["Principal"] = principal
        object["Action"] = .array(actions.map { .string($0) })
        object["Resource"] = .array(resources)
        object["Condition"] = condition
        guard let presence else { return .object(object) }
        return Fn.when(presence, .object(object))
    }

    static func document(_ statements: [PolicyStatement]) -> JSON {
        ["Version": "2012-10-17", "Statement": .array(statements.map(\.json))]
    }

    /// Only on behalf of this account: against the confused deputy,
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>.
    static let ofThisAccount: JSON = [
        "StringEquals": ["aws:SourceAccount": Fn.ref("AWS::AccountId")]
    ]
}
