import JSON

extension Validator {
    mutating func check(path: JSONPath, at place: String) {
        guard let problem = path.problem else { return }
        note(place, "'\(path)' is no path: \(problem)", code: .invalidPath)
    }

    mutating func check(expression: Expression, at place: String) {
        guard let problem = expression.problem else { return }
        note(
            place, "'\(expression.text)' is neither a path nor an intrinsic function: \(problem)",
            code: .invalidPath)
    }

    /// ResultPath must be a Reference Path into the input.
    mutating func check(resultPath: PayloadPath, at place: String) {
        guard case .at(let path) = resultPath, ReferencePath(path) == nil else { return }
        if path.problem != nil { return check(path: path, at: place) }
        note(
            place, "'\(path)' is no Reference Path into the input, which leads to one place only",
            code: .invalidPath)
    }

    /// Checks every path, intrinsic function and template of a state but those in Choices.
    mutating func checkPaths(of state: State, at place: String) {
        for (field, path) in [("InputPath", state.inputPath), ("OutputPath", state.outputPath)] {
            if case .at(let path) = path { check(path: path, at: "\(place)/\(field)") }
        }
        check(resultPath: state.resultPath, at: "\(place)/ResultPath")
        if case .map(let map) = state.kind, let path = map.itemsPath {
            check(path: path, at: "\(place)/ItemsPath")
        }
        for (field, expression) in state.expressions {
            check(expression: expression, at: "\(place)/\(field)")
        }
        for (field, template) in state.templates {
            for problem in template.problems {
                note(
                    "\(place)/\(field)\(problem.path)", problem.message, code: .invalidPath)
            }
            for (path, expression) in template.expressions {
                check(expression: expression, at: "\(place)/\(field)\(path)")
            }
        }
    }
}

extension State {
    /// The fields that hold one expression, and where.
    var expressions: [(field: String, expression: Expression)] {
        var found: [(String, Expression)] = []
        func add(_ field: String, _ setting: Setting<some Any>?) {
            if case .path(let expression)? = setting { found.append((field, expression)) }
        }
        switch kind {
        case .task(let task):
            add("TimeoutSecondsPath", task.timeoutSeconds)
            add("HeartbeatSecondsPath", task.heartbeatSeconds)
        case .wait(.secondsPath(let path)): found.append(("SecondsPath", path))
        case .wait(.timestampPath(let path)): found.append(("TimestampPath", path))
        case .fail(let fail):
            add("ErrorPath", fail.error)
            add("CausePath", fail.cause)
        case .map(let map):
            add("MaxConcurrencyPath", map.maxConcurrency)
            add("ToleratedFailureCountPath", map.toleratedFailureCount)
            add("ToleratedFailurePercentagePath", map.toleratedFailurePercentage)
            add("ItemReader/ReaderConfig/MaxItemsPath", map.itemReader?.maxItems)
            add("ItemBatcher/MaxItemsPerBatchPath", map.itemBatcher?.maxItemsPerBatch)
            add("ItemBatcher/MaxInputBytesPerBatchPath", map.itemBatcher?.maxInputBytesPerBatch)
        case .pass, .choice, .wait, .succeed, .parallel: break
        }
        return found
    }

    /// The fields that hold templates, and where.
    var templates: [(field: String, template: PayloadTemplate)] {
        var found: [(String, PayloadTemplate?)] = [("Parameters", parameters)]
        switch kind {
        case .task(let task): found.append(("Credentials", task.credentials))
        case .map(let map):
            found += [
                ("ItemSelector", map.itemSelector),
                ("ItemReader/Parameters", map.itemReader?.parameters),
                ("ItemBatcher/BatchInput", map.itemBatcher?.batchInput),
                ("ResultWriter/Parameters", map.resultWriter?.parameters),
            ]
        default: break
        }
        found.append(("ResultSelector", resultSelector))
        found += assigns.map { ($0.field, Optional($0.template)) }
        return found.compactMap { field, template in template.map { (field, $0) } }
    }

    /// Every `Assign` of the state: its own, its rules' and its catchers'.
    var assigns: [(field: String, template: PayloadTemplate)] {
        var found: [(String, PayloadTemplate?)] = [("Assign", assign)]
        if case .choice(let choice) = kind {
            found += choice.choices.enumerated().map { ("Choices/\($0)/Assign", $1.assign) }
        }
        found += `catch`.enumerated().map { ("Catch/\($0)/Assign", $1.assign) }
        return found.compactMap { field, template in template.map { (field, $0) } }
    }
}

extension PayloadTemplate {
    /// The expressions and where they stand, as JSON Pointers into the template.
    var expressions: [(path: String, expression: Expression)] {
        var found: [(String, Expression)] = []
        visit(node, "") { path, node in
            if case .expression(let expression) = node { found.append((path, expression)) }
        }
        return found
    }

    /// Members named `….$` that hold no string, and names that come up twice.
    var problems: [(path: String, message: String)] {
        var found: [(String, String)] = []
        func check(_ json: JSON, _ path: String) {
            switch json {
            case .array(let elements):
                for (index, element) in elements.enumerated() { check(element, "\(path)/\(index)") }
            case .object(let object):
                for (name, value) in object {
                    let place = JSONPointer.append([name], to: path)
                    check(value, place)
                    guard name.hasSuffix(".$") else { continue }
                    if value.string == nil {
                        found.append((place, "\(name) must be a path or an intrinsic function"))
                    }
                    if object[String(name.dropLast(2))] != nil {
                        found.append((place, "\(name) would make a member that is already there"))
                    }
                }
            default: break
            }
        }
        check(json, "")
        return found
    }

    private func visit(_ node: Node, _ path: String, _ body: (String, Node) -> Void) {
        body(path, node)
        switch node {
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                visit(element, "\(path)/\(index)", body)
            }
        case .object(let members):
            for member in members {
                visit(member.value, JSONPointer.append([member.field], to: path), body)
            }
        case .constant, .expression: break
        }
    }
}

extension Expression {
    /// The paths in it.
    var paths: [JSONPath] {
        switch kind {
        case .path(let path): [path]
        case .call(let call): call.paths
        case .invalid: []
        }
    }
}
