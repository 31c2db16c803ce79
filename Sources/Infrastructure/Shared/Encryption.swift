import JSON

extension Infrastructure {
    static let keyARN = Fn.getAtt("Key", "Arn")

    /// One key for everything at rest. Who may use it otherwise is said by the roles' own policies.
    static let encryption = [
        Resource(
            "Key", "AWS::KMS::Key", deletionPolicy: .retain,
            [
                "Description": Fn.sub("${AWS::StackName}: everything at rest"),
                "EnableKeyRotation": true,
                "KeyPolicy": PolicyStatement.document(keyStatements),
            ]),
        Resource(
            "KeyAlias", "AWS::KMS::Alias",
            ["AliasName": Fn.sub("alias/${AWS::StackName}"), "TargetKeyId": Fn.ref("Key")]),
    ]

    private static var keyStatements: [PolicyStatement] {
        // In a key's policy `*` is this key.
        let key: [JSON] = ["*"]
        var account = PolicyStatement("TheAccountDecides", ["kms:*"], on: key)
        account.principal = ["AWS": Fn.sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")]
        let use = ["kms:Decrypt", "kms:GenerateDataKey"]
        return [
            account,
            // CloudWatch Logs comes with its region's name and its partition's:
            // <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html>.
            .service(
                "LogGroups", Fn.sub("logs.${AWS::Region}.${AWS::URLSuffix}"),
                [
                    "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*",
                    "kms:DescribeKey",
                ], on: key,
                condition: [
                    "ArnLike": [
                        "kms:EncryptionContext:aws:logs:arn": Names.arn(
                            "logs", "log-group:/aws/*/${AWS::StackName}-*")
                    ]
                ]),
            .service(
                "LogDelivery", "delivery.logs.amazonaws.com", use, on: key,
                condition: PolicyStatement.ofThisAccount),
            .service(
                "AlarmsToTopic", "cloudwatch.amazonaws.com", use, on: key,
                condition: PolicyStatement.ofThisAccount),
            .service(
                "RulesToDeadLetters", "events.amazonaws.com", use, on: key,
                condition: PolicyStatement.ofThisAccount),
        ]
    }
}
