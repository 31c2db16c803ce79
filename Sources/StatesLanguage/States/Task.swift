import JSON

/// A state that has work done elsewhere: <https://states-language.net/#task-state>.
public struct Task: Sendable, Hashable {
    /// What is called.
    public var resource: Resource
    /// What the resource is given, instead of the effective input.
    public var parameters: PayloadTemplate?
    /// Default 99,999,999 (the longest there is).
    public var timeoutSeconds: Setting<Int>?
    /// The longest pause between heartbeats; below `timeoutSeconds`.
    public var heartbeatSeconds: Setting<Int>?
    /// `{"RoleArn": …}` or `{"RoleArn.$": …}`.
    public var credentials: PayloadTemplate?
    /// Shapes the result before ResultPath puts it in.
    public var resultSelector: PayloadTemplate?
    /// Tried in order; the first that matches an error counts.
    public var retry: [Retrier]
    /// Tried in order when no retry is left.
    public var `catch`: [Catcher]

    /// What is left out is left out of the definition, too.
    public init(
        resource: Resource, parameters: PayloadTemplate? = nil, timeoutSeconds: Setting<Int>? = nil,
        heartbeatSeconds: Setting<Int>? = nil, credentials: PayloadTemplate? = nil,
        resultSelector: PayloadTemplate? = nil, retry: [Retrier] = [], catch: [Catcher] = []
    ) {
        self.resource = resource
        self.parameters = parameters
        self.timeoutSeconds = timeoutSeconds
        self.heartbeatSeconds = heartbeatSeconds
        self.credentials = credentials
        self.resultSelector = resultSelector
        self.retry = retry
        self.catch = `catch`
    }
}

extension Task {
    init(_ fields: inout FieldReader) {
        resource = Resource(rawValue: fields.requiredString("Resource"))
        parameters = fields.template("Parameters")
        timeoutSeconds = fields.setting("TimeoutSeconds") {
            $0.int("TimeoutSeconds", from: 1, to: Quota.timeoutSeconds)
        }
        heartbeatSeconds = fields.setting("HeartbeatSeconds") {
            $0.int("HeartbeatSeconds", from: 1, to: Quota.timeoutSeconds)
        }
        credentials = fields.template("Credentials")
        resultSelector = fields.template("ResultSelector")
        retry = fields.list("Retry", Retrier.init)
        `catch` = fields.list("Catch", Catcher.init)
    }

    func render(into object: inout JSONObject) {
        object["Resource"] = .string(resource.rawValue)
        object["Parameters"] = parameters?.json
        object["Credentials"] = credentials?.json
        timeoutSeconds?.render("TimeoutSeconds", into: &object) { JSON($0) }
        heartbeatSeconds?.render("HeartbeatSeconds", into: &object) { JSON($0) }
    }
}
