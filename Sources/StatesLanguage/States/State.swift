public import JSON

/// One state: its name, the fields all types share, and what its type adds.
///
/// See <https://states-language.net/#states-fields>. Which of the shared fields a type allows is
/// checked by ``StateMachine/validate()``.
public struct State: Sendable, Hashable {
    /// What the state does, one case per `Type`.
    public indirect enum Kind: Sendable, Hashable {
        case task(Task)
        case pass(Pass)
        case choice(Choice)
        case wait(Wait)
        case succeed
        case fail(Fail)
        case parallel(Parallel)
        case map(Map)
    }

    /// Unique across the whole machine; at most 80 characters.
    public var name: String
    /// What the state does.
    public var kind: Kind
    /// For people; has no effect.
    public var comment: String?
    /// Selects the part of the raw input that is the input; `.discard` makes it `{}`.
    public var inputPath: PayloadPath
    /// Where in the raw input the result goes; `.whole` replaces it, `.discard` keeps the input.
    public var resultPath: PayloadPath
    /// Selects the part of the state's output that goes on; `.discard` makes it `{}`.
    public var outputPath: PayloadPath
    /// Variables to set when the state succeeds; of a Choice, when it takes `Default`.
    public var assign: PayloadTemplate?
    /// The state that follows; nil when ``end``, and for Choice, Succeed and Fail.
    public var next: String?
    /// Whether the execution, branch or iteration ends with this state.
    public var end: Bool

    /// What is left out is left out of the definition, too.
    public init(
        _ name: String, _ kind: Kind, comment: String? = nil, inputPath: PayloadPath = .whole,
        resultPath: PayloadPath = .whole, outputPath: PayloadPath = .whole,
        assign: PayloadTemplate? = nil, next: String? = nil, end: Bool = false
    ) {
        self.name = name
        self.kind = kind
        self.comment = comment
        self.inputPath = inputPath
        self.resultPath = resultPath
        self.outputPath = outputPath
        self.assign = assign
        self.next = next
        self.end = end
    }
}

extension State {
    /// The value of `Type`; also the prefix of the state's history events, `TaskStateEntered`.
    public var type: String {
        switch kind {
        case .task: "Task"
        case .pass: "Pass"
        case .choice: "Choice"
        case .wait: "Wait"
        case .succeed: "Succeed"
        case .fail: "Fail"
        case .parallel: "Parallel"
        case .map: "Map"
        }
    }

    /// Replaces the effective input of a Task, Pass or Parallel; not a Map's legacy one.
    public var parameters: PayloadTemplate? {
        switch kind {
        case .task(let task): task.parameters
        case .pass(let pass): pass.parameters
        case .parallel(let parallel): parallel.parameters
        default: nil
        }
    }

    /// Shapes the result of a Task, Parallel or Map.
    public var resultSelector: PayloadTemplate? {
        switch kind {
        case .task(let task): task.resultSelector
        case .parallel(let parallel): parallel.resultSelector
        case .map(let map): map.resultSelector
        default: nil
        }
    }

    /// Of a Task, Parallel or Map.
    public var retry: [Retrier] {
        switch kind {
        case .task(let task): task.retry
        case .parallel(let parallel): parallel.retry
        case .map(let map): map.retry
        default: []
        }
    }

    /// Of a Task, Parallel or Map.
    public var `catch`: [Catcher] {
        switch kind {
        case .task(let task): task.catch
        case .parallel(let parallel): parallel.catch
        case .map(let map): map.catch
        default: []
        }
    }

    /// Whether nothing can follow: `End`, Succeed and Fail.
    public var isTerminal: Bool {
        switch kind {
        case .succeed, .fail: true
        default: end
        }
    }

    /// The names of the states that can follow, in the order written: Next, Choices, Default, Catch.
    public var targets: [String] {
        var targets = next.map { [$0] } ?? []
        if case .choice(let choice) = kind {
            targets += choice.choices.map(\.next)
            if let name = choice.default { targets.append(name) }
        }
        return targets + `catch`.map(\.next)
    }
}

extension State {
    init(_ name: String, json: JSON, at path: String, _ problems: ProblemList) {
        var fields = FieldReader(json, at: path, problems)
        let type = fields.requiredString("Type")
        fields.checkQueryLanguage()
        let kind: Kind =
            switch type {
            case "Task": .task(Task(&fields))
            case "Pass": .pass(Pass(&fields))
            case "Choice": .choice(Choice(&fields))
            case "Wait": .wait(Wait(&fields))
            case "Succeed": .succeed
            case "Fail": .fail(Fail(&fields))
            case "Parallel": .parallel(Parallel(&fields))
            case "Map": .map(Map(&fields))
            default: .succeed
            }
        let comment = fields.string("Comment")
        self.init(name, kind, comment: comment)
        guard
            ["Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"].contains(type)
        else {
            if fields.has("Type") {
                fields.note(
                    "Type", "must be Task, Pass, Choice, Wait, Succeed, Fail, Parallel or Map")
            }
            return
        }
        readSharedFields(&fields)
        fields.finish()
    }

    /// Takes the shared fields this type of state has, so that the others count as unknown.
    /// The table is <https://states-language.net/#state-type-table>.
    private mutating func readSharedFields(_ fields: inout FieldReader) {
        if case .fail = kind { return }
        inputPath = fields.payloadPath("InputPath")
        outputPath = fields.payloadPath("OutputPath")
        if case .succeed = kind { return }
        assign = fields.assign()
        if case .choice = kind { return }
        next = fields.string("Next")
        end = fields.bool("End") ?? false
        if case .wait = kind { return }
        resultPath = fields.payloadPath("ResultPath")
    }

    /// The state as it stands under its name in `States`.
    public var json: JSON {
        var object: JSONObject = ["Type": .string(type)]
        object["Comment"] = comment.map { .string($0) }
        inputPath.render("InputPath", into: &object)
        switch kind {
        case .task(let task): task.render(into: &object)
        case .pass(let pass): pass.render(into: &object)
        case .choice(let choice): choice.render(into: &object)
        case .wait(let wait): wait.render(into: &object)
        case .succeed: break
        case .fail(let fail): fail.render(into: &object)
        case .parallel(let parallel): parallel.render(into: &object)
        case .map(let map): map.render(into: &object)
        }
        object["ResultSelector"] = resultSelector?.json
        resultPath.render("ResultPath", into: &object)
        outputPath.render("OutputPath", into: &object)
        object["Assign"] = assign?.json
        if !retry.isEmpty { object["Retry"] = .array(retry.map(\.json)) }
        if !`catch`.isEmpty { object["Catch"] = .array(`catch`.map(\.json)) }
        object["Next"] = next.map { .string($0) }
        if end { object["End"] = true }
        return .object(object)
    }
}
