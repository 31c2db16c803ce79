import JSON
import StatesLanguage
import System

// Entering states, leaving them, and the end of a flow.
extension ExecutionState {
    /// Takes what has happened; the rest of the step follows from ``work``.
    mutating func take(_ stimulus: Stimulus) {
        switch stimulus {
        case .start: start()
        case .stop(let failure):
            if nextEventID == 1 { start() }
            end(.aborted, failure)
        case .redrive: redrive()
        case .restored: restore()
        case .wake(let flow): wake(flow)
        case .invocationEnded(let flow, let ticket, let result):
            invocationEnded(flow, ticket, result)
        case .held(let flow, let ticket): hold(flow, ticket)
        case .serviceAnswered(let flow, let ticket, let result):
            serviceAnswered(flow, ticket, result)
        case .executionStarted(let flow, let ticket, let result):
            executionStarted(flow, ticket, result)
        case .executionEnded(let flow, let ticket, let ended):
            executionEnded(flow, ticket, ended)
        case .callback(let flow, let ticket, let callback): take(callback, flow, ticket)
        case .itemsRead(let flow, let ticket, let result): itemsRead(flow, ticket, result)
        case .mapRunEnded(let flow, let arn, let result): mapRunEnded(flow, arn, result)
        }
    }

    mutating func start() {
        record(
            "ExecutionStarted", after: 0,
            (
                "executionStartedEventDetails",
                .payload("input", identity.inputText, ["roleArn": .string(identity.roleARN)])
            ))
        step.executionChanged = true
        step.effects.append(.statusChanged(status))
        armTimeout()
        addRoot(after: 0)
    }

    mutating func addRoot(after eventID: Int) {
        nextFlowID = Self.rootID
        addFlow(
            parent: nil, index: 0, body: identity.body, variables: [:], mapItem: nil,
            input: identity.input, lastEventID: eventID)
    }

    /// The machine's TimeoutSeconds, or what an Express execution may take at most.
    mutating func armTimeout() {
        var seconds = identity.isExpress ? Limits.expressSeconds : Double.infinity
        if identity.body == 0, let given = program.definition.timeoutSeconds {
            seconds = min(seconds, Double(given))
        }
        guard seconds.isFinite else { return }
        timesOutAt = now + seconds
        step.effects.append(.wake(flow: 0, at: now + seconds))
    }

    mutating func enter(_ flowID: Int, _ name: String, _ input: JSON) {
        guard let flow = flows[flowID], flow.status == .running,
            let node = program.bodies[flow.body].nodes[name]
        else { return }
        let id = recordEntry(of: node.state, input, after: flow.lastEventID)
        let visit = Visit(
            state: name, input: input, enteredEventID: id, enteredAt: now,
            retries: Array(repeating: 0, count: node.state.retry.count))
        change(flowID) {
            $0.lastEventID = id
            $0.startInput = nil
            $0.visit = visit
        }
        begin(flowID)
    }

    mutating func recordEntry(of state: State, _ input: JSON, after previousID: Int) -> Int {
        record(
            state.type + "StateEntered", after: previousID,
            (
                "stateEnteredEventDetails",
                .payload("input", input.serialized(), ["name": .string(state.name)])
            ))
    }

    /// Does what the state is there for, for the first time, again after a pause, or redriven.
    mutating func begin(_ flowID: Int) {
        guard let flow = flows[flowID], let node = node(flow) else { return }
        changeVisit(flowID) { $0.phase = .working }
        do throws(Failure) {
            switch node.state.kind {
            case .pass(let pass): try beginPass(flow, node.state, pass)
            case .choice(let choice): try beginChoice(flow, node.state, choice)
            case .wait(let wait): try beginWait(flow, node.state, wait)
            case .succeed: try beginSucceed(flow, node.state)
            case .fail(let fail): throw try failure(flow, fail)
            case .task(let task): try beginTask(flow, node.state, task)
            case .parallel: try beginParallel(flow, node)
            case .map(let map): try beginMap(flow, node, map)
            }
        } catch {
            fail(flowID, error)
        }
    }

    /// Runs an evaluation of a flow's state; an error becomes the failure AWS would report.
    func evaluating<Value>(
        _ flow: Flow, _ body: () throws(StatesError) -> Value
    ) throws(Failure) -> Value {
        do {
            return try body()
        } catch  where error.error == StatesError.Name.dataLimitExceeded {
            throw Failure(error)
        } catch {
            throw .during(
                flow.visit?.state ?? "", eventID: flow.visit?.enteredEventID ?? 0, error)
        }
    }

