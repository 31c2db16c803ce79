import JSON
import StatesLanguage
import System

// Tasks: answered, called back, timed out, lost.
extension ExecutionState {
    /// The task of that ticket, while it is still waited for.
    private func task(_ flowID: Int, _ ticket: Int) -> (Task, Integration, TaskInFlight)? {
        guard status == .running, let flow = flows[flowID], flow.status == .running,
            case .task(let inFlight)? = flow.visit?.phase, inFlight.ticket == ticket,
            let state = node(flow)?.state, case .task(let task) = state.kind,
            let integration = Integration(task.resource)
        else { return nil }
        return (task, integration, inFlight)
    }

    /// Whether that task is still waited for.
    func isWaiting(_ flow: Int, _ ticket: Int) -> Bool { task(flow, ticket) != nil }

    mutating func invocationEnded(_ flow: Int, _ ticket: Int, _ result: LambdaResult) {
        guard let (task, integration, inFlight) = task(flow, ticket), !inFlight.isSubmitted
        else { return }
        switch result {
        case .success(let answer):
            answered(flow, task, integration, inFlight, integration.lambdaResult(of: answer))
        case .functionError(let error):
            failTask(
                flow, task, integration,
                Failure(
                    error: error["errorType"]?.string ?? "Lambda.Unknown",
                    cause: error.serialized()))
        case .serviceError(let error, let cause):
            failTask(flow, task, integration, Failure(error: error, cause: cause))
        case .notBegun: hold(flow, ticket)
        }
    }

    /// The engine stops, and what the task has asked for was not begun and will not be.
    mutating func hold(_ flow: Int, _ ticket: Int) {
        guard var (_, _, held) = task(flow, ticket), !held.isSubmitted else { return }
        held.isUnbegun = true
        changeVisit(flow) { $0.phase = .task(held) }
    }

    mutating func serviceAnswered(
        _ flow: Int, _ ticket: Int, _ result: Result<JSON, ServiceError>
    ) {
        guard let (task, integration, inFlight) = task(flow, ticket), !inFlight.isSubmitted,
            case .service(let service, _) = integration
        else { return }
        let requestID = surroundings.newID()
        do throws(Failure) {
            switch result {
            case .success(let answer):
                let output = try service.result(of: answer, requestID: requestID)
                answered(flow, task, integration, inFlight, output)
            case .failure(let error): throw service.failure(error, requestID: requestID)
            }
        } catch {
            failTask(flow, task, integration, error)
        }
    }

    mutating func executionStarted(
        _ flow: Int, _ ticket: Int, _ result: Result<StartedExecution, ServiceError>
    ) {
        guard let (task, integration, inFlight) = task(flow, ticket), !inFlight.isSubmitted
        else { return }
        let requestID = surroundings.newID()
        switch result {
        case .success(let started):
            answered(
                flow, task, integration, inFlight,
                Integration.startResult(of: started, requestID: requestID), job: started.arn)
        case .failure(let error):
            failTask(
                flow, task, integration, Integration.startFailure(error, requestID: requestID))
        }
    }

    /// The execution that a `.sync` task has started is over.
    mutating func executionEnded(_ flow: Int, _ ticket: Int, _ ended: EndedExecution) {
        guard let (task, integration, _) = task(flow, ticket),
            case .startExecution(let pattern) = integration
        else { return }
        do throws(Failure) {
            succeedTask(
                flow, task, integration, try ended.result(isJSON: pattern == .syncJSON))
        } catch {
            failTask(flow, task, integration, error)
        }
    }

    mutating func take(_ callback: Stimulus.Callback, _ flow: Int, _ ticket: Int) {
        guard let (task, integration, inFlight) = task(flow, ticket) else { return }
        switch callback {
        case .success(let output): succeedTask(flow, task, integration, output)
        case .failure(let failure): failTask(flow, task, integration, failure)
        case .heartbeat:
            guard let seconds = inFlight.heartbeatSeconds else { return }
            var alive = inFlight
            alive.heartbeatDueAt = now + seconds
            changeVisit(flow) { $0.phase = .task(alive) }
        }
    }

