import JSON

extension Infrastructure {
    /// Runs, functions, queues and what the functions count, on one page.
    ///
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html>
    static let dashboard = Resource(
        "Dashboard", "AWS::CloudWatch::Dashboard",
        [
            "DashboardName": Names.inStack("overview"),
            "DashboardBody": Fn.sub(JSON.object(["widgets": .array(widgets)]).serialized()),
        ])

    /// Widgets of a quarter of the page's 24 columns, row by row.
    private static var widgets: [JSON] {
        let functions = LambdaFunction.all.map { "${\($0.logicalID)}" }
        let machine: JSON = "${StateMachine}"
        let pages = [
            widget(
                "Executions",
                [
                    "ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed",
                    "ExecutionsAborted",
                ]
                .map { ["AWS/States", $0, "StateMachineArn", machine] }),
            widget(
                "Longest execution", [["AWS/States", "ExecutionTime", "StateMachineArn", machine]],
                statistic: "Maximum"),
            widget(
                "Errors of functions",
                functions.map { ["AWS/Lambda", "Errors", "FunctionName", .string($0)] }),
            widget(
                "Duration of functions",
                functions.map { ["AWS/Lambda", "Duration", "FunctionName", .string($0)] },
                statistic: "p95"),
            widget(
                "Invocations at a time",
                functions.map {
                    ["AWS/Lambda", "ConcurrentExecutions", "FunctionName", .string($0)]
                }, statistic: "Maximum"),
            widget(
                "Throttled invocations",
                functions.map { ["AWS/Lambda", "Throttles", "FunctionName", .string($0)] }),
            widget(
                "Messages waiting",
                ["MessagesQueue", "MessagesDeadLetterQueue", "EventsDeadLetterQueue"].map {
                    [
                        "AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName",
                        .string("${\($0).QueueName}"),
                    ]
                }, statistic: "Maximum"),
            widget(
                "Counted by functions",
                [("records", "parse-chunk"), ("rejects", "parse-chunk"), ("messages", "emit")].map {
                    [
                        "Sluice", .string($0.0), "function",
                        .string("${\(LambdaFunction.named($0.1).logicalID)}"),
                    ]
                }),
        ]
        return pages.enumerated().map { index, widget in
            var placed: JSONObject = [
                "type": "metric", "x": JSON(index % 4 * 6), "y": JSON(index / 4 * 6), "width": 6,
                "height": 6,
            ]
            placed["properties"] = widget
            return .object(placed)
        }
    }

    private static func widget(
        _ title: String, _ metrics: [JSON], statistic: String = "Sum"
    ) -> JSON {
        [
            "title": .string(title), "region": "${AWS::Region}", "stat": .string(statistic),
            "period": 300, "view": "timeSeries", "metrics": .array(metrics),
        ]
    }
}
