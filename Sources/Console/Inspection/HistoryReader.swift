import JSON

/// Makes states of the events of a history, in their order.
///
/// Each event belongs to the state of the event that led to it; entering a state begins a new one,
/// beside the state that was left or, after a Parallel or Map state has started, inside of it.
struct HistoryReader {
    private struct Visit {
        var report: StateReport
        /// The Parallel or Map state that it is in, as an index; nil at the top.
        var parent: Int?
        /// The first visit of its branch or iteration.
        var branch: Int
        var hasFailed = false
    }

    private var visits: [Visit] = []
    private var visitOfEvent: [Int: Int] = [:]
    private var hasLeft: Set<Int> = []

    /// - Parameter events: from GetExecutionHistory, oldest first, all of them.
    init(_ events: [JSON]) { for event in events { take(event) } }

    /// The states, each before those inside of it, branch by branch.
    func states(executionStatus: String) -> [StateReport] {
        var ordered: [Int] = []
        func add(inside parent: Int?) {
            let inner = visits.indices.filter { visits[$0].parent == parent }
            for index in inner.sorted(by: { (visits[$0].branch, $0) < (visits[$1].branch, $1) }) {
                ordered.append(index)
                add(inside: index)
            }
        }
        add(inside: nil)
        return ordered.map { index in
            var report = visits[index].report
            if report.status == .running, executionStatus != "RUNNING" {
                report.status = visits[index].hasFailed ? .failed : .aborted
            }
            return report
        }
    }

    private mutating func take(_ event: JSON) {
        guard let id = event["id"]?.int, let type = event["type"]?.string else { return }
        let previous = event["previousEventId"]?.int.flatMap { visitOfEvent[$0] }
        let time = event["timestamp"]?.double ?? 0
        if type.hasSuffix("StateEntered") {
            visitOfEvent[id] = enter(event, type, after: previous, time)
            return
        }
        guard let index = previous else { return }
        visitOfEvent[id] = index
        if type.hasSuffix("StateExited") {
            leave(index, time)
        } else {
            note(event, type, index, time)
        }
    }

    private mutating func enter(
        _ event: JSON, _ type: String, after previous: Int?, _ time: Double
    ) -> Int {
        let index = visits.count
        let name = event["stateEnteredEventDetails"]?["name"]?.string ?? ""
        var parent: Int?
        var branch = index
        if let previous {
            if hasLeft.contains(previous) {
                parent = visits[previous].parent
                branch = visits[previous].branch
            } else if visits[previous].report.name == name {
                // Entered again by a redrive.
                visits[previous].report.status = .running
                visits[previous].report.stoppedAt = nil
                visits[previous].hasFailed = false
                return previous
            } else {
                parent = previous
            }
        }
        let report = StateReport(
            name: name, type: String(type.dropLast("StateEntered".count)),
            depth: parent.map { visits[$0].report.depth + 1 } ?? 0, startedAt: time)
        visits.append(Visit(report: report, parent: parent, branch: branch))
        return index
    }

    private mutating func leave(_ index: Int, _ time: Double) {
        hasLeft.insert(index)
        visits[index].report.status = visits[index].hasFailed ? .caught : .succeeded
        visits[index].report.stoppedAt = time
    }

    private mutating func note(_ event: JSON, _ type: String, _ index: Int, _ time: Double) {
        switch type {
        case "TaskScheduled", "LambdaFunctionScheduled", "ActivityScheduled", "MapRunStarted",
            "MapRunRedriven":
            visits[index].report.attempts += 1
            visits[index].report.status = .running
            visits[index].report.stoppedAt = nil
            visits[index].hasFailed = false
            visits[index].report.error = nil
            visits[index].report.cause = nil
            let details = event["mapRunStartedEventDetails"] ?? event["mapRunRedrivenEventDetails"]
            if let arn = details?["mapRunArn"]?.string {
                visits[index].report.mapRun = MapRunReport(arn: arn)
            }
        case "MapStateFailed", "ParallelStateFailed", "MapIterationFailed":
            visits[index].hasFailed = true
            visits[index].report.stoppedAt = time
        case _ where type.hasSuffix("Aborted") && !type.hasPrefix("Execution"):
            visits[index].report.stoppedAt = time
        case _
        where type.hasSuffix("Failed") || type.hasSuffix("TimedOut"):
            // The end of the execution is no event of the state before it.
            if type.hasPrefix("Execution") {
                if visits[index].report.status == .running { visits[index].hasFailed = true }
                visits[index].report.stoppedAt = visits[index].report.stoppedAt ?? time
                markParents(of: index, time)
                return
            }
            visits[index].hasFailed = true
            visits[index].report.stoppedAt = time
            let details = event.object?.first { $0.name.hasSuffix("EventDetails") }?.value
            visits[index].report.error =
                details?["error"]?.string
                ?? (type.hasSuffix("TimedOut") ? "States.Timeout" : nil)
            visits[index].report.cause = details?["cause"]?.string
        case "TaskSucceeded", "LambdaFunctionSucceeded", "ActivitySucceeded", "MapRunSucceeded":
            visits[index].hasFailed = false
            visits[index].report.error = nil
            visits[index].report.cause = nil
        default: break
        }
    }

    private mutating func markParents(of index: Int, _ time: Double) {
        var at = visits[index].parent
        while let parent = at {
            if visits[index].hasFailed { visits[parent].hasFailed = true }
            visits[parent].report.stoppedAt = visits[parent].report.stoppedAt ?? time
            at = visits[parent].parent
        }
    }
}
