import StatesLanguage

/// A state machine laid out for running: every level numbered, states found by name.
///
/// The numbers follow from the definition alone, so they can be stored beside an execution.
final class Program: Sendable {
    /// One level: the machine itself, a branch of a Parallel, or a Map's item processor.
    final class Body: Sendable {
        let id: Int
        let startAt: String
        let nodes: [String: Node]

        init(id: Int, startAt: String, nodes: [String: Node]) {
            self.id = id
            self.startAt = startAt
            self.nodes = nodes
        }
    }

    /// A state and the levels below it.
    final class Node: Sendable {
        let state: State
        /// Ids of a Parallel's branches, or of a Map's item processor.
        let bodies: [Int]

        init(state: State, bodies: [Int]) {
            self.state = state
            self.bodies = bodies
        }
    }

    let definition: StateMachine
    /// By ``Body/id``; 0 is the machine itself.
    let bodies: [Body]

    init(_ definition: StateMachine) {
        self.definition = definition
        var bodies: [Body?] = []
        func add(_ machine: StateMachine) -> Int {
            let id = bodies.count
            bodies.append(nil)
            var nodes: [String: Node] = [:]
            for state in machine.states {
                let below: [StateMachine] =
                    switch state.kind {
                    case .parallel(let parallel): parallel.branches
                    case .map(let map): [map.itemProcessor.body]
                    default: []
                    }
                nodes[state.name] = Node(state: state, bodies: below.map(add))
            }
            bodies[id] = Body(id: id, startAt: machine.startAt, nodes: nodes)
            return id
        }
        _ = add(definition)
        self.bodies = bodies.compactMap { $0 }
    }

    /// Whether what takes time in a level, and in those below it, is functions at work: no Wait, no
    /// callback, no other service.
    func waitsForFunctionsOnly(_ body: Int) -> Bool {
        bodies[body].nodes.values.allSatisfy { node in
            switch node.state.kind {
            case .wait: return false
            case .task(let task):
                switch Integration(task.resource) {
                case .function(_, false)?, .lambdaInvoke(false)?: return true
                default: return false
                }
            default: return node.bodies.allSatisfy(waitsForFunctionsOnly)
            }
        }
    }

    /// Every state of every level.
    var allStates: [State] { bodies.flatMap { $0.nodes.values.map(\.state) } }
}
