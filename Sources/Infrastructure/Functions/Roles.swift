import JSON

extension Infrastructure {
    /// A role of a function or a state machine. Where a statement's resource is `*`, the service knows no
    /// narrower one; the statement says so where it stands.
    /// - Parameter trust: the condition under which the service may take the role; nil for any.
    static func role(
        _ logicalID: String, _ service: String, trust: JSON?, _ statements: [PolicyStatement]
    ) -> Resource {
        var principal: JSONObject = [
            "Effect": "Allow", "Principal": ["Service": .string(service)],
            "Action": ["sts:AssumeRole"],
        ]
        principal["Condition"] = trust
        return Resource(
            logicalID, "AWS::IAM::Role",
            [
                "AssumeRolePolicyDocument": [
                    "Version": "2012-10-17", "Statement": [.object(principal)],
                ],
                "Policies": [
                    [
                        "PolicyName": "own", "PolicyDocument": PolicyStatement.document(statements),
                    ]
                ],
            ])
    }
}
