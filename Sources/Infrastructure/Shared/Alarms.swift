import JSON

extension Infrastructure {
    var alarms: [Resource] {
        Self.alarmTopic
            + ["ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"].map(executionAlarm)
            + [
                Self.alarm(
                    "ArriveErrors", "arrive failed; what it could not take is tried again.",
                    "AWS/Lambda", "Errors", ["FunctionName": Fn.ref("ArriveFunction")]),
                Self.alarm(
                    "ArriveDeadLetterErrors",
                    "Events that arrive could not take did not reach their queue either, and are "
                        + "gone.",
                    "AWS/Lambda", "DeadLetterErrors", ["FunctionName": Fn.ref("ArriveFunction")]),
                Self.depthAlarm(
                    "EventsLost",
                    "Events that arrive could not take wait in the events-dead-letters queue.",
                    "EventsDeadLetterQueue"),
                Self.depthAlarm(
                    "ErrorsWaiting",
                    "Errors of jobs without a queue, or of files that no job takes, wait in the "
                        + "errors queue.", "ErrorsQueue"),
            ] + jobs.flatMap(\.resourceStacks).flatMap(\.alarms)
    }

    private static let alarmTopic = [
        Resource(
            "AlarmTopic", "AWS::SNS::Topic", condition: "HasAlarmEmail",
            ["TopicName": Names.inStack("alarms"), "KmsMasterKeyId": Fn.ref("Key")]),
        Resource(
            "AlarmTopicPolicy", "AWS::SNS::TopicPolicy", condition: "HasAlarmEmail",
            [
                "Topics": [Fn.ref("AlarmTopic")],
                "PolicyDocument": PolicyStatement.document([
                    .service(
                        "Alarms", "cloudwatch.amazonaws.com", ["sns:Publish"],
                        on: [Fn.ref("AlarmTopic")], condition: PolicyStatement.ofThisAccount),
                    .onlyTLS("sns:Publish", on: [Fn.ref("AlarmTopic")]),
                ]),
            ]),
        Resource(
            "AlarmSubscription", "AWS::SNS::Subscription", condition: "HasAlarmEmail",
            [
                "TopicArn": Fn.ref("AlarmTopic"), "Protocol": "email",
                "Endpoint": Fn.ref("AlarmEmail"),
            ]),
    ]

    /// How many metrics an alarm may compute with:
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html>.
    static let maximumAlarmMetrics = 10

    /// Goes off when executions have ended so, whichever job's: the sum over all state machines, where one
    /// that has no data counts as 0.
    private func executionAlarm(_ metric: String) -> Resource {
        let metrics: [JSON] = jobs.enumerated().map { index, job in
            [
                "Id": .string("m\(index)"), "ReturnData": false,
                "MetricStat": [
                    "Metric": [
                        "Namespace": "AWS/States", "MetricName": .string(metric),
                        "Dimensions": [
                            ["Name": "StateMachineArn", "Value": Fn.ref(job.stateMachineID)]
                        ],
                    ],
                    "Stat": "Sum", "Period": JSON(Self.periodSeconds),
                ],
            ]
        }
        let sum = jobs.indices.map { "FILL(m\($0), 0)" }.joined(separator: " + ")
        let total: JSON = [
            "Id": "total", "Label": .string(metric), "Expression": .string(sum),
            "ReturnData": true,
        ]
        return Self.alarm(
            metric, "A run has ended without success; its error_message says why.",
            ["Metrics": .array(metrics + [total])])
    }

    /// Goes off when a message is in the queue.
    static func depthAlarm(
        _ logicalID: String, _ description: String, _ queue: String, condition: String? = nil
    ) -> Resource {
        alarm(
            logicalID, description, "AWS/SQS", "ApproximateNumberOfMessagesVisible",
            ["QueueName": Fn.getAtt(queue, "QueueName")], condition: condition)
    }

    /// Goes off when the metric's greatest value, for queues, or its sum within five minutes is above a
    /// number.
    static func alarm(
        _ logicalID: String, _ description: String, _ namespace: String, _ metric: String,
        _ dimensions: JSONObject, above threshold: Int = 0, condition: String? = nil
    ) -> Resource {
        alarm(
            logicalID, description,
            [
                "Namespace": .string(namespace), "MetricName": .string(metric),
                "Dimensions": .array(
                    dimensions.map { ["Name": .string($0.name), "Value": $0.value] }),
                "Statistic": namespace == "AWS/SQS" ? "Maximum" : "Sum",
                "Period": JSON(periodSeconds),
            ], above: threshold, condition: condition)
    }

    private static let periodSeconds = 300

    private static func alarm(
        _ logicalID: String, _ description: String, _ measured: JSONObject,
        above threshold: Int = 0, condition: String? = nil
    ) -> Resource {
        var properties: JSONObject = ["AlarmDescription": .string(description)]
        for (name, value) in measured { properties[name] = value }
        properties["EvaluationPeriods"] = 1
        properties["ComparisonOperator"] = "GreaterThanThreshold"
        properties["Threshold"] = JSON(threshold)
        properties["TreatMissingData"] = "notBreaching"
        properties["AlarmActions"] = Fn.when("HasAlarmEmail", [Fn.ref("AlarmTopic")])
        return Resource(
            logicalID + "Alarm", "AWS::CloudWatch::Alarm", condition: condition, properties)
    }
}
