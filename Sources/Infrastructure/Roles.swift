import JSON
import Pipeline

extension Infrastructure {
    /// A role for each function, and one for the state machine. Where a statement's resource is `*`,
    /// the service knows no narrower one; the statement says so where it stands.
    static let roles =
        LambdaFunction.all.map { function in
            role(
                function.logicalName + "Role", "lambda.amazonaws.com", trust: nil,
                function.statements + [
                    PolicyStatement(
                        "WriteLog", ["logs:CreateLogStream", "logs:PutLogEvents"],
                        on: [Fn.getAtt(function.logicalName + "LogGroup", "Arn")]),
                    traces, networkInterfaces,
                ])
        } + [
            role(
                "StateMachineRole", "states.amazonaws.com",
                trust: PolicyStatement.ofThisAccount, stateMachineStatements)
        ]

    private static func role(
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

    /// X-Ray has no resources:
    /// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html>.
    private static let traces = PolicyStatement(
        "WriteTraces", ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], on: ["*"])

    /// What Lambda does in a VPC with the function's role. Its interfaces have no names beforehand:
    /// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions>.
    private static let networkInterfaces = PolicyStatement(
        "UseNetwork",
        [
            "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets",
            "ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses",
            "ec2:UnassignPrivateIpAddresses",
        ], on: ["*"], when: "HasVPC")

    private static let stateMachineStatements: [PolicyStatement] = [
        PolicyStatement(
            "CallFunctions", ["lambda:InvokeFunction"], on: LambdaFunction.all.map(\.arn)),
        // The children of a distributed Map:
        // <https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html>.
        PolicyStatement("StartChildren", ["states:StartExecution"], on: [Names.stateMachineARN]),
        PolicyStatement(
            "FollowChildren",
            ["states:DescribeExecution", "states:StopExecution", "states:RedriveExecution"],
            // A child is named after its Map Run, `NAME/LABEL:ID`; AWS's own policy has `NAME:*` too.
            on: ["/*", ":*"].map {
                Names.arn("states", "execution:\(Names.stateMachine)\($0)")
            }),
        PolicyStatement(
            "ReadManifests", ["s3:GetObject"],
            on: [Fn.sub("${WorkBucket.Arn}/\(CustomerMessages.name)/*/manifests/*")]),
        PolicyStatement(
            "WriteResults",
            [
                "s3:GetObject", "s3:PutObject", "s3:ListMultipartUploadParts",
                "s3:AbortMultipartUpload",
            ], on: [Fn.sub("${WorkBucket.Arn}/\(CustomerMessages.name)/*/results/*")]),
        PolicyStatement(
            "UseKey", ["kms:Decrypt", "kms:GenerateDataKey"], on: [keyARN]),
        // Log deliveries belong to no log group:
        // <https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy>.
        PolicyStatement(
            "DeliverLogs",
            [
                "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery",
                "logs:DeleteLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy",
                "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
            ], on: ["*"]),
        PolicyStatement(
            "WriteTraces",
            [
                "xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules",
                "xray:GetSamplingTargets",
            ], on: ["*"]),
    ]
}
