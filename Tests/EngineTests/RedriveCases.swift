import JSON
import System

/// One row of the table: what fails first, and what AWS says a redrive does about it.
///
/// Until the redrive the function `flaky` fails, `odd` fails for the item 1, `stuck` never answers
/// and `big` answers with more than half of what a payload may be; `callback` answers but sends its
/// token only afterwards; no object can be written. `good` always succeeds. All give back what they
/// are given.
struct RedriveCase: Sendable {
    enum FirstTry: Sendable {
        /// It ends by itself.
        case ends
        /// It is stopped once `stuck` or `callback` has been called.
        case isStopped
        /// So much time goes by once `stuck` has been called.
        case runsOutOfTime(seconds: Double)
    }

    let state: String
    /// After <https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html>.
    let documented: String
    let states: String
    var input: JSON = [:]
    var firstTry = FirstTry.ends
    /// How much time goes by before the redrive.
    var pauseSeconds = 0.0
    /// Fields of the machine.
    var fields = ""
}

extension RedriveCase {
    static let all: [RedriveCase] = simple + forks + mapRuns

    /// The machine `nested`, which a task may start.
    static let nested = #"{"StartAt": "B", "States": {"B": \#(task("flaky"))}}"#

    private static func task(_ function: String, _ rest: String = #""End": true"#) -> String {
        """
        {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", \(rest), "Parameters":
        {"FunctionName": "\(function)", "Payload.$": "$"}, "OutputPath": "$.Payload"}
        """
    }

    private static func branch(_ name: String, _ state: String) -> String {
        #"{"StartAt": "\#(name)", "States": {"\#(name)": \#(state)}}"#
    }

    private static func parallel(_ branches: String...) -> String {
        #""P": {"Type": "Parallel", "End": true, "Branches": [\#(branches.joined(separator: ", "))]}"#
    }

