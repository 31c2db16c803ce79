import JSON

extension Infrastructure {
    static let alarms =
        [
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
        + ["ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"].map {
            alarm(
                $0, "A run has ended without success; its error_message says why.",
                "AWS/States", $0, ["StateMachineArn": Fn.ref("StateMachine")])
        } + [
            alarm(
                "ArriveErrors", "arrive failed; what it could not take is tried again.",
                "AWS/Lambda", "Errors", ["FunctionName": Fn.ref("ArriveFunction")]),
            alarm(
                "EventsLost",
                "Events that arrive could not take wait in the events-dead-letters queue.",
                "AWS/SQS", "ApproximateNumberOfMessagesVisible",
                ["QueueName": Fn.getAtt("EventsDeadLetterQueue", "QueueName")]),
            alarm(
                "ArriveDeadLetterErrors",
                "Events that arrive could not take did not reach that queue either, and are gone.",
                "AWS/Lambda", "DeadLetterErrors", ["FunctionName": Fn.ref("ArriveFunction")]),
            alarm(
                "MessagesUnreadable",
                "Messages that their readers could not take wait in the dead-letter queue.",
                "AWS/SQS", "ApproximateNumberOfMessagesVisible",
                ["QueueName": Fn.getAtt("MessagesDeadLetterQueue", "QueueName")]),
            alarm(
                "MessagesUnread", "Nobody has read the queue's oldest message for four hours.",
                "AWS/SQS", "ApproximateAgeOfOldestMessage",
                ["QueueName": Fn.getAtt("MessagesQueue", "QueueName")], above: 14_400),
        ]

    /// Goes off when the metric's greatest value, or its sum, within five minutes is above a number.
    private static func alarm(
        _ logicalID: String, _ description: String, _ namespace: String, _ metric: String,
        _ dimensions: JSONObject, above threshold: Int = 0
    ) -> Resource {
        Resource(
            logicalID + "Alarm", "AWS::CloudWatch::Alarm",
            [
                "AlarmDescription": .string(description), "Namespace": .string(namespace),
                "MetricName": .string(metric),
                "Dimensions": .array(
                    dimensions.map { ["Name": .string($0.name), "Value": $0.value] }),
                "Statistic": namespace == "AWS/SQS" ? "Maximum" : "Sum",
                "Period": 300, "EvaluationPeriods": 1,
                "ComparisonOperator": "GreaterThanThreshold", "Threshold": JSON(threshold),
                "TreatMissingData": "notBreaching",
                "AlarmActions": Fn.when("HasAlarmEmail", [Fn.ref("AlarmTopic")]),
            ])
    }
}
