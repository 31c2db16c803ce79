import JSON
import StatesLanguage
import System

// Tasks: scheduled, answered, called back, timed out.
extension ExecutionState {
    mutating func beginTask(_ flow: Flow, _ state: State, _ task: Task) throws(Failure) {
        guard let integration = Integration(task.resource) else {
            throw Failure(
                error: StatesError.Name.runtime,
                cause: "The resource \(task.resource.rawValue) is not supported.")
        }
        let input = try effectiveInput(flow, state)
        let token = integration.waitsForToken ? newToken(flow.id) : nil
        let scope = scope(flow, input: input, token: token)
        let parameters = try evaluating(flow) { () throws(StatesError) -> JSON in
            try state.payload(in: scope)
        }
        let timeout = try seconds(task.timeoutSeconds, "TimeoutSeconds", flow, scope)
        let heartbeat = try seconds(task.heartbeatSeconds, "HeartbeatSeconds", flow, scope)
        let call = try evaluating(flow) {
            () throws(StatesError) -> (function: String, payload: JSON) in
            try integration.call(parameters)
        }
        let text = parameters.serialized()
        guard text.utf8.count <= Limits.payloadBytes else { throw .dataLimitExceeded(state.name) }

        recordScheduled(flow.id, task, integration, text, timeout: timeout, heartbeat: heartbeat)
        let inFlight = TaskInFlight(
            ticket: flows[flow.id]?.lastEventID ?? 0, token: token,
            timesOutAt: timeout.map { now + $0 }, heartbeatSeconds: heartbeat,
            heartbeatDueAt: heartbeat.map { now + $0 })
        recordTask("Started", flow.id, task, integration)
        changeVisit(flow.id) { $0.phase = .task(inFlight) }
        if let token {
            step.effects.append(
                .expectCallback(token: token, flow: flow.id, ticket: inFlight.ticket))
        }
        arm(flow.id, inFlight)
        step.effects.append(
            .invoke(
                flow: flow.id, ticket: inFlight.ticket, function: call.function,
                payload: call.payload, state: state.name, attempt: flow.visit?.retryCount ?? 0))
    }

    /// A task's token says whose it is, so that a stale one is told from one that is none.
    private func newToken(_ flow: Int) -> String {
        TaskToken(execution: identity.row, nonce: surroundings.newID()).text
    }

    mutating func arm(_ flow: Int, _ task: TaskInFlight) {
        if let due = [task.timesOutAt, task.heartbeatDueAt].compactMap({ $0 }).min() {
            step.effects.append(.wake(flow: flow, at: due))
        }
    }

    /// The value of a timeout, given or looked up; nil when there is none.
    private func seconds(
        _ setting: Setting<Int>?, _ field: String, _ flow: Flow, _ scope: Scope
    ) throws(Failure) -> Double? {
        guard let setting else { return nil }
        return try evaluating(flow) { () throws(StatesError) -> Double in
            let value = try setting.resolve(field, in: scope)
            guard (1...Quota.timeoutSeconds).contains(value) else {
                throw StatesError(
                    StatesError.Name.runtime,
                    "\(field) must be from 1 to \(Quota.timeoutSeconds), not \(value).")
            }
            return Double(value)
        }
    }

    private mutating func recordScheduled(
        _ flow: Int, _ task: Task, _ integration: Integration, _ parameters: String,
        timeout: Double?, heartbeat: Double?
    ) {
        var limits = JSONObject()
        limits["timeoutInSeconds"] = timeout.map { JSON(Int($0)) }
        limits["heartbeatInSeconds"] = heartbeat.map { JSON(Int($0)) }
        guard let resource = integration.eventResource else {
            limits["resource"] = .string(task.resource.rawValue)
            record(
                "LambdaFunctionScheduled", in: flow,
                ("lambdaFunctionScheduledEventDetails", .payload("input", parameters, limits)))
            return
        }
        var details: JSONObject = [
            "resourceType": "lambda", "resource": .string(resource),
            "region": .string(identity.region), "parameters": .string(parameters),
        ]
        for (name, value) in limits { details[name] = value }
        record("TaskScheduled", in: flow, ("taskScheduledEventDetails", .object(details)))
    }

    /// Records `Task…`, or `LambdaFunction…` for a function called by its ARN.
    private mutating func recordTask(
        _ what: String, _ flow: Int, _ task: Task, _ integration: Integration,
        output: String? = nil, failure: Failure? = nil
    ) {
        var details = failure?.members ?? JSONObject()
        if let resource = integration.eventResource {
            details["resourceType"] = "lambda"
            details["resource"] = .string(resource)
        }
        let value = output.map { JSON.payload("output", $0, details) } ?? .object(details)
        if integration.eventResource != nil {
            record("Task" + what, in: flow, ("task\(what)EventDetails", value))
        } else if details.isEmpty, output == nil {
            record("LambdaFunction" + what, in: flow)
        } else {
            record("LambdaFunction" + what, in: flow, ("lambdaFunction\(what)EventDetails", value))
        }
    }