    private static func map(_ mode: String?, _ body: String, _ fields: String = "") -> String {
        let config =
            mode.map { #""Mode": "DISTRIBUTED", "ExecutionType": "\#($0)""# }
            ?? #""Mode": "INLINE""#
        return """
            {"Type": "Map", "End": true, "MaxConcurrency": 1 \(fields), "ItemProcessor":
            {"ProcessorConfig": {\(config)}, \(body.dropFirst())}
            """
    }

    /// Two states, of which the second fails for one item.
    private static let steps = """
        {"StartAt": "First", "States": {"First": \(task("good", #""Next": "Second""#)), \
        "Second": \(task("odd"))}}
        """

    private static let simple = [
        RedriveCase(
            state: "Pass",
            documented: "Exited before the failure, so it is not executed again.",
            states: #""A": {"Type": "Pass", "Next": "B"}, "B": \#(task("flaky"))"#),
        RedriveCase(
            state: "Task",
            documented: "Scheduled and started again; `TimeoutSeconds` starts from 0.",
            states: #""A": \#(task("stuck", #""TimeoutSeconds": 60, "End": true"#))"#,
            firstTry: .runsOutOfTime(seconds: 60)),
        RedriveCase(
            state: "Task with Retry",
            documented: "The attempts start from 0.",
            states: #""A": "#
                + task(
                    "flaky",
                    #""End": true, "Retry": [{"ErrorEquals": ["Broken"], "MaxAttempts": 1}]"#)),
        RedriveCase(
            state: "Task that waits for its token",
            documented: "Scheduled and started again, with another token.",
            states: """
                "A": {"Type": "Task", "End": true,
                "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                "Parameters": {"FunctionName": "callback", "Payload.$": "$$.Task.Token"}}
                """,
            firstTry: .isStopped),
        RedriveCase(
            state: "Task that waits for the execution it starts (`startExecution.sync:2`)",
            documented: "Scheduled and started again, which starts a new execution.",
            states: """
                "A": {"Type": "Task", "End": true,
                "Resource": "arn:aws:states:::states:startExecution.sync:2", "Parameters":
                {"StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:nested",
                "Input": {"n": 1}}, "OutputPath": "$.Output"}
                """),
        RedriveCase(
            state: "Task that was caught, a later one fails",
            documented: "What succeeded is preserved.",
            states: #""A": "#
                + task(
                    "flaky",
                    #""Next": "B", "Catch": [{"ErrorEquals": ["Broken"], "Next": "B"}]"#)
                + #", "B": "# + task("flaky")),
        RedriveCase(
            state: "Choice",
            documented: "Its rules are evaluated again.",
            states: """
                "A": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": true,
                "Next": "B"}]}, "B": {"Type": "Succeed"}
                """),
        RedriveCase(
            state: "Wait of seconds",
            documented: "Not documented; it waits anew.",
            states: parallel(
                branch("W", #"{"Type": "Wait", "Seconds": 50, "End": true}"#),
                branch("T", task("flaky")))),
        RedriveCase(
            state: "Wait for a time that has passed since",
            documented: "Exited, and the next state is entered.",
            states: parallel(
                branch("W", #"{"Type": "Wait", "Timestamp": "2023-11-14T22:14:00Z", "End": true}"#),
                branch("T", task("flaky"))), pauseSeconds: 3600),
        RedriveCase(
            state: "Fail", documented: "Entered again, and fails again.",
            states: #""A": {"Type": "Fail", "Error": "Broken"}"#),
        RedriveCase(
            state: "The machine's TimeoutSeconds",
            documented: "The time starts from 0.",
            states: #""A": {"Type": "Pass", "Next": "B"}, "B": \#(task("stuck"))"#,
            firstTry: .runsOutOfTime(seconds: 90), fields: #""TimeoutSeconds": 90,"#),
        RedriveCase(
            state: "Any state, after StopExecution",
            documented: "Goes on from the state that was aborted.",
            states: #""A": \#(task("good", #""Next": "B""#)), "B": \#(task("stuck"))"#,
            firstTry: .isStopped),
    ]

    private static let forks = [
        RedriveCase(
            state: "Parallel", documented: "Only the branches that failed or were aborted.",
            states: parallel(
                branch("Done", task("good")), branch("Failed", task("flaky")),
                branch("Aborted", task("stuck")))),
        RedriveCase(
            state: "Parallel, after States.DataLimitExceeded",
            documented: "Rerun with the branches that were successful.",
            states: parallel(branch("A", task("big")), branch("B", task("big")))),
        RedriveCase(
            state: "Inline Map",
            documented: "Only the iterations that failed or were aborted.",
            states: #""M": \#(map(nil, steps))"#, input: [0, 1, 2]),
        RedriveCase(
            state: "Inline Map, after States.DataLimitExceeded",
            documented: "Rerun with the iterations that were successful.",
            states: #""M": \#(map(nil, branch("A", task("big"))))"#, input: [0, 1]),
        RedriveCase(
            state: "Parallel within an inline Map",
            documented: "Both as above.",
            states: #""M": "#
                + map(
                    nil,
                    #"{"StartAt": "P", "States": {"#
                        + parallel(branch("Done", task("good")), branch("Odd", task("odd")))
                        + "}}"), input: [0, 1, 2]),
    ]

    private static let mapRuns = [
        RedriveCase(
            state: "Distributed Map, Standard children",
            documented:
                "The unsuccessful children, each from its failed state, by `MapRunRedriven`.",
            states: #""M": \#(map("STANDARD", steps))"#, input: [0, 1, 2]),
        RedriveCase(
            state: "Distributed Map, Express children",
            documented: "The unsuccessful children, each from its first state.",
            states: #""M": \#(map("EXPRESS", steps))"#, input: [0, 1, 2]),
        RedriveCase(
            state: "Distributed Map, after States.DataLimitExceeded",
            documented: "Rerun with the children that were successful.",
            states: #""M": \#(map("STANDARD", branch("A", task("big"))))"#, input: [0, 1]),
        RedriveCase(
            state: "Distributed Map whose items could not be read",
            documented: "A Map Run that was not started is started.",
            states: #""M": "#
                + map(
                    "STANDARD", branch("A", task("good")),
                    """
                    , "ItemReader": {"Resource": "arn:aws:states:::s3:getObject",
                    "ReaderConfig": {"InputType": "JSON"},
                    "Parameters": {"Bucket": "b", "Key": "later"}}
                    """)),
        RedriveCase(
            state: "Distributed Map whose results could not be written",
            documented:
                "The unsuccessful children; here there are none, so the results are written.",
            states: #""M": "#
                + map(
                    "STANDARD", branch("A", task("good")),
                    """
                    , "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject",
                    "Parameters": {"Bucket": "b"}}
                    """), input: [0, 1]),
        RedriveCase(
            state: "Distributed Map with a failed child in a branch, its sibling branch aborted",
            documented: "The failed child, the children never started, and the aborted branch.",
            states: parallel(
                branch("M", map("STANDARD", steps)), branch("Aborted", task("stuck"))),
            input: [0, 1, 2]),
        RedriveCase(
            state: "Distributed Map in a branch, aborted because its sibling failed",
            documented: "The aborted children, the children never started, and the failed branch.",
            states: parallel(
                branch("M", map("STANDARD", branch("Child", task("stuck")))),
                branch("Failed", task("late"))),
            input: [0, 1]),
        RedriveCase(
            state: "Distributed Map within a distributed Map",
            documented: "The unsuccessful children, with the Map Runs that failed in them.",
            states: #""Outer": "# + map("STANDARD", branch("Inner", map("STANDARD", steps))),
            input: [[0], [0, 1]]),
    ]
}
