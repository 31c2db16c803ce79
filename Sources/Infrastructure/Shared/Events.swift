import JSON

extension Infrastructure {
    /// Of all jobs' executions. What is done when an execution has ended: `arrive` looks whether a file came too late for it,
    /// and a failure leaves as an `error_message`.
    var events: [Resource] {
        rule(
            "ExecutionEnded", "execution-ended", ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"],
            [:])
            + rule(
                "ExecutionFailed", "execution-failed", ["FAILED", "TIMED_OUT", "ABORTED"],
                // The file set stands within the input, a text that only a function can read. A path
                // hands the detail on as it is; what a template would make of texts in it with
                // quotes is not documented.
                ["InputPath": "$.detail"])
    }

    /// A rule on the executions of the state machines themselves, not those of their Maps' children.
    private func rule(
        _ logicalID: String, _ name: String, _ statuses: [JSON], _ target: JSONObject
    ) -> [Resource] {
        var target = target
        target["Id"] = "arrive"
        target["Arn"] = Fn.getAtt("ArriveFunction", "Arn")
        target["RetryPolicy"] = ["MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 86_400]
        target["DeadLetterConfig"] = ["Arn": Fn.getAtt("EventsDeadLetterQueue", "Arn")]
        return [
            Resource(
                logicalID, "AWS::Events::Rule",
                [
                    "Name": Names.inStack(name),
                    "EventPattern": [
                        "source": ["aws.states"],
                        "detail-type": ["Step Functions Execution Status Change"],
                        "detail": [
                            "status": .array(statuses),
                            "stateMachineArn": .array(jobs.map(\.stateMachineARN)),
                        ],
                    ],
                    "Targets": [.object(target)],
                ]),
            Resource(
                "ArriveFrom\(logicalID)", "AWS::Lambda::Permission",
                [
                    "Action": "lambda:InvokeFunction", "FunctionName": Fn.ref("ArriveFunction"),
                    "Principal": "events.amazonaws.com", "SourceArn": Fn.getAtt(logicalID, "Arn"),
                ]),
        ]
    }
}
