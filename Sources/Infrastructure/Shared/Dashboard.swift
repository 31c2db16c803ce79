import JSON
import Pipeline

extension Infrastructure {
    /// A row for each job, and below them what all share: functions, queues, what the functions count.
    ///
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html>
    var dashboard: Resource {
        Resource(
            "Dashboard", "AWS::CloudWatch::Dashboard",
            [
                "DashboardName": Names.inStack("overview"),
                "DashboardBody": Fn.sub(
                    JSON.object(["widgets": .array(placed(rows))]).serialized()),
            ])
    }

    private var rows: [[JSON]] { jobs.map(\.widgets) + [Self.functionWidgets, sharedWidgets] }

    /// Each widget takes a quarter of the page's 24 columns.
    private func placed(_ rows: [[JSON]]) -> [JSON] {
        rows.enumerated().flatMap { y, row in
            row.enumerated().map { x, widget in
                [
                    "type": "metric", "x": JSON(x * 6), "y": JSON(y * 6), "width": 6, "height": 6,
                    "properties": widget,
                ]
            }
        }
    }

    private static var functionWidgets: [JSON] {
        func metrics(_ name: String) -> [JSON] {
            StepFunction.allCases.map {
                [
                    "AWS/Lambda", .string(name), "FunctionName", .string("${\($0.logicalID)}"),
                ]
            }
        }
        return [
            widget("Errors of functions", metrics("Errors")),
            widget("Duration of functions", metrics("Duration"), statistic: "p95"),
            widget(
                "Invocations at a time", metrics("ConcurrentExecutions"), statistic: "Maximum"),
            widget("Throttled invocations", metrics("Throttles")),
        ]
    }

    private var sharedWidgets: [JSON] {
        let parse = StepFunction.parseChunk
        var counted: [(metric: String, function: StepFunction)] = [
            ("records", parse), ("rejects", parse),
        ]
        for stage in jobs.flatMap({ $0.job.stages }) {
            guard let metric = stage.counted,
                let function = StepFunction(rawValue: stage.function.rawValue),
                !counted.contains(where: { $0.metric == metric && $0.function == function })
            else { continue }
            counted.append((metric, function))
        }
        return [
            Self.depthWidget("Errors waiting", ["ErrorsQueue", "EventsDeadLetterQueue"]),
            Self.widget(
                "Counted by functions",
                counted.map {
                    [
                        "Sluice", .string($0.metric), "function",
                        .string("${\($0.function.logicalID)}"),
                    ]
                }),
        ]
    }

    static func depthWidget(_ title: String, _ queues: [String]) -> JSON {
        widget(
            title,
            queues.map {
                [
                    "AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName",
                    .string("${\($0).QueueName}"),
                ]
            }, statistic: "Maximum")
    }

    static func widget(_ title: String, _ metrics: [JSON], statistic: String = "Sum") -> JSON {
        [
            "title": .string(title), "region": "${AWS::Region}", "stat": .string(statistic),
            "period": 300, "view": "timeSeries", "metrics": .array(metrics),
        ]
    }
}
