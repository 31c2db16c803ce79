import JSON
import Pipeline

extension Infrastructure {
    /// The six functions, shared by all jobs.
    var functions: [LambdaFunction] {
        let options = optionVariables
        return StepFunction.allCases.map { LambdaFunction($0, for: jobs, options: options) }
    }

    /// Who may call `arrive`, other than state machines, and what becomes of those calls.
    static let permissions = [
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

    static func logGroup(_ logicalID: String, _ name: JSON) -> Resource {
        Resource(
            logicalID, "AWS::Logs::LogGroup",
            [
                "LogGroupName": name, "RetentionInDays": Fn.ref("LogRetentionDays"),
                "KmsKeyId": keyARN,
            ])
    }
}

extension LambdaFunction {
    /// The function, its role and its log.
    var resources: [Resource] {
        let logGroup = function.logicalName + "LogGroup"
        return [
            Infrastructure.logGroup(
                logGroup, Fn.sub("/aws/lambda/${AWS::StackName}-\(function.rawValue)")),
            Infrastructure.role(
                function.logicalName + "Role", "lambda.amazonaws.com", trust: nil,
                statements + [
                    PolicyStatement(
                        "WriteLog", ["logs:CreateLogStream", "logs:PutLogEvents"],
                        on: [Fn.getAtt(logGroup, "Arn")]),
                    Self.traces, Self.networkInterfaces,
                ]),
            resource,
        ]
    }

    private var resource: Resource {
        var properties: JSONObject = [
            "FunctionName": Names.inStack(function.rawValue),
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
            "Environment": ["Variables": .object(environment)],
            "KmsKeyArn": Infrastructure.keyARN, "TracingConfig": ["Mode": "Active"],
        ]
        properties["LoggingConfig"] = [
            "LogFormat": "JSON", "LogGroup": Fn.ref(function.logicalName + "LogGroup"),
            "ApplicationLogLevel": Fn.ref("LogLevel"), "SystemLogLevel": "INFO",
        ]
        properties["VpcConfig"] = Fn.when(
            "HasVPC",
            ["SubnetIds": Fn.ref("SubnetIds"), "SecurityGroupIds": Fn.ref("SecurityGroupIds")])
        var skips: [CheckovSkip] = []
        if function == .arrive {
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
}
