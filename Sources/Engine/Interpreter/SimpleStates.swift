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

    func failure(_ flow: Flow, _ state: State, _ fail: Fail) throws(Failure) -> Failure {
        func text(_ setting: Setting<String>?, _ field: String) throws(Failure) -> String? {
            switch setting {
            case nil: return nil
            case .value(let text): return text
            case .path(let expression):
                let value = try evaluating(flow) { () throws(StatesError) -> JSON in
                    try expression.evaluate(in: scope(flow), field: field)
                }
                guard let text = value.string else {
                    throw .during(
                        state.name, eventID: flow.visit?.enteredEventID ?? 0,
                        StatesError(
                            StatesError.Name.runtime,
                            "The \(field) field refers to value \"\(value)\" which is not a "
                                + "string: \(expression.text)"))
                }
                return text
            }
        }
        return Failure(
            error: try text(fail.error, "ErrorPath"), cause: try text(fail.cause, "CausePath"))
    }

    mutating func beginWait(_ flow: Flow, _ state: State, _ wait: Wait) throws(Failure) {
        let input = try effectiveInput(flow, state)
        let until = try evaluating(flow) { () throws(StatesError) -> Timestamp in
            try end(of: wait, scope(flow, input: input))
        }
        guard until > now else { return complete(flow.id, input) }
        changeVisit(flow.id) { $0.phase = .waiting(until: until) }
        step.effects.append(.wake(flow: flow.id, at: until))
    }

    /// When the wait is over.
    private func end(of wait: Wait, _ scope: Scope) throws(StatesError) -> Timestamp {
        func runtime(_ cause: String) -> StatesError {
            StatesError(StatesError.Name.runtime, cause)
        }
        func time(_ text: String) -> Timestamp? {
            StatesLanguage.Timestamp(text).map {
                // Past the year 2262 nanoseconds no longer fit; it is too long a wait anyway.
                let seconds = max(min($0.seconds, Int.max / 1_000_000_000 - 1), 0)
                return Timestamp(nanoseconds: seconds * 1_000_000_000 + $0.nanoseconds)
            }
        }
        let until: Timestamp
        switch wait {
        case .seconds(let seconds): until = now + Double(seconds)
        case .secondsPath(let path):
            let value = try path.evaluate(in: scope, field: "SecondsPath")
            guard let seconds = value.int else {
                throw runtime(
                    "The SecondsPath parameter cannot be parsed as a long value: \(path.text) == "
                        + Self.plain(value))
            }
            guard seconds >= 0 else {
                throw runtime(
                    "The SecondsPath parameter references a negative value: \(path.text) == "
                        + Self.plain(value))
            }
            guard Double(seconds) <= Limits.waitSeconds else {
                throw runtime("Wait state delay is too long.")
            }
            until = now + Double(seconds)
        case .timestamp(let text): until = time(text) ?? now
        case .timestampPath(let path):
            let value = try path.evaluate(in: scope, field: "TimestampPath")
            guard let text = value.string, let point = time(text) else {
                throw runtime(
                    "The TimestampPath parameter does not reference a valid ISO-8601 extended "
                        + "offset date-time format string: \(path.text) == \(Self.plain(value))")
            }
            until = point
        }
        guard until.seconds - now.seconds <= Limits.waitSeconds else {
            throw runtime("Wait state delay is too long.")
        }
        return until
    }

    /// A value as messages show it: a string without its quotes.
    static func plain(_ value: JSON) -> String { value.string ?? value.serialized() }
}
