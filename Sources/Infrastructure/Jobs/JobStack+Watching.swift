import JSON
import Pipeline

extension JobStack {
    /// The job's row of the dashboard.
    var widgets: [JSON] {
        let machine = JSON.string("${\(stateMachineID)}")
        func metrics(_ names: String...) -> [JSON] {
            names.map { ["AWS/States", .string($0), "StateMachineArn", machine] }
        }
        let queues = resourceStacks.flatMap(\.queueIDs)
        return [
            Infrastructure.widget(
                "\(job.name): executions",
                metrics(
                    "ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed",
                    "ExecutionsAborted")),
            Infrastructure.widget(
                "\(job.name): longest execution", metrics("ExecutionTime"), statistic: "Maximum"),
        ]
            + (queues.isEmpty
                ? [] : [Infrastructure.depthWidget("\(job.name): messages waiting", queues)])
    }

    var stateMachineOutput: String { "\(stateMachineID)ARN" }

    var outputs: [Output] {
        [
            Output(
                stateMachineOutput, "What runs \(job.name).", Fn.ref(stateMachineID))
        ] + resourceStacks.flatMap(\.outputs)
    }
}

extension ResourceStack {
    /// Of a queue: that its readers do not read, or cannot.
    var alarms: [Resource] {
        guard resource.kind == .queue else { return [] }
        return [
            Infrastructure.depthAlarm(
                "\(resource.logicalName)Unreadable",
                "Messages that the readers of \(resource.name) could not take wait in its "
                    + "dead-letter queue.", "\(resource.logicalName)DeadLetterQueue",
                condition: condition),
            Infrastructure.alarm(
                "\(resource.logicalName)Unread",
                "Nobody has read the oldest message of \(resource.name) for four hours.",
                "AWS/SQS", "ApproximateAgeOfOldestMessage",
                ["QueueName": Fn.getAtt("\(resource.logicalName)Queue", "QueueName")],
                above: 14_400, condition: condition),
        ]
    }
}
