import JSON
import System

extension Validator {
    /// Checks one state's own fields.
    mutating func check(state: State, at place: String, in surroundings: Surroundings) {
        checkSharedFields(of: state, at: place)
        checkPaths(of: state, at: place)
        checkErrorHandling(of: state, at: place)
        switch state.kind {
        case .task(let task): check(task: task, at: place, surroundings)
        case .choice(let choice):
            if choice.choices.isEmpty {
                note("\(place)/Choices", "Choices must hold at least one rule")
            }
            for (index, rule) in choice.choices.enumerated() {
                check(condition: rule.condition, at: "\(place)/Choices/\(index)")
            }
        case .wait(.seconds(let seconds)):
            check(range: 0...Quota.timeoutSeconds, seconds, "Seconds", place)
        case .wait(.timestamp(let text)):
            if Timestamp(rfc3339: text, strictly: true) == nil {
                note("\(place)/Timestamp", "Timestamp must be an RFC 3339 date-time")
            }
        case .parallel(let parallel):
            if parallel.branches.isEmpty {
                note("\(place)/Branches", "Branches must hold at least one branch")
            }
        case .map(let map): check(map: map, at: place)
        case .pass, .wait, .succeed, .fail: break
        }
    }

    /// The table <https://states-language.net/#state-type-table>, for machines built as values.
    private mutating func checkSharedFields(of state: State, at place: String) {
        var forbidden: [(String, Bool)] = []
        switch state.kind {
        case .fail:
            forbidden = [
                ("InputPath", state.inputPath != .whole),
                ("OutputPath", state.outputPath != .whole),
                ("ResultPath", state.resultPath != .whole), ("Assign", state.assign != nil),
            ]
        case .succeed:
            forbidden = [
                ("ResultPath", state.resultPath != .whole), ("Assign", state.assign != nil),
            ]
        case .choice, .wait: forbidden = [("ResultPath", state.resultPath != .whole)]
        case .task, .pass, .parallel, .map: break
        }
        for (field, isGiven) in forbidden where isGiven {
            note("\(place)/\(field)", "\(field) is not supported in a \(state.type) state")
        }
    }

    private mutating func check(task: Task, at place: String, _ surroundings: Surroundings) {
        let resource = task.resource.rawValue
        // `${Name}` is filled in when the definition is deployed.
        if !resource.hasPrefix("arn:"), !resource.hasPrefix("${") {
            note("\(place)/Resource", "Resource must be an ARN")
        }
        var timeout: Int?
        if case .value(let seconds)? = task.timeoutSeconds { timeout = seconds }
        check(range: 1...Quota.timeoutSeconds, timeout, "TimeoutSeconds", place)
        if case .value(let heartbeat)? = task.heartbeatSeconds {
            check(range: 1...Quota.timeoutSeconds, heartbeat, "HeartbeatSeconds", place)
            if heartbeat >= timeout ?? Quota.timeoutSeconds {
                note(
                    "\(place)/HeartbeatSeconds", "HeartbeatSeconds must be below TimeoutSeconds")
            }
        }
        let pattern = task.resource.pattern
        if surroundings.isExpress, pattern != .requestResponse {
            note(
                "\(place)/Resource", "Express child executions cannot wait for a job or a callback")
        }
        if pattern == .waitForTaskToken, !(task.parameters?.mentionsTaskToken ?? false) {
            note(
                "\(place)/Parameters",
                "nothing in Parameters hands on $$.Task.Token, so nobody can answer",
                severity: .warning)
        }
    }

    private mutating func check(condition: Condition, at place: String) {
        switch condition {
        case .and(let conditions), .or(let conditions):
            let name = if case .and = condition { "And" } else { "Or" }
            if conditions.isEmpty { note("\(place)/\(name)", "\(name) must hold a condition") }
            for (index, condition) in conditions.enumerated() {
                check(condition: condition, at: "\(place)/\(name)/\(index)")
            }
        case .not(let condition): check(condition: condition, at: "\(place)/Not")
        case .comparison(let variable, let comparator, let operand):
            check(path: variable, at: "\(place)/Variable")
            switch operand {
            case .value(let value):
                if !comparator.accepts(value) {
                    note(
                        "\(place)/\(comparator.rawValue)",
                        "\(comparator.rawValue) must be a \(comparator.operandType)")
                }
            case .path(let path):
                let field = comparator.rawValue + "Path"
                if !comparator.hasPathForm { note("\(place)/\(field)", "there is no \(field)") }
                check(path: path, at: "\(place)/\(field)")
            }
        }
    }
}

extension PayloadTemplate {
    /// Whether an expression can hand on the task's token: `$$.Task.Token` or what holds it.
    fileprivate var mentionsTaskToken: Bool {
        expressions.contains { _, expression in
            expression.paths.contains { path in
                ["$$", "$$.Task", "$$.Task.Token", "$$['Task']['Token']"].contains(path.text)
            }
        }
    }
}
