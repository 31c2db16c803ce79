import JSON

extension Infrastructure {
    /// What may be chosen when the stack is created or updated; see each description.
    static let parameters: [Parameter] =
        [
            Parameter(
                name: "CodeBucket", group: "Code",
                description: "The bucket that the functions' packages are in.",
                constraints: ["AllowedPattern": "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"])
        ]
        + LambdaFunction.all.map { function in
            Parameter(
                name: function.codeKeyParameter, group: "Code",
                description: "The key of \(function.name)'s package in that bucket.",
                constraints: ["MinLength": 1, "MaxLength": 1024])
        }
        + [
            choice(
                "FunctionArchitecture", "Code", "What the packages are built for.", "x86_64",
                ["x86_64", "arm64"]),
            choice(
                "QueueType", "Job",
                "A FIFO queue takes no message twice within five minutes and is slower. Another type "
                    + "later is another queue; the old one goes, with what is in it.",
                "standard", ["standard", "fifo"]),
            choice(
                "KeepCustomersTable", "Job",
                "Whether one item for every customer is kept in a table as well. Switched off again, "
                    + "the table stays, outside the stack.", "false",
                ["false", "true"]),
            number(
                "DeadlineSeconds", "Job", "How long a file set may stay incomplete.", 86_400,
                60...31_536_000),
            number(
                "AllowedRejects", "Job",
                "How many records of a file may be rejected before its step fails.", 0,
                0...1_000_000_000),
            choice(
                "Delimiter", "Job", "What stands between two fields.", "comma",
                delimiters.map(\.name)),
            number(
                "WorkRetentionDays", "Storage",
                "When a run's own objects go. A run can be redriven for 14 days.", 30, 15...3650),
            number(
                "NoncurrentVersionDays", "Storage",
                "When versions of dropped files go that newer ones have replaced.", 90, 15...3650),
            number(
                "WorkerConcurrency", "Functions",
                "Reserved for parse-chunk, aggregate and emit, for each; 0 reserves nothing. "
                    + "An account must keep 100 unreserved.", 100, 0...1000),
            number(
                "ControlConcurrency", "Functions",
                "Reserved for arrive, validate and seal, for each; 0 reserves nothing.", 20,
                0...1000),
        ]
        + LambdaFunction.all.map { function in
            number(
                function.memoryParameter, "Functions",
                "Memory of \(function.name) in MB; a whole processor comes with 1,769.",
                function.memoryMB, 128...10_240)
        }
        + [
            Parameter(
                name: "SubnetIds", group: "Network", type: "CommaDelimitedList",
                description: "Subnets for the functions, which must reach S3, SQS, DynamoDB, Step "
                    + "Functions and KMS from there; none for no VPC.", defaultValue: "",
                constraints: ["AllowedPattern": "^(subnet-[0-9a-f]+)?$"]),
            Parameter(
                name: "SecurityGroupIds", group: "Network", type: "CommaDelimitedList",
                description: "Security groups for the functions; with subnets only.",
                defaultValue: "", constraints: ["AllowedPattern": "^(sg-[0-9a-f]+)?$"]),
            choice(
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

    static let delimiters = [("comma", ","), ("semicolon", ";"), ("tab", "\t"), ("bar", "|")]
        .map { (name: JSON.string($0.0), character: JSON.string($0.1)) }

    /// What PutRetentionPolicy takes:
    /// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>.
    private static let retentionDays = [
        1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557,
        2922, 3288, 3653,
    ]

    static let mappings: JSONObject = [
        "Delimiters": .object(
            JSONObject(delimiters.map { ($0.name.string ?? "", ["Character": $0.character]) }))
    ]

    static let conditions: JSONObject = [
        "IsFIFO": Fn.equals(Fn.ref("QueueType"), "fifo"),
        "KeepsCustomers": Fn.equals(Fn.ref("KeepCustomersTable"), "true"),
        "HasVPC": Fn.not(Fn.equals(Fn.join("", Fn.ref("SubnetIds")), "")),
        "HasAlarmEmail": Fn.not(Fn.equals(Fn.ref("AlarmEmail"), "")),
        "ReservesWorkers": Fn.not(Fn.equals(Fn.ref("WorkerConcurrency"), "0")),
        "ReservesControl": Fn.not(Fn.equals(Fn.ref("ControlConcurrency"), "0")),
    ]

    private static func choice(
        _ name: String, _ group: String, _ description: String, _ usual: JSON, _ values: [JSON]
    ) -> Parameter {
        Parameter(
            name: name, group: group, description: description, defaultValue: usual,
            constraints: ["AllowedValues": .array(values)])
    }

    private static func number(
        _ name: String, _ group: String, _ description: String, _ usual: Int,
        _ range: ClosedRange<Int>
    ) -> Parameter {
        Parameter(
            name: name, group: group, type: "Number", description: description,
            defaultValue: JSON(usual),
            constraints: ["MinValue": JSON(range.lowerBound), "MaxValue": JSON(range.upperBound)])
    }
}
