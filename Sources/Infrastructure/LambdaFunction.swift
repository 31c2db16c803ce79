import JSON
import Pipeline

/// One of the job's functions: what it is called, what it needs, what it may do.
public struct LambdaFunction: Sendable {
    /// The executable's name.
    public var name: String
    /// Unless its parameter says otherwise.
    var memoryMB: Int
    var timeoutSeconds: Int
    /// Workers run side by side, one for a chunk or a range of slices.
    var isWorker: Bool
    var environment: JSONObject
    /// What it may do, beyond what every function may.
    var statements: [PolicyStatement]

    /// `ParseChunk` for parse-chunk; the start of what belongs to it.
    var logicalName: String { CustomerMessages.logicalName(ofFunction: name) }
    /// The function's logical id.
    var logicalID: String { logicalName + "Function" }
    var arn: JSON { Fn.getAtt(logicalID, "Arn") }
    var memoryParameter: String { logicalName + "MemoryMB" }

    /// The parameter that says where its package is.
    public var codeKeyParameter: String { logicalName + "CodeKey" }
    /// Its name in a stack.
    public func nameInStack(_ stack: String) -> String { "\(stack)-\(name)" }

    public static let all = CustomerMessages.functionNames.map(named)

    static func named(_ name: String) -> LambdaFunction {
        switch name {
        case "arrive": arrive
        case "validate":
            // Looks at the first bytes of a file only.
            LambdaFunction(
                name: name, memoryMB: 512, timeoutSeconds: 300, isWorker: false,
                environment: objects.merging(rules),
                statements: [.readDrops, .writeWork, .useKey])
        case "parse-chunk":
            // Bound by the processor: all of one.
            LambdaFunction(
                name: name, memoryMB: 1769, timeoutSeconds: 900, isWorker: true,
                environment: objects.merging(rules),
                statements: [.readDrops, .readWork, .writeWork, .useKey])
        case "seal":
            LambdaFunction(
                name: name, memoryMB: 1024, timeoutSeconds: 900, isWorker: false,
                environment: objects.merging(rules),
                statements: [.readWork, .findWork, .writeWork, .useKey])
        case "aggregate":
            LambdaFunction(
                name: name, memoryMB: 1769, timeoutSeconds: 900, isWorker: true,
                environment: objects, statements: [.readWork, .writeWork, .useKey])
        case "emit":
            LambdaFunction(
                name: name, memoryMB: 1769, timeoutSeconds: 900, isWorker: true,
                environment: objects.merging([
                    "SLUICE_QUEUE": Fn.ref("MessagesQueue"),
                    "CUSTOMERS_TABLE": Fn.when("KeepsCustomers", Fn.ref("CustomersTable")),
                ]),
                statements: [
                    .readWork, .findWork, .writeWork, .sendMessages, .writeCustomers, .useKey,
                    .useTableKey,
                ])
        default: preconditionFailure("\(name) is no function of the job")
        }
    }

    private static let arrive = LambdaFunction(
        name: "arrive", memoryMB: 256, timeoutSeconds: 60, isWorker: false,
        environment: [
            "SLUICE_QUEUE": Fn.ref("MessagesQueue"),
            "SLUICE_TABLE": Fn.sub("dynamodb://${FileSetsTable}"),
            "SLUICE_STATE_MACHINE_ARN": Names.stateMachineARN,
            "SLUICE_DEADLINE_SECONDS": Fn.ref("DeadlineSeconds"),
        ],
        statements: [
            PolicyStatement(
                "KnowFileSets", ["dynamodb:GetItem", "dynamodb:UpdateItem"],
                on: [Fn.getAtt("FileSetsTable", "Arn")]),
            PolicyStatement(
                "RunFileSets", ["states:StartExecution"], on: [Names.stateMachineARN]),
            // A token names no resource; who has it may answer:
            // <https://docs.aws.amazon.com/service-authorization/latest/reference/list_stepfunctions.html>.
            PolicyStatement("AnswerTasks", ["states:SendTaskSuccess"], on: ["*"]),
            .sendMessages,
            PolicyStatement(
                "KeepEvents", ["sqs:SendMessage"], on: [Fn.getAtt("EventsDeadLetterQueue", "Arn")]),
            .useKey, .useTableKey,
        ])

    private static let objects: JSONObject = [
        "SLUICE_OBJECTS": "s3://", "SLUICE_WORK_BUCKET": Fn.ref("WorkBucket"),
        // mallopt(3): memory that is freed stays for the next invocation, which wants as much again.
        "MALLOC_MMAP_THRESHOLD_": "33554432", "MALLOC_TRIM_THRESHOLD_": "1073741824",
        "MALLOC_TOP_PAD_": "1048576",
    ]

    private static let rules: JSONObject = [
        "SLUICE_ALLOWED_REJECTS": Fn.ref("AllowedRejects"),
        "SLUICE_DELIMITER": Fn.findInMap("Delimiters", Fn.ref("Delimiter"), "Character"),
    ]
}

extension JSONObject {
    fileprivate func merging(_ other: JSONObject) -> JSONObject {
        JSONObject(Array(self) + Array(other))
    }
}

extension PolicyStatement {
    fileprivate static let readDrops = PolicyStatement(
        "ReadDrops", ["s3:GetObject", "s3:GetObjectVersion"],
        on: [Names.bucketARN("drop", "/*")])
    /// What was found under its name is read by its version.
    fileprivate static let readWork = PolicyStatement(
        "ReadWork", ["s3:GetObject", "s3:GetObjectVersion"], on: [work])
    /// A large object is put in parts, which are given up when one of them fails.
    fileprivate static let writeWork = PolicyStatement(
        "WriteWork", ["s3:PutObject", "s3:AbortMultipartUpload"], on: [work])
    /// For those that look for an object which may not be there. Without it S3 would say that access is
    /// denied: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>, "Permissions".
    fileprivate static let findWork = PolicyStatement(
        "FindWork", ["s3:ListBucket"], on: [Fn.getAtt("WorkBucket", "Arn")])
    fileprivate static let sendMessages = PolicyStatement(
        "SendMessages", ["sqs:SendMessage"], on: [Fn.getAtt("MessagesQueue", "Arn")])
    fileprivate static let writeCustomers = PolicyStatement(
        "WriteCustomers", ["dynamodb:PutItem"],
        on: [Fn.getAtt("CustomersTable", "Arn")], when: "KeepsCustomers")
    fileprivate static let useKey = PolicyStatement(
        "UseKey", ["kms:Decrypt", "kms:GenerateDataKey"], on: [Infrastructure.keyARN])

    /// What a table's users may do with its key, through DynamoDB only:
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html>.
    fileprivate static let useTableKey = PolicyStatement(
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

    private static let work = Fn.sub("${WorkBucket.Arn}/\(CustomerMessages.name)/*")
}
