import JSON

/// Makes states of the events of a history, in their order.
///
/// Each event belongs to the state of the event that led to it; entering a state begins a new one,
/// beside the state that was left or, after a Parallel or Map state has started, inside of it. What a
/// redrive set going again follows on the one event ExecutionRedriven, so it is told by what it names.
struct HistoryReader {
    private struct Visit {
        var report: StateReport
        /// The Parallel or Map state that it is in, as an index; nil at the top.
        var parent: Int?
        /// The first visit of its branch or iteration.
        var branch: Int
        var hasFailed = false
        /// What its task was last given.
        var parameters = ""
    }

    private var visits: [Visit] = []
    private var visitOfEvent: [Int: Int] = [:]
    private var hasLeft: Set<Int> = []
    private var redrives: Set<Int> = []

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
        guard var index = previous else { return }
        if type == "ExecutionRedriven" {
            redrives.insert(id)
            for open in visits.indices where !hasLeft.contains(open) {
                visits[open].hasFailed = false
            }
        }
        if type.hasSuffix("StateExited") {
            let name = event["stateExitedEventDetails"]?["name"]?.string
            if visits[index].report.name != name {
                index =
                    visits.indices.last { visits[$0].report.name == name && !hasLeft.contains($0) }
                    ?? index
            }
            visitOfEvent[id] = index
            return leave(index, time)
        }
        if redrives.contains(event["previousEventId"]?.int ?? 0) {
            index = redriven(event) ?? index
        }
        visitOfEvent[id] = index
        note(event, type, index, time)
    }

    /// The state that goes on with this first event after a redrive.
    private func redriven(_ event: JSON) -> Int? {
        let open = visits.indices.filter {
            !hasLeft.contains($0) && visits[$0].report.stoppedAt != nil
        }
        if let arn = event["mapRunRedrivenEventDetails"]?["mapRunArn"]?.string {
            return open.last { visits[$0].report.mapRun?.arn == arn }
        }
        guard let parameters = event["taskScheduledEventDetails"]?["parameters"]?.string else {
            return nil
        }
        // The same but for a callback's token, which is another at every try.
        func agreement(_ index: Int) -> Int {
            zip(visits[index].parameters.utf8, parameters.utf8).prefix { $0 == $1 }.count
        }
        return open.filter { !visits[$0].parameters.isEmpty }
            .max { agreement($0) < agreement($1) }
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
            visits[index].parameters =
                event["taskScheduledEventDetails"]?["parameters"]?.string ?? ""
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