    /// The task of that ticket, while it is still waited for.
    private func task(_ flowID: Int, _ ticket: Int) -> (State, Task, Integration, TaskInFlight)? {
        guard status == .running, let flow = flows[flowID], flow.status == .running,
            case .task(let inFlight)? = flow.visit?.phase, inFlight.ticket == ticket,
            let state = node(flow)?.state, case .task(let task) = state.kind,
            let integration = Integration(task.resource)
        else { return nil }
        return (state, task, integration, inFlight)
    }

    mutating func invocationEnded(_ flow: Int, _ ticket: Int, _ result: LambdaResult) {
        guard let (_, task, integration, inFlight) = task(flow, ticket), !inFlight.isSubmitted
        else { return }
        switch result {
        case .success(let answer):
            let output = integration.result(of: answer)
            guard inFlight.token == nil else {
                recordTask(
                    "Submitted", flow, task, integration, output: output.serialized())
                changeVisit(flow) {
                    var submitted = inFlight
                    submitted.isSubmitted = true
                    $0.phase = .task(submitted)
                }
                return
            }
            succeedTask(flow, task, integration, output)
        case .functionError(let error):
            failTask(
                flow, task, integration,
                Failure(
                    error: error["errorType"]?.string ?? "Lambda.Unknown",
                    cause: error.serialized()))
        case .serviceError(let error, let cause):
            failTask(flow, task, integration, Failure(error: error, cause: cause))
        case .notBegun:
            var unbegun = inFlight
            unbegun.isUnbegun = true
            changeVisit(flow) { $0.phase = .task(unbegun) }
        }
    }

    mutating func take(_ callback: Stimulus.Callback, _ flow: Int, _ ticket: Int) {
        guard let (_, task, integration, inFlight) = task(flow, ticket) else { return }
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

    /// The engine was restarted: an invocation in flight is lost, a callback can still come.
    mutating func loseWorker(_ flow: Int, _ inFlight: TaskInFlight) {
        guard let (_, task, integration, _) = task(flow, inFlight.ticket) else { return }
        failTask(flow, task, integration, .lostWorker)
    }

    /// The engine was restarted: what was scheduled but not begun is invoked now, for the first time.
    /// From then on it is in flight as any other.
    mutating func invokeUnbegun(_ flowID: Int, _ unbegun: TaskInFlight) {
        guard let (state, task, integration, _) = task(flowID, unbegun.ticket),
            let flow = flows[flowID]
        else { return }
        do throws(Failure) {
            let scope = scope(
                flow, input: try effectiveInput(flow, state), token: unbegun.token)
            let call = try evaluating(flow) {
                () throws(StatesError) -> (function: String, payload: JSON) in
                try integration.call(try state.payload(in: scope))
            }
            // Its time counts from now: none of it has passed in a worker.
            let timeout = try seconds(task.timeoutSeconds, "TimeoutSeconds", flow, scope)
            let begun = TaskInFlight(
                ticket: unbegun.ticket, token: unbegun.token, timesOutAt: timeout.map { now + $0 },
                heartbeatSeconds: unbegun.heartbeatSeconds,
                heartbeatDueAt: unbegun.heartbeatSeconds.map { now + $0 })
            changeVisit(flowID) { $0.phase = .task(begun) }
            arm(flowID, begun)
            step.effects.append(
                .invoke(
                    flow: flowID, ticket: begun.ticket, function: call.function,
                    payload: call.payload, state: state.name, attempt: flow.visit?.retryCount ?? 0))
        } catch {
            fail(flowID, error)
        }
    }

    /// A timeout or a missed heartbeat, if one is due; otherwise asks to be woken again.
    mutating func checkDeadlines(_ flow: Int, _ inFlight: TaskInFlight) {
        guard let (_, task, integration, _) = task(flow, inFlight.ticket) else { return }
        let isTimeout = inFlight.timesOutAt.map { $0 <= now } ?? false
        let isSilent = inFlight.heartbeatDueAt.map { $0 <= now } ?? false
        guard isTimeout || isSilent else { return arm(flow, inFlight) }
        if !inFlight.isSubmitted {
            step.effects.append(.cancel(flow: flow, ticket: inFlight.ticket))
        }
        let name = isTimeout ? StatesError.Name.timeout : StatesError.Name.heartbeatTimeout
        failTask(flow, task, integration, Failure(error: name, cause: nil), what: "TimedOut")
    }
}
