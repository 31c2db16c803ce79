import JSON
import StatesLanguage

// Redrive and restart: going on from stored flows.
extension ExecutionState {
    /// Runs again what failed or was aborted; what succeeded stays:
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html>.
    ///
    /// An Express child execution starts over from its first state.
    mutating func redrive() {
        guard status != .running, status != .succeeded else { return }
        status = .running
        stoppedAt = nil
        failure = nil
        redriveCount += 1
        redrivenAt = now
        step.executionChanged = true
        step.effects.append(.statusChanged(status))
        let id = record(
            "ExecutionRedriven", after: flows[Self.rootID]?.lastEventID ?? 0,
            ("executionRedrivenEventDetails", ["redriveCount": JSON(redriveCount)]))
        armTimeout()
        if identity.isExpress || flows[Self.rootID]?.visit == nil {
            removeChildren(of: Self.rootID)
            addRoot(after: id)
        } else {
            redrive(Self.rootID, after: id)
        }
    }

    /// Sets a failed or aborted flow running again; ``resume(_:)`` does the state's work.
    private mutating func redrive(_ flowID: Int, after eventID: Int) {
        guard let flow = flows[flowID], flow.status != .succeeded else { return }
        change(flowID) {
            $0.status = .running
            $0.lastEventID = eventID
        }
        guard let visit = flow.visit else {
            // It was aborted before it got into its first state.
            let start = program.bodies[flow.body].startAt
            work.append(
                .enter(flow: flowID, state: start, input: flow.startInput ?? identity.input))
            return
        }
        // What was too large would be again: then all below runs once more, a new Map Run included.
        let isDataLimit = visit.failure?.error == StatesError.Name.dataLimitExceeded
        changeVisit(flowID) {
            $0.retries = $0.retries.map { _ in 0 }
            $0.retryCount = 0
            $0.failure = nil
            if isDataLimit { $0.phase = .working }
        }
        let below = isDataLimit ? [] : children(of: flowID)
        guard !below.isEmpty else {
            work.append(.resume(flow: flowID))
            return
        }
        restoreIterations(flowID)
        if below.allSatisfy({ $0.status == .succeeded }), isComplete(flowID) {
            // The join itself had failed.
            join(flowID)
            return
        }
        for child in below { redrive(child.id, after: eventID) }
        startIterations(flowID)
    }

    /// Takes up the state a redriven flow stopped in.
    mutating func resume(_ flowID: Int) {
        guard let flow = flows[flowID], flow.status == .running, let visit = flow.visit,
            let state = node(flow)?.state
        else { return }
        switch (state.kind, visit.phase) {
        case (.fail, _):
            let id = recordEntry(of: state, visit.input, after: flow.lastEventID)
            change(flowID) { $0.lastEventID = id }
            begin(flowID)
        case (.map, .mapRun(let arn, let count)):
            record(
                "MapRunRedriven", in: flowID,
                (
                    "mapRunRedrivenEventDetails",
                    ["mapRunArn": .string(arn), "redriveCount": JSON(count + 1)]
                ))
            changeVisit(flowID) { $0.phase = .mapRun(arn: arn, redriveCount: count + 1) }
            step.effects.append(.redriveMapRun(arn: arn))
        default: begin(flowID)
        }
    }

    /// Computes how far an inline Map is from the flows below it.
    mutating func restoreIterations(_ flowID: Int) {
        guard let flow = flows[flowID], case .iterations? = flow.visit?.phase,
            let node = node(flow), case .map(let map) = node.state.kind,
            var iterations = try? iterations(flow, node.state, map)
        else { return }
        let below = children(of: flowID)
        iterations.next = (below.last?.index ?? -1) + 1
        iterations.running = below.count { $0.status != .succeeded }
        flows[flowID]?.visit?.phase = .iterations(iterations)
    }

    private func isComplete(_ flowID: Int) -> Bool {
        guard case .iterations(let iterations)? = flows[flowID]?.visit?.phase else { return true }
        return iterations.next == iterations.items.count
    }

    /// After a restart: asks for the wake-ups again and fails the tasks whose workers are gone.
    mutating func restore() {
        guard status == .running else { return }
        // Another execution had started it, and the engine ended before it began.
        if nextEventID == 1 { return start() }
        if let timesOutAt { step.effects.append(.wake(flow: 0, at: timesOutAt)) }
        for id in flows.keys.sorted() { restoreIterations(id) }
        for id in flows.keys.sorted() {
            guard let flow = flows[id], flow.status == .running else { continue }
            switch flow.visit?.phase {
            case .waiting(let until), .backoff(let until):
                step.effects.append(.wake(flow: id, at: until))
            case .task(let task):
                if let token = task.token {
                    step.effects.append(
                        .expectCallback(token: token, flow: id, ticket: task.ticket))
                }
                if let job = task.job {
                    step.effects.append(
                        .expectExecution(arn: job, flow: id, ticket: task.ticket))
                }
                if task.isSubmitted {
                    arm(id, task)
                } else if task.isUnbegun {
                    beginUnbegun(id, task)
                } else {
                    loseWorker(id, task)
                }
            case .readingItems: begin(id)
            default: break
            }
        }
    }
}
