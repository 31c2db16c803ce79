import JSON

/// What a ``Map`` does with each item, and whether in this execution or in child executions.
public struct ItemProcessor: Sendable, Hashable {
    /// Where iterations run.
    public enum Mode: String, Sendable, Hashable {
        case inline = "INLINE", distributed = "DISTRIBUTED"
    }
    /// The type of a distributed Map's child executions.
    public enum ExecutionType: String, Sendable, Hashable {
        case standard = "STANDARD", express = "EXPRESS"
    }

    /// Where iterations run.
    public var mode: Mode
    /// Given exactly when ``mode`` is distributed.
    public var executionType: ExecutionType?
    /// The states, run once for each item or batch.
    public var body: StateMachine

    /// Inline; for a distributed Map give `executionType`.
    public init(
        executionType: ExecutionType? = nil, comment: String? = nil, startAt: String? = nil,
        states: [State]
    ) {
        mode = executionType == nil ? .inline : .distributed
        self.executionType = executionType
        body = StateMachine(comment: comment, startAt: startAt, states: states)
    }
}

extension ItemProcessor {
    init(_ json: JSON, at path: String, _ problems: ProblemList) {
        var fields = FieldReader(json, at: path, problems)
        body = StateMachine(body: &fields)
        mode = .inline
        executionType = nil
        if let config = fields.json("ProcessorConfig") {
            var fields = FieldReader(config, at: fields.place("ProcessorConfig"), problems)
            mode =
                fields.take("Mode", "INLINE or DISTRIBUTED") {
                    $0.string.flatMap { Mode(rawValue: $0) }
                } ?? .inline
            executionType = fields.take("ExecutionType", "STANDARD or EXPRESS") {
                $0.string.flatMap { ExecutionType(rawValue: $0) }
            }
            if mode == .distributed, !fields.has("ExecutionType") {
                fields.note("ExecutionType", "is missing")
            }
            fields.finish()
        }
        fields.finish()
    }

    var json: JSON {
        var config: JSONObject = ["Mode": .string(mode.rawValue)]
        config["ExecutionType"] = executionType.map { .string($0.rawValue) }
        var object: JSONObject = ["ProcessorConfig": .object(config)]
        for (name, value) in body.jsonObject { object[name] = value }
        return .object(object)
    }
}
