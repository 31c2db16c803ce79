import JSON
import Testing

@testable import Inspection

/// Writes the few members of history events that matter here; events are a second apart.
private struct History {
    private(set) var events: [JSON] = []

    /// - Returns: the event's id.
    @discardableResult
    mutating func add(_ type: String, after previous: Int, _ details: JSON? = nil) -> Int {
        var event: JSONObject = [
            "id": JSON(events.count + 1), "type": JSON(type), "previousEventId": JSON(previous),
            "timestamp": JSON(events.count),
        ]
        let name = type.prefix(1).lowercased() + type.dropFirst()
        let member =
            type.hasSuffix("StateEntered")
            ? "state" + "EnteredEventDetails"
            : type.hasSuffix("StateExited") ? "stateExitedEventDetails" : name + "EventDetails"
        event[member] = details
        events.append(.object(event))
        return events.count
    }

    mutating func enter(_ type: String, _ name: String, after previous: Int) -> Int {
        add(type + "StateEntered", after: previous, ["name": JSON(name)])
    }

    mutating func exit(_ type: String, _ name: String, after previous: Int) -> Int {
        add(type + "StateExited", after: previous, ["name": JSON(name)])
    }

    /// Each state as `name depth status attempts`.
    func states(_ status: String) -> [String] {
        HistoryReader(events).states(executionStatus: status).map {
            "\($0.name) \($0.depth) \($0.status.rawValue) \($0.attempts)"
        }
    }
}

struct HistoryReaderTests {
    @Test func `states come in their order, with their attempts`() {
        var history = History()
        let start = history.add("ExecutionStarted", after: 0)
        var at = history.enter("Pass", "A", after: start)
        at = history.exit("Pass", "A", after: at)
        at = history.enter("Task", "B", after: at)
        at = history.add("TaskScheduled", after: at)
        at = history.add("TaskFailed", after: at, ["error": "E", "cause": "c"])
        at = history.add("TaskScheduled", after: at)
        at = history.add("TaskSucceeded", after: at)
        at = history.exit("Task", "B", after: at)
        history.add("ExecutionSucceeded", after: at)
        #expect(history.states("SUCCEEDED") == ["A 0 SUCCEEDED 0", "B 0 SUCCEEDED 2"])
        let b = HistoryReader(history.events).states(executionStatus: "SUCCEEDED")[1]
        #expect(b.startedAt == 3)
        #expect(b.stoppedAt == 8)
        #expect(b.error == nil)
    }

    @Test func `a failure that was caught shows`() {
        var history = History()
        var at = history.enter("Task", "A", after: 0)
        at = history.add("TaskScheduled", after: at)
        at = history.add("TaskTimedOut", after: at, ["cause": "late"])
        at = history.exit("Task", "A", after: at)
        at = history.enter("Pass", "B", after: at)
        #expect(history.states("RUNNING") == ["A 0 CAUGHT 1", "B 0 RUNNING 0"])
        let a = HistoryReader(history.events).states(executionStatus: "RUNNING")[0]
        #expect(a.failure == Failure(error: "States.Timeout", cause: "late"))
    }

