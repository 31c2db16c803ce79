import JSON

/// What functions may do, besides what the resources of jobs bring with them.
extension PolicyStatement {
    static func arrive(_ jobs: [JobStack]) -> [PolicyStatement] {
        [
            PolicyStatement(
                "KnowFileSets", ["dynamodb:GetItem", "dynamodb:UpdateItem"],
                on: [Fn.getAtt("FileSetsTable", "Arn")]),
            PolicyStatement(
                "RunFileSets", ["states:StartExecution"], on: jobs.map(\.stateMachineARN)),
            // A token names no resource; who has it may answer:
            // <https://docs.aws.amazon.com/service-authorization/latest/reference/list_stepfunctions.html>.
            PolicyStatement("AnswerTasks", ["states:SendTaskSuccess"], on: ["*"]),
            PolicyStatement(
                "SendErrors", ["sqs:SendMessage"], on: [Fn.getAtt("ErrorsQueue", "Arn")]),
            PolicyStatement(
                "KeepEvents", ["sqs:SendMessage"], on: [Fn.getAtt("EventsDeadLetterQueue", "Arn")]),
        ]
    }

    static let readDrops = [
        PolicyStatement(
            "ReadDrops", ["s3:GetObject", "s3:GetObjectVersion"],
            on: [Names.bucketARN("drop", "/*")]),
        PolicyStatement("FindDrops", ["s3:ListBucket"], on: [Names.bucketARN("drop")]),
    ]

    /// What was found under its name is read by its version.
    static func readWork(_ jobs: [JobStack]) -> PolicyStatement {
        PolicyStatement(
            "ReadWork", ["s3:GetObject", "s3:GetObjectVersion"],
            on: jobs.map { $0.workObjects("/*") })
    }

    /// A large object is put in parts, which are given up when one of them fails.
    static func writeWork(_ jobs: [JobStack]) -> PolicyStatement {
        PolicyStatement(
            "WriteWork", ["s3:PutObject", "s3:AbortMultipartUpload"],
            on: jobs.map { $0.workObjects("/*") })
    }

    /// Without it S3 says of what is gone, or was never there, that access is denied:
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>, "Permissions".
    static let findWork = PolicyStatement(
        "FindWork", ["s3:ListBucket"], on: [Fn.getAtt("WorkBucket", "Arn")])

    /// Which columns runs have written into a table is kept beside the file sets.
    static let keepColumns = PolicyStatement(
        "KeepColumns", ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"],
        on: [Fn.getAtt("FileSetsTable", "Arn")])

    static let useKey = PolicyStatement(
        "UseKey", ["kms:Decrypt", "kms:GenerateDataKey"], on: [Infrastructure.keyARN])

    /// What a table's users may do with its key, through DynamoDB only:
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html>.
    static let useTableKey = PolicyStatement(
        "UseTableKey",
        [
            "kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo",
            "kms:GenerateDataKey", "kms:DescribeKey",
        ], on: [Infrastructure.keyARN],
        condition: [
            "StringEquals": [
                "kms:ViaService": Fn.sub("dynamodb.${AWS::Region}.${AWS::URLSuffix}")
            ]
        ])

    /// Whether it lets items of tables be written.
    var writesItems: Bool { actions.contains("dynamodb:PutItem") }
}