    /// The call has come back: the task has its result, or waits on for a callback or for the end of
    /// the execution `job`.
    private mutating func answered(
        _ flow: Int, _ task: Task, _ integration: Integration, _ inFlight: TaskInFlight,
        _ output: JSON, job: String? = nil
    ) {
        guard integration.waitsForToken || integration.waitsForExecution else {
            return succeedTask(flow, task, integration, output)
        }
        // A function called by its ARN has no event for this.
        if integration.eventNames != nil {
            recordTask("Submitted", flow, task, integration, output: output.serialized())
        }
        changeVisit(flow) {
            var submitted = inFlight
            submitted.isSubmitted = true
            submitted.job = integration.waitsForExecution ? job : nil
            $0.phase = .task(submitted)
        }
    }

    private mutating func succeedTask(
        _ flow: Int, _ task: Task, _ integration: Integration, _ output: JSON
    ) {
        let text = output.serialized()
        guard text.utf8.count <= Limits.payloadBytes else {
            failTask(flow, task, integration, .dataLimitExceeded(task.resource.rawValue))
            return
        }
        recordTask("Succeeded", flow, task, integration, output: text)
        complete(flow, output)
    }

    private mutating func failTask(
        _ flow: Int, _ task: Task, _ integration: Integration, _ failure: Failure,
        what: String = "Failed"
    ) {
        let failure = failure.shortened
        recordTask(what, flow, task, integration, failure: failure)
        fail(flow, failure)
    }

    /// The engine was restarted: an unanswered call is lost, a callback can still come.
    mutating func loseWorker(_ flow: Int, _ inFlight: TaskInFlight) {
        guard let (task, integration, _) = task(flow, inFlight.ticket) else { return }
        failTask(flow, task, integration, integration.lostWorker)
    }

    /// The engine was restarted: what was scheduled but not begun begins now, for the first time.
    /// From then on it is in flight as any other.
    mutating func beginUnbegun(_ flowID: Int, _ unbegun: TaskInFlight) {
        guard let (task, integration, _) = task(flowID, unbegun.ticket), let flow = flows[flowID],
            let state = node(flow)?.state
        else { return }
        do throws(Failure) {
            let scope = scope(
                flow, input: try effectiveInput(flow, state), token: unbegun.token)
            let request = try evaluating(flow) { () throws(StatesError) -> TaskRequest in
                try integration.request(
                    integration.known(try state.payload(in: scope)), of: identity)
            }
            // Its time counts from now: none of it has passed in a worker.
            let timeout = try seconds(task.timeoutSeconds, "TimeoutSeconds", flow, scope)
            let begun = TaskInFlight(
                ticket: unbegun.ticket, token: unbegun.token, timesOutAt: timeout.map { now + $0 },
                heartbeatSeconds: unbegun.heartbeatSeconds,
                heartbeatDueAt: unbegun.heartbeatSeconds.map { now + $0 })
            changeVisit(flowID) { $0.phase = .task(begun) }
            arm(flowID, begun)
            step.effects.append(effect(of: request, flow, begun.ticket, integration))
        } catch {
            fail(flowID, error)
        }
    }

    /// A timeout or a missed heartbeat, if one is due; otherwise asks to be woken again.
    mutating func checkDeadlines(_ flow: Int, _ inFlight: TaskInFlight) {
        guard let (task, integration, _) = task(flow, inFlight.ticket) else { return }
        let isTimeout = inFlight.timesOutAt.map { $0 <= now } ?? false
        let isSilent = inFlight.heartbeatDueAt.map { $0 <= now } ?? false
        guard isTimeout || isSilent else { return arm(flow, inFlight) }
        abandon(flow, inFlight)
        let name = isTimeout ? StatesError.Name.timeout : StatesError.Name.heartbeatTimeout
        failTask(flow, task, integration, Failure(error: name, cause: nil), what: "TimedOut")
    }

    /// Ends what a task is no longer waited for has under way: its invocation, or the execution that
    /// it started to wait for its end.
    mutating func abandon(_ flow: Int, _ inFlight: TaskInFlight) {
        if !inFlight.isSubmitted {
            step.effects.append(.cancel(flow: flow, ticket: inFlight.ticket))
        } else if let job = inFlight.job {
            step.effects.append(.stopExecution(arn: job))
        }
    }
}
