import JSON
import StatesLanguage
import System

// The states that do their work at once, and Wait.
extension ExecutionState {
    func effectiveInput(_ flow: Flow, _ state: State) throws(Failure) -> JSON {
        try evaluating(flow) { () throws(StatesError) -> JSON in
            try state.effectiveInput(in: scope(flow))
        }
    }

    mutating func beginPass(_ flow: Flow, _ state: State, _ pass: Pass) throws(Failure) {
        let input = try effectiveInput(flow, state)
        let result = try evaluating(flow) { () throws(StatesError) -> JSON in
            if let result = pass.result { return result }
            return try state.payload(in: scope(flow, input: input))
        }
        complete(flow.id, result)
    }

    mutating func beginChoice(_ flow: Flow, _ state: State, _ choice: Choice) throws(Failure) {
        let input = try effectiveInput(flow, state)
        let scope = scope(flow, input: input)
        let decision = try evaluating(flow) { () throws(StatesError) -> Choice.Decision in
            try choice.decide(in: scope, stateAssign: state.assign)
        }
        let assigned = try evaluating(flow) { () throws(StatesError) -> JSONObject? in
            try decision.assign?.assignments(in: scope)
        }
        let output = try evaluating(flow) { () throws(StatesError) -> JSON in
            try state.output(of: input, in: scope)
        }
        try leave(flow.id, state, output, assigned, next: decision.next)
    }

    mutating func beginSucceed(_ flow: Flow, _ state: State) throws(Failure) {
        complete(flow.id, try effectiveInput(flow, state))
    }

    func failure(_ flow: Flow, _ fail: Fail) throws(Failure) -> Failure {
        let outcome = try evaluating(flow) {
            () throws(StatesError) -> (error: String?, cause: String?) in
            try fail.outcome(in: scope(flow))
        }
        return Failure(error: outcome.error, cause: outcome.cause)
    }

    mutating func beginWait(_ flow: Flow, _ state: State, _ wait: Wait) throws(Failure) {
        let input = try effectiveInput(flow, state)
        let start = now
        let until = try evaluating(flow) { () throws(StatesError) -> Timestamp in
            try wait.end(from: start, in: scope(flow, input: input))
        }
        guard until > start else { return complete(flow.id, input) }
        changeVisit(flow.id) { $0.phase = .waiting(until: until) }
        step.effects.append(.wake(flow: flow.id, at: until))
    }
}
