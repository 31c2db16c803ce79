import JSON

extension Validator {
    /// Checks the names of variables and that they are set before they are used:
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>.
    mutating func checkVariables(
        of state: State, at place: String, inner: Surroundings, outer: Surroundings
    ) {
        for (field, template) in state.assigns {
            for name in template.memberNames {
                let place = "\(place)/\(field)"
                if !JSONPath.isVariableName(name) {
                    note(place, "'\(name)' is no name for a variable")
                }
                if outer.variables.contains(name) {
                    note(place, "the variable '\(name)' is already set around this machine")
                }
            }
        }
        for (field, path) in state.allPaths {
            guard case .variable(let name) = path.root, !inner.variables.contains(name) else {
                continue
            }
            note(
                "\(place)/\(field)", "no state sets the variable '\(name)'", severity: .warning)
        }
    }
}

extension JSONPath {
    /// Whether a variable can have this name: an identifier after UAX #31 of at most 80 characters,
    /// other than `states`.
    static func isVariableName(_ name: String) -> Bool {
        let scalars = name.unicodeScalars
        guard let first = scalars.first, canStartName(first), name != "states" else { return false }
        return scalars.count <= Quota.variableNameCharacters
            && scalars.allSatisfy { canStartName($0) || $0.properties.isXIDContinue }
    }
}

extension State {
    /// The names of the variables the state sets.
    var assignedNames: [String] { assigns.flatMap(\.template.memberNames) }

    /// Every path of the state, in whatever field and function, and the field's place.
    var allPaths: [(field: String, path: JSONPath)] {
        var found: [(String, JSONPath)] = []
        for (field, path) in [("InputPath", inputPath), ("OutputPath", outputPath)] {
            if case .at(let path) = path { found.append((field, path)) }
        }
        if case .map(let map) = kind, let path = map.itemsPath { found.append(("ItemsPath", path)) }
        if case .choice(let choice) = kind {
            for (index, rule) in choice.choices.enumerated() {
                found += rule.condition.paths.map { ("Choices/\(index)", $0) }
            }
        }
        found += expressions.flatMap { field, expression in expression.paths.map { (field, $0) } }
        for (field, template) in templates {
            for (path, expression) in template.expressions {
                found += expression.paths.map { (field + path, $0) }
            }
        }
        return found
    }
}

extension Condition {
    /// The paths on both sides of all comparisons.
    var paths: [JSONPath] {
        switch self {
        case .and(let conditions), .or(let conditions): conditions.flatMap(\.paths)
        case .not(let condition): condition.paths
        case .comparison(let variable, _, .value): [variable]
        case .comparison(let variable, _, .path(let path)): [variable, path]
        }
    }
}

extension PayloadTemplate {
    /// The names of its members once resolved.
    var memberNames: [String] {
        (json.object?.names ?? []).map { $0.hasSuffix(".$") ? String($0.dropLast(2)) : $0 }
    }
}
