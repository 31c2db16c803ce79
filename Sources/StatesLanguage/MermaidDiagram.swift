extension StateMachine {
    /// The machine as a Mermaid flowchart (<https://mermaid.js.org/syntax/flowchart.html>), the way GitHub draws it.
    ///
    /// Parallel branches and item processors are boxes in boxes; a dashed arrow is a Catch.
    /// Breadth-first from StartAt, so the same machine gives the same text.
    public var mermaid: String {
        var diagram = MermaidDiagram()
        diagram.lines.append("flowchart TD")
        diagram.lines.append("    start((start)) --> " + diagram.id(startAt))
        diagram.draw(self, indent: 1, isOutermost: true)
        return diagram.lines.joined(separator: "\n") + "\n"
    }
}

private struct MermaidDiagram {
    var lines: [String] = []

    /// Names may hold anything; identifiers of Mermaid only letters, digits and underscores.
    func id(_ name: String) -> String {
        String(
            name.unicodeScalars.map { scalar -> Character in
                scalar.isASCII
                    && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                    ? Character(scalar) : "_"
            })
    }

    private func label(_ text: String) -> String {
        "\"" + text.map { $0 == "\"" ? "#quot;" : String($0) }.joined() + "\""
    }

    mutating func draw(_ machine: StateMachine, indent: Int, isOutermost: Bool) {
        let space = String(repeating: "    ", count: indent)
        for state in machine.statesBreadthFirst {
            drawBox(state, space, indent)
            if let next = state.next { lines.append("\(space)\(id(state.name)) --> \(id(next))") }
            if case .choice(let choice) = state.kind {
                for rule in choice.choices {
                    lines.append("\(space)\(id(state.name)) -->|yes| \(id(rule.next))")
                }
                if let other = choice.default {
                    lines.append("\(space)\(id(state.name)) -->|otherwise| \(id(other))")
                }
            }
            for catcher in state.catch {
                let errors = catcher.errorEquals.joined(separator: ", ")
                lines.append(
                    "\(space)\(id(state.name)) -.->|\(label(errors))| \(id(catcher.next))")
            }
            if isOutermost, state.isTerminal {
                lines.append("\(space)\(id(state.name)) --> done((end))")
            }
        }
    }

    private mutating func drawBox(_ state: State, _ space: String, _ indent: Int) {
        let name = label(state.name)
        switch state.kind {
        case .parallel(let parallel):
            lines.append("\(space)subgraph \(id(state.name))[\(name)]")
            for branch in parallel.branches { draw(branch, indent: indent + 1, isOutermost: false) }
            lines.append("\(space)end")
        case .map: lines.append("\(space)\(id(state.name))[[\(label("\(state.name) × n"))]]")
        case .choice: lines.append("\(space)\(id(state.name)){\(name)}")
        case .succeed, .fail: lines.append("\(space)\(id(state.name))([\(name)])")
        case .wait: lines.append("\(space)\(id(state.name))>\(name)]")
        case .pass, .task: lines.append("\(space)\(id(state.name))[\(name)]")
        }
    }
}
