import JSON
import Pipeline

extension Infrastructure {
    /// The queue of messages, the queue for those that its readers could not take, and the queue for
    /// events that `arrive` could not take.
    static let queues: [Resource] = [
        queue(
            "MessagesQueue", CustomerMessages.name,
            [
                "RedrivePolicy": [
                    "deadLetterTargetArn": Fn.getAtt("MessagesDeadLetterQueue", "Arn"),
                    "maxReceiveCount": JSON(maximumReceives),
                ]
            ]),
        queue(
            "MessagesDeadLetterQueue", "\(CustomerMessages.name)-dead-letters",
            [
                "RedriveAllowPolicy": [
                    "redrivePermission": "byQueue",
                    "sourceQueueArns": [
                        fifoOrStandard(
                            Names.arn("sqs", "${AWS::StackName}-\(CustomerMessages.name)"))
                    ],
                ]
            ]),
        Resource(
            "EventsDeadLetterQueue", "AWS::SQS::Queue",
            [
                "QueueName": Names.inStack("events-dead-letters"),
                "KmsMasterKeyId": keyARN, "MessageRetentionPeriod": JSON(retentionSeconds),
            ]),
        policy("MessagesQueue"), policy("MessagesDeadLetterQueue"),
        policy(
            "EventsDeadLetterQueue",
            [
                .service(
                    "Rules", "events.amazonaws.com", ["sqs:SendMessage"],
                    on: [Fn.getAtt("EventsDeadLetterQueue", "Arn")],
                    condition: [
                        "ArnLike": [
                            "aws:SourceArn": Names.arn("events", "rule/${AWS::StackName}-*")
                        ]
                    ])
            ]),
    ]

    /// How often a message is given to a reader before it counts as one that cannot be read.
    static let maximumReceives = 5
    /// The longest that SQS keeps a message: 14 days.
    static let retentionSeconds = 1_209_600

    /// A queue that is FIFO or not by parameter; so must be its dead-letter queue.
    private static func queue(
        _ logicalID: String, _ name: String, _ more: JSONObject
    ) -> Resource {
        var properties: JSONObject = [
            "QueueName": fifoOrStandard(Names.inStack(name)),
            "FifoQueue": Fn.when("IsFIFO", true),
            // What names no id of its own is told apart by what it says.
            "ContentBasedDeduplication": Fn.when("IsFIFO", true),
            // Each sender's messages stay in order; senders do not wait for each other.
            // <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/high-throughput-fifo.html>
            "DeduplicationScope": Fn.when("IsFIFO", "messageGroup"),
            "FifoThroughputLimit": Fn.when("IsFIFO", "perMessageGroupId"),
            "KmsMasterKeyId": keyARN, "MessageRetentionPeriod": JSON(retentionSeconds),
        ]
        for (name, value) in more { properties[name] = value }
        return Resource(logicalID, "AWS::SQS::Queue", properties)
    }

    private static func fifoOrStandard(_ name: JSON) -> JSON {
        let text = name["Fn::Sub"]?.string ?? ""
        return Fn.if("IsFIFO", Fn.sub(text + ".fifo"), name)
    }

    private static func policy(
        _ queue: String, _ statements: [PolicyStatement] = []
    ) -> Resource {
        Resource(
            "\(queue)Policy", "AWS::SQS::QueuePolicy",
            [
                "Queues": [Fn.ref(queue)],
                "PolicyDocument": PolicyStatement.document(
                    [.onlyTLS("sqs:*", on: [Fn.getAtt(queue, "Arn")])] + statements),
            ])
    }
}
