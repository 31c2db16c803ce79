import JSON
import Pipeline
import StatesLanguage

/// What a job has of its own in a stack: a state machine with its role and its log, and what the job
/// declares as its resources and options.
struct JobStack: Sendable {
    let job: any Job.Type
    let resourceStacks: [ResourceStack]
    private let machine: StateMachine

    init(_ job: any Job.Type) {
        self.job = job
        resourceStacks = job.resources.map(ResourceStack.init)
        machine = .of(job)
    }

    /// The job's name as logical ids spell it: what those of all that belongs to it begin with.
    var logicalName: String { Names.logical(job.name) }
    var stateMachineID: String { logicalName + "StateMachine" }
    var stateMachineName: String { "${AWS::StackName}-\(job.name)" }
    var stateMachineARN: JSON { Names.arn("states", "stateMachine:" + stateMachineName) }
    private var logGroupID: String { stateMachineID + "LogGroup" }

    /// The functions that the definition calls.
    var functions: [StepFunction] {
        let text = machine.json.serialized()
        return StepFunction.allCases.filter { text.contains("${\($0.placeholder)}") }
    }

    var resources: [Resource] {
        [
            // The prefix that keeps the log groups' resource policy short:
            // <https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html>.
            Infrastructure.logGroup(
                logGroupID, Fn.sub("/aws/vendedlogs/states/\(stateMachineName)")),
            Infrastructure.role(
                stateMachineID + "Role", "states.amazonaws.com",
                trust: PolicyStatement.ofThisAccount, statements),
            stateMachine,
        ] + resourceStacks.flatMap(\.resources)
    }

    private var stateMachine: Resource {
        Resource(
            stateMachineID, "AWS::StepFunctions::StateMachine",
            [
                "StateMachineName": Fn.sub(stateMachineName), "StateMachineType": "STANDARD",
                "RoleArn": Fn.getAtt(stateMachineID + "Role", "Arn"),
                "DefinitionString": .string(definition),
                "DefinitionSubstitutions": .object(substitutions),
                "LoggingConfiguration": [
                    "Level": "ERROR", "IncludeExecutionData": false,
                    "Destinations": [
                        ["CloudWatchLogsLogGroup": ["LogGroupArn": Fn.getAtt(logGroupID, "Arn")]]
                    ],
                ],
                "TracingConfiguration": ["Enabled": true],
            ])
    }

    // MARK: The definition

    /// The parameter that sets how many children of a Map run at a time.
    static let concurrencyParameter = "MapConcurrency"
    private static let concurrency = "${\(concurrencyParameter)}"

    /// The generated definition, its `${…}` filled in by CloudFormation. As a string, since a template
    /// may hold no null, which a definition does; and since in a string a number can be filled in.
    private var definition: String {
        Self.openingConcurrency(machine.json).serialized()
            .replacing("\"\(Self.concurrency)\"", with: Self.concurrency)
    }

    /// With the concurrency of Maps left open, for the moment within quotes.
    private static func openingConcurrency(_ json: JSON) -> JSON {
        switch json {
        case .array(let elements): return .array(elements.map(openingConcurrency))
        case .object(let members):
            return .object(
                JSONObject(
                    members.map { name, value in
                        name == "MaxConcurrency"
                            ? (name, .string(concurrency)) : (name, openingConcurrency(value))
                    }))
        default: return json
        }
    }

    private var substitutions: JSONObject {
        JSONObject(
            [
                ("Partition", Fn.ref("AWS::Partition")), ("WorkBucket", Fn.ref("WorkBucket")),
                (Self.concurrencyParameter, Fn.ref(Self.concurrencyParameter)),
            ] + functions.map { ($0.placeholder, Fn.getAtt($0.logicalID, "Arn")) })
    }

    // MARK: The role

    /// What the state machine may do: call its functions, and run Maps over its own part of the work
    /// bucket. Functions are addressed by name, so that the role is there long before the state machine,
    /// which IAM needs: <https://github.com/aws/aws-cdk/issues/33332>.
    private var statements: [PolicyStatement] {
        [
            PolicyStatement(
                "CallFunctions", ["lambda:InvokeFunction"], on: functions.map(\.arnByName)),
            // The children of a distributed Map:
            // <https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html>.
            PolicyStatement("StartChildren", ["states:StartExecution"], on: [stateMachineARN]),
            PolicyStatement(
                "FollowChildren",
                ["states:DescribeExecution", "states:StopExecution", "states:RedriveExecution"],
                // A child is named after its Map Run, `NAME/LABEL:ID`; AWS's own policy has `NAME:*` too.
                on: ["/*", ":*"].map {
                    Names.arn("states", "execution:\(stateMachineName)\($0)")
                }),
            PolicyStatement(
                "ReadManifests", ["s3:GetObject"], on: [workObjects("/*/manifests/*")]),
            PolicyStatement(
                "WriteResults",
                [
                    "s3:GetObject", "s3:PutObject", "s3:ListMultipartUploadParts",
                    "s3:AbortMultipartUpload",
                ], on: [workObjects("/*/results/*")]),
            PolicyStatement(
                "UseKey", ["kms:Decrypt", "kms:GenerateDataKey"], on: [Infrastructure.keyARN]),
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

    /// Objects of the job in the work bucket.
    func workObjects(_ path: String) -> JSON { Fn.sub("${WorkBucket.Arn}/\(job.name)\(path)") }
}