    /// Two branches, of which the first fails, then a redrive that finishes both.
    private func parallel(redriven: Bool) -> History {
        var history = History()
        var at = history.enter("Parallel", "P", after: 0)
        let start = history.add("ParallelStateStarted", after: at)
        // Interleaved, as branches are.
        var a = history.enter("Task", "A1", after: start)
        var b = history.enter("Task", "B1", after: start)
        b = history.add(
            "TaskScheduled", after: b, ["parameters": "{\"kind\":\"b\",\"token\":\"1\"}"])
        a = history.exit("Task", "A1", after: a)
        a = history.enter("Task", "A2", after: a)
        a = history.add(
            "TaskScheduled", after: a, ["parameters": "{\"kind\":\"a\",\"token\":\"2\"}"])
        a = history.add(
            "TaskFailed", after: a, ["error": "E", "cause": "{\"errorMessage\":\"m\"}"])
        history.add("TaskStateAborted", after: b)
        at = history.add("ParallelStateFailed", after: start)
        at = history.add("ExecutionFailed", after: at, ["error": "E"])
        guard redriven else { return history }
        at = history.add("ExecutionRedriven", after: at)
        // The other branch first: what an event belongs to is told by its parameters.
        b = history.add(
            "TaskScheduled", after: at, ["parameters": "{\"kind\":\"b\",\"token\":\"3\"}"])
        a = history.add(
            "TaskScheduled", after: at, ["parameters": "{\"kind\":\"a\",\"token\":\"4\"}"])
        b = history.exit("Task", "B1", after: history.add("TaskSucceeded", after: b))
        a = history.exit("Task", "A2", after: history.add("TaskSucceeded", after: a))
        at = history.add("ParallelStateSucceeded", after: a)
        at = history.exit("Parallel", "P", after: at)
        history.add("ExecutionSucceeded", after: at)
        return history
    }

    @Test func `branches stay together, and what failed is told from what was aborted`() {
        let history = parallel(redriven: false)
        #expect(
            history.states("FAILED") == [
                "P 0 FAILED 0", "A1 1 SUCCEEDED 0", "A2 1 FAILED 1", "B1 1 ABORTED 1",
            ])
        let report = ExecutionReport(
            name: "x", arn: "x", status: "FAILED", startedAt: 0, redriveCount: 0,
            states: HistoryReader(history.events).states(executionStatus: "FAILED"))
        #expect(report.failedStates.map(\.name) == ["A2"])
        #expect(report.failedStates.first?.failure.message == "m")
    }

    @Test func `after a redrive each state goes on with its own`() {
        #expect(
            parallel(redriven: true).states("SUCCEEDED") == [
                "P 0 SUCCEEDED 0", "A1 1 SUCCEEDED 0", "A2 1 SUCCEEDED 2", "B1 1 SUCCEEDED 2",
            ])
    }

    @Test func `a Map Run is one state, its redrive another attempt`() {
        var history = History()
        var at = history.enter("Map", "M", after: 0)
        at = history.add("MapStateStarted", after: at)
        at = history.add("MapRunStarted", after: at, ["mapRunArn": "arn"])
        at = history.add("MapRunFailed", after: at, ["error": "E"])
        at = history.add("MapStateFailed", after: at)
        at = history.add("ExecutionFailed", after: at)
        #expect(history.states("FAILED") == ["M 0 FAILED 1"])
        at = history.add("ExecutionRedriven", after: at)
        at = history.add("MapRunRedriven", after: at, ["mapRunArn": "arn", "redriveCount": 1])
        #expect(history.states("RUNNING") == ["M 0 RUNNING 2"])
        at = history.add("MapRunSucceeded", after: at)
        at = history.exit("Map", "M", after: at)
        let states = HistoryReader(history.events).states(executionStatus: "SUCCEEDED")
        #expect(states.map(\.status) == [.succeeded])
        #expect(states[0].mapRun?.arn == "arn")
        #expect(states[0].error == nil)
    }

    @Test func `the text has a line a state and the reason below it`() {
        var states = HistoryReader(parallel(redriven: false).events).states(
            executionStatus: "FAILED")
        states[3].mapRun = MapRunReport(
            arn: "arn", counts: ["total": 9, "succeeded": 7, "failed": 1, "running": 1])
        let report = ExecutionReport(
            name: "set-1", arn: "x", status: "FAILED", startedAt: 0, stoppedAt: 10,
            redriveCount: 2, states: states)
        let text = report.text(now: 20) { "\(Int($0)) s" }
        #expect(
            text == """
                set-1  FAILED  10 s, redriven 2 times
                  P     FAILED     10 s
                    A1  SUCCEEDED  3 s
                    A2  FAILED     2 s
                        E
                        m
                    B1  ABORTED    6 s       7 of 9 done, 1 failed, 1 running
                """)
    }
}