    /// The state's work is done: shapes the result, and leaves for the next state.
    mutating func complete(_ flowID: Int, _ rawResult: JSON) {
        guard let flow = flows[flowID], let state = node(flow)?.state else { return }
        do throws(Failure) {
            let scope = scope(flow)
            let result = try evaluating(flow) { () throws(StatesError) -> JSON in
                try state.selectedResult(in: scope.with(input: rawResult))
            }
            let assigned = try evaluating(flow) { () throws(StatesError) -> JSONObject? in
                try state.assign?.assignments(in: scope.with(input: rawResult))
            }
            let output = try evaluating(flow) { () throws(StatesError) -> JSON in
                try state.output(of: result, in: scope)
            }
            try leave(flowID, state, output, assigned, next: state.next)
        } catch {
            fail(flowID, error)
        }
    }

    /// Records the exit, sets the variables and goes on to `next`, or ends the flow without one.
    mutating func leave(
        _ flowID: Int, _ state: State, _ output: JSON, _ assigned: JSONObject?, next: String?
    ) throws(Failure) {
        for value in [output] + (assigned ?? [:]).map(\.value) {
            if let error = StatesError.dataLimitExceeded(by: value, ofState: state.name) {
                throw Failure(error)
            }
        }
        let sizes = try sizes(setting: assigned ?? [:], in: flowID)
        let text = output.serialized()
        var details: JSONObject = ["name": .string(state.name)]
        if let assigned, !assigned.isEmpty {
            details["assignedVariables"] = .object(
                JSONObject(assigned.map { ($0.name, .string($0.value.serialized())) }))
            details["assignedVariablesDetails"] = ["truncated": false]
        }
        record(
            state.type + "StateExited", in: flowID,
            ("stateExitedEventDetails", .payload("output", text, details)))
        change(flowID) { flow in
            for (name, value) in assigned ?? [:] { flow.variables[name] = value }
            flow.variableBytes.merge(sizes) { $1 }
        }
        if let next {
            work.append(.enter(flow: flowID, state: next, input: output))
        } else {
            succeed(flowID, output, text)
        }
    }

    /// The flow has come to its end.
    private mutating func succeed(_ flowID: Int, _ output: JSON, _ text: String) {
        change(flowID) {
            $0.status = .succeeded
            $0.output = output
            $0.visit = nil
        }
        guard let flow = flows[flowID] else { return }
        guard let parent = flow.parent else {
            record(
                "ExecutionSucceeded", in: flowID,
                ("executionSucceededEventDetails", .payload("output", text)))
            self.output = output
            finish(.succeeded)
            return
        }
        childSucceeded(flow, of: parent)
    }

    /// Ends the execution from outside: stopped, or out of time.
    mutating func end(_ status: Status, _ failure: Failure) {
        guard self.status == .running else { return }
        abort(Self.rootID)
        let type = status == .timedOut ? "ExecutionTimedOut" : "ExecutionAborted"
        let name =
            status == .timedOut
            ? "executionTimedOutEventDetails" : "executionAbortedEventDetails"
        record(type, in: Self.rootID, (name, .object(failure.members)))
        self.failure = failure
        finish(status)
    }

    /// The execution is over; what a redrive needs stays in ``flows``.
    mutating func finish(_ status: Status) {
        self.status = status
        stoppedAt = now
        timesOutAt = nil
        step.executionChanged = true
        step.effects.append(.statusChanged(status))
        if status == .succeeded {
            step.removedFlows.formUnion(flows.keys)
            step.changedFlows.removeAll()
            flows.removeAll()
        }
    }

    /// The history is full: everything stops, and its last event says so.
    mutating func failOverflowing() {
        isOverflowing = false
        guard status == .running else { return }
        work.removeAll()
        abort(Self.rootID)
        isOverflowing = false
        let failure = Failure(
            error: StatesError.Name.runtime,
            cause: "The execution reached the maximum number of history events "
                + "(\(eventLimit)).")
        record(
            "ExecutionFailed", in: Self.rootID,
            ("executionFailedEventDetails", .object(failure.members)))
        self.failure = failure
        finish(.failed)
    }
}
