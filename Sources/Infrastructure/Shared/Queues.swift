import JSON

extension Infrastructure {
    /// The queue for errors of jobs without a queue and of files that no job takes, and the queue for
    /// events that `arrive` could not take.
    static let queues: [Resource] = [
        Resource(
            "ErrorsQueue", "AWS::SQS::Queue",
            [
                "QueueName": Names.inStack("errors"),
                "KmsMasterKeyId": keyARN, "MessageRetentionPeriod": JSON(retentionSeconds),
            ]),
        Resource(
            "EventsDeadLetterQueue", "AWS::SQS::Queue",
            [
                "QueueName": Names.inStack("events-dead-letters"),
                "KmsMasterKeyId": keyARN, "MessageRetentionPeriod": JSON(retentionSeconds),
            ]),
        queuePolicy("ErrorsQueue"),
        queuePolicy(
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
    private static let maximumReceives = 5
    /// The longest that SQS keeps a message: 14 days.
    private static let retentionSeconds = 1_209_600

    /// A job's queue of messages and the queue for those that its readers could not take.
    static func messageQueue(
        _ logicalName: String, _ name: String, condition: String?
    ) -> [Resource] {
        let (queue, deadLetters) = ("\(logicalName)Queue", "\(logicalName)DeadLetterQueue")
        return [
            fifoOrStandardQueue(
                queue, name, condition: condition,
                [
                    "RedrivePolicy": [
                        "deadLetterTargetArn": Fn.getAtt(deadLetters, "Arn"),
                        "maxReceiveCount": JSON(maximumReceives),
                    ]
                ]),
            fifoOrStandardQueue(
                deadLetters, "\(name)-dead-letters", condition: condition,
                [
                    "RedriveAllowPolicy": [
                        "redrivePermission": "byQueue",
                        "sourceQueueArns": [
                            fifoOrStandard(Names.arn("sqs", "${AWS::StackName}-\(name)"))
                        ],
                    ]
                ]),
            queuePolicy(queue, condition: condition),
            queuePolicy(deadLetters, condition: condition),
        ]
    }

    /// A queue that is FIFO or not by parameter; so must be its dead-letter queue.
    private static func fifoOrStandardQueue(
        _ logicalID: String, _ name: String, condition: String?, _ more: JSONObject
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
        return Resource(logicalID, "AWS::SQS::Queue", condition: condition, properties)
    }

    private static func fifoOrStandard(_ name: JSON) -> JSON {
        let text = name["Fn::Sub"]?.string ?? ""
        return Fn.if("IsFIFO", Fn.sub(text + ".fifo"), name)
    }

    private static func queuePolicy(
        _ queue: String, condition: String? = nil, _ statements: [PolicyStatement] = []
    ) -> Resource {
        Resource(
            "\(queue)Policy", "AWS::SQS::QueuePolicy", condition: condition,
            [
                "Queues": [Fn.ref(queue)],
                "PolicyDocument": PolicyStatement.document(
                    [.onlyTLS("sqs:*", on: [Fn.getAtt(queue, "Arn")])] + statements),
            ])
    }
}
