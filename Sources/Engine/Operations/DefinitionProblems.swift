import JSON
import StatesLanguage

/// - Throws: `InvalidDefinition` with everything that is wrong, integrations that are not
///   supported here included.
func checkDefinition(_ text: String, isExpress: Bool) throws(ServiceError) {
    let problems = definitionProblems(text, isExpress: isExpress).filter { $0.severity == .error }
    guard problems.isEmpty else {
        throw ServiceError(
            "InvalidDefinition", DefinitionError(problems: problems).description)
    }
}

/// What is wrong with a definition, the engine's own limits included.
func definitionProblems(_ text: String, isExpress: Bool) -> [Problem] {
    guard text.utf8.count <= Quota.definitionBytes else {
        return [Problem(path: "", message: "larger than \(Quota.definitionBytes) bytes")]
    }
    let json: JSON
    do {
        json = try JSON(parsing: text)
    } catch {
        return [Problem(code: .invalidJSON, path: "", message: "not JSON: \(error)")]
    }
    let problems = StateMachine.problems(in: json)
    guard !problems.contains(where: { $0.severity == .error }),
        let machine = try? StateMachine(json: json)
    else { return problems }
    let refused = Program(machine).allStates.flatMap { state -> [Problem] in
        let place = "/States/\(state.name)"
        switch state.kind {
        case .task(let task): return task.problems(at: place, isExpress: isExpress)
        case .map(let map) where isExpress && map.isDistributed:
            return [
                Problem(
                    path: place + "/ItemProcessor",
                    message: "Express state machines cannot have a distributed Map")
            ]
        case .map(let map):
            guard let (field, why) = map.itemReader?.unsupported else { return [] }
            return [Problem(path: place + "/ItemReader/ReaderConfig/\(field)", message: why)]
        default: return []
        }
    }
    return problems + refused.sorted { $0.path < $1.path }
}

extension Task {
    /// What keeps it from being run here.
    fileprivate func problems(at place: String, isExpress: Bool) -> [Problem] {
        guard let integration = Integration(resource) else {
            return [
                Problem(
                    code: Problem.Code(rawValue: "INVALID_RESOURCE"), path: place + "/Resource",
                    message: "The resource provided \(resource.rawValue) is not supported by this "
                        + "engine; it supports \(Integration.supported)")
            ]
        }
        var problems: [Problem] = []
        if isExpress, integration.waitsForToken || integration.waitsForExecution {
            problems.append(
                Problem(
                    path: place + "/Resource",
                    message: "Express state machines cannot wait for a job or a callback"))
        }
        if let parameters, let fields = integration.fields {
            problems += ParameterField.problems(of: parameters.json, fields).map {
                Problem(path: place + "/Parameters", message: $0)
            }
        }
        return problems
    }
}
