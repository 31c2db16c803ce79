public import JSON

/// A state machine in Amazon States Language, JSONPath dialect.
///
/// Also the body of a ``Parallel`` branch and of a ``Map``'s item processor; there `timeoutSeconds`
/// and `version` must be nil. Any value can be built; ``validate()`` says what is wrong with it.
/// See <https://states-language.net/#toplevelfields>.
public struct StateMachine: Sendable, Hashable {
    /// For people; has no effect.
    public var comment: String?
    /// The name of the state that runs first.
    public var startAt: String
    /// In the order written. Names are unique across the machine, nested ones included.
    public var states: [State]
    /// How long an execution may take before it ends with `States.Timeout`; nil is for ever.
    public var timeoutSeconds: Int?
    /// The version of the language; "1.0" when nil.
    public var version: String?

    /// A machine with the given states, in the order written; `startAt` is the first one's name
    /// unless given.
    public init(
        comment: String? = nil, startAt: String? = nil, timeoutSeconds: Int? = nil,
        version: String? = nil, states: [State]
    ) {
        self.comment = comment
        self.startAt = startAt ?? states.first?.name ?? ""
        self.states = states
        self.timeoutSeconds = timeoutSeconds
        self.version = version
    }

    /// The state of that name on this level, not within branches or item processors.
    public subscript(name: String) -> State? { states.first { $0.name == name } }
}

extension StateMachine {
    /// Reads a definition from JSON text.
    /// - Throws: ``DefinitionError`` with every problem of form found, or the JSON parser's one.
    public init(parsing text: String) throws(DefinitionError) {
        let json: JSON
        do {
            json = try JSON(parsing: text)
        } catch {
            throw DefinitionError(problems: [
                Problem(code: .invalidJSON, path: "", message: "not JSON: \(error)")
            ])
        }
        try self.init(json: json)
    }

    /// Reads a definition.
    ///
    /// Checks the form: types of fields, unknown and missing fields. What needs the whole machine,
    /// such as where `Next` leads, is for ``validate()``; ``problems(in:)`` does both.
    /// - Throws: ``DefinitionError`` with every problem of form found.
    public init(json: JSON) throws(DefinitionError) {
        let problems = ProblemList()
        self.init(json, at: "", problems)
        if !problems.errors.isEmpty { throw DefinitionError(problems: problems.errors) }
    }

    /// Everything wrong with a definition given as JSON: its form, then what ``validate()`` finds.
    public static func problems(in json: JSON) -> [Problem] {
        let form = ProblemList()
        let machine = StateMachine(json, at: "", form)
        let places = form.all.map(\.path)
        let found = machine.validate(isPartial: !places.isEmpty).filter { problem in
            !places.contains { problem.path == $0 || problem.path.hasPrefix($0 + "/") }
        }
        return form.all + found
    }

    /// Reads what can be read and notes the rest in `problems`.
    init(_ json: JSON, at path: String, _ problems: ProblemList) {
        var fields = FieldReader(json, at: path, problems)
        self.init(body: &fields)
        if path.isEmpty {
            timeoutSeconds = fields.int("TimeoutSeconds", from: 1, to: Quota.timeoutSeconds)
            version = fields.string("Version")
        }
        fields.finish()
    }

    /// Reads the fields a machine, a branch and an item processor share.
    init(body fields: inout FieldReader) {
        comment = fields.string("Comment")
        startAt = fields.requiredString("StartAt")
        states = []
        timeoutSeconds = nil
        version = nil
        fields.checkQueryLanguage()
        guard let members = fields.requiredObject("States") else { return }
        if members.isEmpty { fields.note("States", "must hold at least one state") }
        for (name, value) in members {
            states.append(
                State(name, json: value, at: fields.place("States", name), fields.problems))
        }
    }

    /// The definition as JSON, the states breadth-first from `startAt`, then any unreachable ones.
    public var json: JSON { .object(jsonObject) }

    var jsonObject: JSONObject {
        var object = JSONObject()
        object["Comment"] = comment.map { .string($0) }
        object["Version"] = version.map { .string($0) }
        object["StartAt"] = .string(startAt)
        object["TimeoutSeconds"] = timeoutSeconds.map { JSON($0) }
        object["States"] = .object(
            JSONObject(statesBreadthFirst.map { ($0.name, $0.json) }))
        return object
    }

    /// The states breadth-first from `startAt`, then those that cannot be reached, as written.
    public var statesBreadthFirst: [State] {
        let byName = Dictionary(states.map { ($0.name, $0) }) { first, _ in first }
        var order: [State] = []
        var seen: Set<String> = []
        var queue = [startAt]
        var at = 0
        while at < queue.count {
            if let state = byName[queue[at]], seen.insert(state.name).inserted {
                order.append(state)
                queue += state.targets
            }
            at += 1
        }
        return order + states.filter { !seen.contains($0.name) }
    }
}
