import JSON
import Pipeline

extension Infrastructure {
    /// What may be chosen when the stack is created or updated; see each description.
    var parameters: [Parameter] {
        Self.codeParameters + Self.fileParameters + jobParameters + Self.storageParameters
            + Self.functionParameters + Self.networkParameters + Self.observabilityParameters
    }

    private static let codeParameters =
        [
            Parameter(
                name: "CodeBucket", group: "Code",
                description: "The bucket that the functions' packages are in.",
                constraints: ["AllowedPattern": "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"])
        ]
        + StepFunction.allCases.map { function in
            Parameter(
                name: function.codeKeyParameter, group: "Code",
                description: "The key of \(function.rawValue)'s package in that bucket.",
                constraints: ["MinLength": 1, "MaxLength": 1024])
        }
        + [
            .choice(
                "FunctionArchitecture", "Code", "What the packages are built for.", "x86_64",
                ["x86_64", "arm64"])
        ]

    private static let fileParameters: [Parameter] = [
        // An execution lives for a year at most, and what follows the deadline is part of it:
        // <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>.
        .number(
            "DeadlineSeconds", "Files", "How long a file set may stay incomplete.", 86_400,
            60...31_000_000),
        .number(
            "AllowedRejects", "Files",
            "How many records of a file may be rejected before its step fails.", 0,
            0...1_000_000_000),
        .choice(
            "Delimiter", "Files", "What stands between two fields.", "comma",
            delimiters.map(\.name)),
    ]

    /// What the jobs declare, under the heading of each.
    private var jobParameters: [Parameter] {
        let options = options
        let queueType = Parameter.choice(
            "QueueType", "Queues",
            "A FIFO queue takes no message twice within five minutes and is slower. Another type "
                + "later is another queue; the old one goes, with what is in it.",
            "standard", ["standard", "fifo"])
        return (hasQueues ? [queueType] : [])
            + jobs.flatMap { job in
                options.filter { $0.job.job.name == job.job.name }
                    .map { $0.option.templateParameter(job.job.name) }
                    + job.resourceStacks.flatMap { $0.parameters(job.job.name) }
            }
    }

    private static let storageParameters: [Parameter] = [
        .number(
            "WorkRetentionDays", "Storage",
            "When a run's own objects go. A run can be redriven for 14 days.", 30, 15...3650),
        .number(
            "NoncurrentVersionDays", "Storage",
            "When versions of files go that newer ones have replaced.", 90, 15...3650),
    ]

    /// Nothing is reserved unless asked for: accounts must keep 100 unreserved, and new ones have no more
    /// than 10 in all: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html>.
    private static let functionParameters: [Parameter] =
        [
            .number(
                JobStack.concurrencyParameter, "Functions",
                "How many children of one Map run at a time; the three of a set of three files run "
                    + "side by side. What exceeds the functions' concurrency is tried again, and "
                    + "paid for as a state transition: about a third of WorkerConcurrency is right, "
                    + "or of the account's concurrency when nothing is reserved.",
                40, 1...10_000),
            .number(
                "WorkerConcurrency", "Functions",
                "Reserved for parse-chunk, aggregate and emit, for each; 0 reserves nothing. "
                    + "An account must keep 100 unreserved; a new one has 10 in all.", 0, 0...1000),
            .number(
                "ControlConcurrency", "Functions",
                "Reserved for arrive, validate and seal, for each; 0 reserves nothing.", 0,
                0...1000),
        ]
        + StepFunction.allCases.map { function in
            .number(
                function.memoryParameter, "Functions",
                "Memory of \(function.rawValue) in MB; a whole processor comes with 1,769.",
                function.memoryMB, 128...10_240)
        }

    private static let networkParameters = [
        Parameter(
            name: "SubnetIds", group: "Network", type: "CommaDelimitedList",
            description: "Subnets for the functions, which must reach S3 and DynamoDB from there "
                + "(gateway endpoints), SQS and Step Functions (interface endpoints); none for no "
                + "VPC.", defaultValue: "",
            constraints: ["AllowedPattern": "^(subnet-[0-9a-f]+)?$"]),
        Parameter(
            name: "SecurityGroupIds", group: "Network", type: "CommaDelimitedList",
            description: "Security groups for the functions; with subnets only.",
            defaultValue: "", constraints: ["AllowedPattern": "^(sg-[0-9a-f]+)?$"]),
    ]

    private static let observabilityParameters: [Parameter] = [
        .choice(
            "LogLevel", "Observability", "The least level of the functions' log lines.",
            "INFO", ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]),
        Parameter(
            name: "LogRetentionDays", group: "Observability", type: "Number",
            description: "When log lines go.", defaultValue: 30,
            constraints: ["AllowedValues": .array(retentionDays.map { JSON($0) })]),
        Parameter(
            name: "AlarmEmail", group: "Observability",
            description: "Who is written to when an alarm goes off; empty for nobody.",
            defaultValue: "",
            constraints: [
                "AllowedPattern": "^$|^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", "MaxLength": 320,
            ]),
    ]

    private static let delimiters: [(name: String, character: String)] = [
        ("comma", ","), ("semicolon", ";"), ("tab", "\t"), ("bar", "|"),
    ]

    /// What PutRetentionPolicy takes:
    /// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>.
    private static let retentionDays = [
        1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557,
        2922, 3288, 3653,
    ]

    static let mappings: JSONObject = [
        "Delimiters": .object(
            JSONObject(delimiters.map { ($0.name, ["Character": .string($0.character)]) }))
    ]

    private var hasQueues: Bool {
        jobs.flatMap(\.resourceStacks).contains { $0.resource.kind == .queue }
    }

    var conditions: JSONObject {
        let shared: [(String, JSON)] = [
            ("HasVPC", Fn.not(Fn.equals(Fn.join("", Fn.ref("SubnetIds")), ""))),
            ("HasAlarmEmail", Fn.not(Fn.equals(Fn.ref("AlarmEmail"), ""))),
            ("ReservesWorkers", Fn.not(Fn.equals(Fn.ref("WorkerConcurrency"), "0"))),
            ("ReservesControl", Fn.not(Fn.equals(Fn.ref("ControlConcurrency"), "0"))),
        ]
        let queues = hasQueues ? [("IsFIFO", Fn.equals(Fn.ref("QueueType"), "fifo"))] : []
        return JSONObject(
            queues + optionConditions + jobs.flatMap(\.resourceStacks).flatMap(\.conditions)
                + shared)
    }
}
