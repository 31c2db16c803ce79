import JSON
import StatesLanguage
import System

// Tasks: what is asked of them, and for how long.
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
            integration.known(try state.payload(in: scope))
        }
        let timeout = try seconds(task.timeoutSeconds, "TimeoutSeconds", flow, scope)
        let heartbeat = try seconds(task.heartbeatSeconds, "HeartbeatSeconds", flow, scope)
        let request = try evaluating(flow) { () throws(StatesError) -> TaskRequest in
            try integration.request(parameters, of: identity)
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
        step.effects.append(effect(of: request, flow, inFlight.ticket, integration))
    }

    func effect(
        of request: TaskRequest, _ flow: Flow, _ ticket: Int, _ integration: Integration
    ) -> Effect {
        switch request {
        case .invoke(let function, let payload):
            .invoke(
                flow: flow.id, ticket: ticket, function: function, payload: payload,
                state: flow.visit?.state ?? "", attempt: flow.visit?.retryCount ?? 0)
        case .call(let service, let action, let parameters):
            .call(
                flow: flow.id, ticket: ticket, service: service, action: action,
                parameters: parameters)
        case .startExecution(let request):
            .startExecution(
                flow: flow.id, ticket: ticket, request, waits: integration.waitsForExecution)
        }
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
    func seconds(
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
}
