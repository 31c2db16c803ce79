import JSON

extension Infrastructure {
    static let functions = LambdaFunction.all.map(function) + permissions

    private static func function(_ function: LambdaFunction) -> Resource {
        var properties: JSONObject = [
            "FunctionName": Names.inStack(function.name),
            "Runtime": "provided.al2023", "Handler": "bootstrap",
            "Architectures": [Fn.ref("FunctionArchitecture")],
            "Code": [
                "S3Bucket": Fn.ref("CodeBucket"), "S3Key": Fn.ref(function.codeKeyParameter),
            ],
            "Role": Fn.getAtt(function.logicalName + "Role", "Arn"),
            "MemorySize": Fn.ref(function.memoryParameter),
            "Timeout": JSON(function.timeoutSeconds),
            "ReservedConcurrentExecutions": function.isWorker
                ? Fn.when("ReservesWorkers", Fn.ref("WorkerConcurrency"))
                : Fn.when("ReservesControl", Fn.ref("ControlConcurrency")),
            "Environment": ["Variables": .object(function.environment)],
            "KmsKeyArn": keyARN, "TracingConfig": ["Mode": "Active"],
            "LoggingConfig": [
                "LogFormat": "JSON", "LogGroup": Fn.ref(function.logicalName + "LogGroup"),
                "ApplicationLogLevel": Fn.ref("LogLevel"), "SystemLogLevel": "INFO",
            ],
            "VpcConfig": Fn.when(
                "HasVPC",
                [
                    "SubnetIds": Fn.ref("SubnetIds"),
                    "SecurityGroupIds": Fn.ref("SecurityGroupIds"),
                ]),
        ]
        var skips: [CheckovSkip] = []
        if function.name == "arrive" {
            properties["DeadLetterConfig"] = [
                "TargetArn": Fn.getAtt("EventsDeadLetterQueue", "Arn")
            ]
        } else {
            skips = [
                CheckovSkip(
                    "CKV_AWS_116",
                    "Only Step Functions calls it, and waits for it: what fails is the state's "
                        + "error, and no event can be left over.")
            ]
        }
        return Resource(function.logicalID, "AWS::Lambda::Function", skips: skips, properties)
    }

    /// Who may call `arrive`, other than the state machine, and what becomes of those calls.
    private static let permissions = [
        Resource(
            "ArriveFromDropBucket", "AWS::Lambda::Permission",
            [
                "Action": "lambda:InvokeFunction", "FunctionName": Fn.ref("ArriveFunction"),
                "Principal": "s3.amazonaws.com", "SourceAccount": Fn.ref("AWS::AccountId"),
                "SourceArn": Names.bucketARN("drop"),
            ]),
        Resource(
            "ArriveInvocations", "AWS::Lambda::EventInvokeConfig",
            [
                "FunctionName": Fn.ref("ArriveFunction"), "Qualifier": "$LATEST",
                "MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 21_600,
            ]),
    ]

    static let logGroups =
        LambdaFunction.all.map {
            logGroup(
                $0.logicalName + "LogGroup", Fn.sub("/aws/lambda/${AWS::StackName}-\($0.name)"))
        } + [
            // The prefix that keeps the log groups' resource policy short:
            // <https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html>.
            logGroup(
                "StateMachineLogGroup", Fn.sub("/aws/vendedlogs/states/\(Names.stateMachine)"))
        ]

    private static func logGroup(_ logicalID: String, _ name: JSON) -> Resource {
        Resource(
            logicalID, "AWS::Logs::LogGroup",
            [
                "LogGroupName": name, "RetentionInDays": Fn.ref("LogRetentionDays"),
                "KmsKeyId": keyARN,
            ])
    }
}
