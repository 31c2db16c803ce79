import JSON

extension Choice {
    /// Where a Choice leads, and the variables to set on the way.
    public struct Decision: Sendable, Hashable {
        /// The state that follows.
        public var next: String
        /// The matching rule's `Assign`; for the default, the state's own.
        public var assign: PayloadTemplate?
    }

    /// The first rule that matches, or the default. `scope.input` is the effective input.
    /// - Throws: `States.NoChoiceMatched`; `States.Runtime` for a path that leads nowhere.
    public func decide(in scope: Scope, stateAssign: PayloadTemplate?) throws(StatesError)
        -> Decision
    {
        for rule in choices where try rule.matches(scope) {
            return Decision(next: rule.next, assign: rule.assign)
        }
        guard let next = `default` else {
            throw StatesError(
                StatesError.Name.noChoiceMatched,
                "No choices matched and no default was specified.")
        }
        return Decision(next: next, assign: stateAssign)
    }
}

extension ChoiceRule {
    /// Whether the condition holds.
    /// - Throws: `States.Runtime` for a path that leads nowhere.
    public func matches(_ scope: Scope) throws(StatesError) -> Bool {
        try condition.holds(in: scope)
    }
}

extension Condition {
    /// Whether the condition holds; a comparison of different types does not.
    /// - Throws: `States.Runtime` for a path that leads nowhere, except under IsPresent.
    public func holds(in scope: Scope) throws(StatesError) -> Bool {
        switch self {
        case .and(let conditions):
            for condition in conditions where try !condition.holds(in: scope) { return false }
            return true
        case .or(let conditions):
            for condition in conditions where try condition.holds(in: scope) { return true }
            return false
        case .not(let condition): return try !condition.holds(in: scope)
        case .comparison(let variable, .isPresent, .value(let operand)):
            return .bool((try? variable.value(in: scope)) != nil) == operand
        case .comparison(let variable, let comparator, let operand):
            let left = try Self.value(of: variable, in: scope)
            switch operand {
            case .value(let right): return comparator.holds(left, right)
            case .path(let path): return comparator.holds(left, try Self.value(of: path, in: scope))
            }
        }
    }

    private static func value(of path: JSONPath, in scope: Scope) throws(StatesError) -> JSON {
        do {
            return try path.value(in: scope)
        } catch {
            throw .runtime(
                "Invalid path '\(path)': The choice state's condition path references an invalid "
                    + "value.")
        }
    }
}
