import JSON

extension Validator {
    /// Checks where transitions lead, that all states can be reached and that there is an end.
    mutating func checkTransitions(of machine: StateMachine, at path: String) {
        let names = Set(machine.states.map(\.name))
        if !names.contains(machine.startAt) {
            note(
                path + "/StartAt", "StartAt names no state of this machine: \(machine.startAt)",
                code: .missingTarget)
        }
        var isIncomplete = isPartial || !names.contains(machine.startAt)
        for state in machine.states {
            let place = JSONPointer.append(["States", state.name], to: path)
            for (field, target) in state.transitions where !names.contains(target) {
                isIncomplete = true
                note(
                    "\(place)/\(field)", "Missing 'Next' target: \(target)", code: .missingTarget)
            }
            if !checkEnd(of: state, at: place) { isIncomplete = true }
        }
        // What is missing may be the very transition that led there.
        if isIncomplete { return }
        let reached = reachable(in: machine)
        for state in machine.states where !reached.contains(state.name) {
            note(
                JSONPointer.append(["States", state.name], to: path),
                "State \"\(state.name)\" is not reachable.", code: .missingTarget)
        }
        if !machine.states.contains(where: { $0.isTerminal && reached.contains($0.name) }) {
            note(
                path + "/States", "no state that can be reached ends the machine",
                code: .missingEnd)
        }
    }

    private func reachable(in machine: StateMachine) -> Set<String> {
        let byName = Dictionary(machine.states.map { ($0.name, $0) }) { first, _ in first }
        var reached: Set<String> = [machine.startAt]
        var open = [machine.startAt]
        while let name = open.popLast() {
            for target in byName[name]?.targets ?? [] where reached.insert(target).inserted {
                open.append(target)
            }
        }
        return reached
    }

    /// Next or End, exactly one; neither for Choice, Succeed and Fail. False when both are missing.
    private mutating func checkEnd(of state: State, at place: String) -> Bool {
        switch state.kind {
        case .choice, .succeed, .fail:
            if state.next != nil { note("\(place)/Next", "a \(state.type) state has no Next") }
            if state.end { note("\(place)/End", "a \(state.type) state has no End") }
        default:
            if state.next != nil, state.end {
                note("\(place)/End", "End cannot stand beside Next")
            } else if state.next == nil, !state.end {
                note("\(place)/Next", "Next or End is missing")
                return false
            }
        }
        return true
    }
}

extension State {
    /// The fields that name a state on the same level: place within this state, and name.
    var transitions: [(field: String, target: String)] {
        var found = next.map { [(field: "Next", target: $0)] } ?? []
        if case .choice(let choice) = kind {
            for (index, rule) in choice.choices.enumerated() {
                found.append(("Choices/\(index)/Next", rule.next))
            }
            if let name = choice.default { found.append(("Default", name)) }
        }
        for (index, catcher) in `catch`.enumerated() {
            found.append(("Catch/\(index)/Next", catcher.next))
        }
        return found
    }
}
