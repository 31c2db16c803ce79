import JSON

extension StateMachine {
    /// Everything wrong with the machine that shows without running it, in the order of the
    /// definition; empty of errors when it can run.
    ///
    /// Checks what a reader cannot: where transitions lead, names and variables across nested
    /// machines, paths, which fields a type of state has, ranges and quotas.
    public func validate() -> [Problem] { validate(isPartial: false) }

    /// ``validate()`` of a machine of which parts may not have been readable.
    func validate(isPartial: Bool) -> [Problem] {
        var validator = Validator(isPartial: isPartial)
        validator.check(machine: self, at: "", in: .init())
        let bytes = json.serialized().utf8.count
        if bytes > Quota.definitionBytes {
            validator.note(
                "", "the definition has \(bytes) bytes, more than \(Quota.definitionBytes)")
        }
        return validator.problems
    }
}

/// Collects the problems of one machine with all that are nested in it.
struct Validator {
    /// Whether parts of the definition are missing, so that reachability means nothing.
    let isPartial: Bool
    private(set) var problems: [Problem] = []
    /// Where each state's name was seen first.
    private var names: [String: String] = [:]

    init(isPartial: Bool) { self.isPartial = isPartial }

    /// What surrounds a nested machine.
    struct Surroundings {
        /// Variables set around it.
        var variables: Set<String> = []
        /// Whether it runs in an Express child execution of a distributed Map.
        var isExpress = false
        /// Whether it is nested, so that timeout and version have no place.
        var isNested = false
    }

    mutating func note(
        _ path: String, _ message: String, code: Problem.Code = .schema,
        severity: Problem.Severity = .error
    ) {
        problems.append(Problem(severity: severity, code: code, path: path, message: message))
    }

    mutating func check(machine: StateMachine, at path: String, in surroundings: Surroundings) {
        checkFields(of: machine, at: path, surroundings)
        if machine.states.isEmpty {
            return note(path + "/States", "States must hold at least one state")
        }
        checkTransitions(of: machine, at: path)
        var inner = surroundings
        inner.isNested = true
        let assigned = Set(machine.states.flatMap(\.assignedNames))
        inner.variables.formUnion(assigned)
        for state in machine.states {
            let place = JSONPointer.append(["States", state.name], to: path)
            checkName(of: state, at: place)
            check(state: state, at: place, in: inner)
            checkVariables(of: state, at: place, inner: inner, outer: surroundings)
            checkNested(in: state, at: place, inner)
        }
    }

    private mutating func checkFields(
        of machine: StateMachine, at path: String, _ surroundings: Surroundings
    ) {
        if surroundings.isNested {
            if machine.timeoutSeconds != nil {
                note(
                    path + "/TimeoutSeconds", "TimeoutSeconds is not supported in a nested machine")
            }
            if machine.version != nil {
                note(path + "/Version", "Version is not supported in a nested machine")
            }
        } else {
            check(range: 1...Quota.timeoutSeconds, machine.timeoutSeconds, "TimeoutSeconds", path)
        }
        if let version = machine.version, version != "1.0" {
            note(path + "/Version", "Version must be 1.0")
        }
    }

    mutating func check(range: ClosedRange<Int>, _ value: Int?, _ field: String, _ path: String) {
        guard let value, !range.contains(value) else { return }
        let words =
            range.upperBound == .max
            ? "at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
        note("\(path)/\(field)", "\(field) must be \(words)")
    }

    private mutating func checkName(of state: State, at place: String) {
        if state.name.isEmpty { note(place, "a state's name must not be empty") }
        if state.name.unicodeScalars.count > Quota.stateNameCharacters {
            note(place, "a state's name has at most \(Quota.stateNameCharacters) characters")
        }
        if let first = names[state.name] {
            note(
                place, "the state name \(state.name) is already used at \(first)",
                code: .duplicateName)
        } else {
            names[state.name] = place
        }
    }

    private mutating func checkNested(in state: State, at place: String, _ inner: Surroundings) {
        switch state.kind {
        case .parallel(let parallel):
            for (index, branch) in parallel.branches.enumerated() {
                check(machine: branch, at: "\(place)/Branches/\(index)", in: inner)
            }
        case .map(let map):
            var inner = inner
            if map.isDistributed {
                // A child execution does not see its parent's variables.
                inner.variables = []
                inner.isExpress = map.itemProcessor.executionType == .express
            }
            check(machine: map.itemProcessor.body, at: "\(place)/ItemProcessor", in: inner)
        default: break
        }
    }
}
