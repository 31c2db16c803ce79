import JSON
import StatesLanguage
import System

// What a failure does: Retry, Catch, or the end of the flow and of what is beside it.
extension ExecutionState {
    /// A flow's state has failed.
    ///
    /// - Parameter fromBelow: a branch, iteration or Map Run failed; then a `…StateFailed` event
    ///   tells so unless the state is tried again.
    mutating func fail(_ flowID: Int, _ failure: Failure, fromBelow: Bool = false) {
        guard let flow = flows[flowID], let visit = flow.visit, let state = node(flow)?.state
        else { return }
        let error = failure.statesError
        if let (index, retrier) = state.retrier(for: error),
            let delay = retrier.delaySeconds(
                afterRetries: visit.retries[index], random: surroundings.random())
        {
            let until = now + delay
            removeChildren(of: flowID)
            changeVisit(flowID) {
                $0.retries[index] += 1
                $0.retryCount += 1
                $0.phase = .backoff(until: until)
            }
            step.effects.append(.wake(flow: flowID, at: until))
            return
        }
        if fromBelow { record(state.type + "StateFailed", in: flowID) }
        if let catcher = state.catcher(for: error) {
            do throws(Failure) {
                let scope = scope(flow, input: error.output)
                let assigned = try evaluating(flow) { () throws(StatesError) -> JSONObject? in
                    try catcher.assign?.assignments(in: scope)
                }
                let output = try evaluating(flow) { () throws(StatesError) -> JSON in
                    try catcher.output(of: error, rawInput: visit.input)
                }
                try leave(flowID, state, output, assigned, next: catcher.next)
                removeChildren(of: flowID)
            } catch {
                failFinally(flowID, error)
            }
            return
        }
        failFinally(flowID, failure)
    }

    /// Nothing catches it: the flow fails, and with it its parent's state or the execution.
    private mutating func failFinally(_ flowID: Int, _ failure: Failure) {
        change(flowID) {
            $0.status = .failed
            $0.visit?.failure = failure
        }
        guard let flow = flows[flowID] else { return }
        guard let parentID = flow.parent else {
            record(
                "ExecutionFailed", in: flowID,
                ("executionFailedEventDetails", .object(failure.members)))
            self.failure = failure
            finish(.failed)
            return
        }
        if let parent = flows[parentID], let state = node(parent)?.state, case .map = state.kind {
            record(
                "MapIterationFailed", after: flow.lastEventID,
                ("mapIterationFailedEventDetails", iteration(flow.index, of: state)))
        }
        for sibling in children(of: parentID) where sibling.status == .running {
            abort(sibling.id)
        }
        change(parentID) { $0.lastEventID = flow.lastEventID }
        fail(parentID, failure, fromBelow: true)
    }

    /// Stops a running flow and all below it; it stays where it is for a redrive.
    mutating func abort(_ flowID: Int) {
        guard let flow = flows[flowID], flow.status == .running else { return }
        for child in children(of: flowID) { abort(child.id) }
        switch flow.visit?.phase {
        case .task(let task): abandon(flowID, task)
        case .mapRun(let arn, _):
            record("MapRunAborted", in: flowID)
            step.effects.append(.abortMapRun(arn: arn))
        default: break
        }
        if let state = node(flow)?.state {
            switch state.kind {
            case .task, .wait, .parallel, .map: record(state.type + "StateAborted", in: flowID)
            default: break
            }
        }
        if let parent = flow.parent.flatMap({ flows[$0] }), let state = node(parent)?.state,
            case .map = state.kind
        {
            record(
                "MapIterationAborted", after: flow.lastEventID,
                ("mapIterationAbortedEventDetails", iteration(flow.index, of: state)))
        }
        change(flowID) { $0.status = .aborted }
    }

    /// A time has come: an execution's or a task's deadline, the end of a Wait or of a pause.
    mutating func wake(_ flowID: Int) {
        guard status == .running else { return }
        if flowID == 0 {
            guard let timesOutAt, timesOutAt <= now else { return }
            return end(.timedOut, .timeout)
        }
        guard let flow = flows[flowID], flow.status == .running, let visit = flow.visit,
            let state = node(flow)?.state
        else { return }
        switch visit.phase {
        case .waiting(let until) where until <= now:
            do throws(Failure) {
                complete(flowID, try effectiveInput(flow, state))
            } catch {
                fail(flowID, error)
            }
        case .backoff(let until) where until <= now: begin(flowID)
        case .task(let task): checkDeadlines(flowID, task)
        default: break
        }
    }
}
