import JSON

/// What to try again after an error, and when: <https://states-language.net/#errors>.
public struct Retrier: Sendable, Hashable {
    /// Whether waits are shortened at random.
    public enum JitterStrategy: String, Sendable, Hashable { case full = "FULL", none = "NONE" }

    /// Error names; `States.ALL` must stand alone, in the last retrier.
    public var errorEquals: [String]
    /// The wait before the first retry; at least 1. Default 1.
    public var intervalSeconds: Int
    /// How many retries; 0 is never. Default 3.
    public var maxAttempts: Int
    /// What the wait is multiplied with after each retry; at least 1. Default 2.
    public var backoffRate: Double
    /// What a wait does not grow beyond; above ``intervalSeconds``, below a year. Default none.
    public var maxDelaySeconds: Int?
    /// Default none.
    public var jitterStrategy: JitterStrategy
    /// For people; has no effect.
    public var comment: String?

    /// What is left out has the language's default.
    public init(
        errorEquals: [String], intervalSeconds: Int = 1, maxAttempts: Int = 3,
        backoffRate: Double = 2, maxDelaySeconds: Int? = nil,
        jitterStrategy: JitterStrategy = .none,
        comment: String? = nil
    ) {
        self.errorEquals = errorEquals
        self.intervalSeconds = intervalSeconds
        self.maxAttempts = maxAttempts
        self.backoffRate = backoffRate
        self.maxDelaySeconds = maxDelaySeconds
        self.jitterStrategy = jitterStrategy
        self.comment = comment
    }
}

extension Retrier {
    init(_ json: JSON, at path: String, _ problems: ProblemList) {
        var fields = FieldReader(json, at: path, problems)
        if !fields.has("ErrorEquals") { fields.note("ErrorEquals", "is missing") }
        errorEquals = fields.strings("ErrorEquals")
        intervalSeconds = fields.int("IntervalSeconds", from: 1, to: Quota.timeoutSeconds) ?? 1
        maxAttempts = fields.int("MaxAttempts", from: 0, to: Quota.maxAttempts) ?? 3
        backoffRate = fields.double("BackoffRate", from: 1, to: .infinity) ?? 2
        maxDelaySeconds = fields.int("MaxDelaySeconds", from: 1, to: Quota.maxDelaySeconds)
        jitterStrategy =
            fields.take("JitterStrategy", "FULL or NONE") {
                $0.string.flatMap { JitterStrategy(rawValue: $0) }
            } ?? .none
        comment = fields.string("Comment")
        fields.finish()
    }

    /// All numbers are written out, so that nobody has to know the defaults.
    var json: JSON {
        var object = JSONObject()
        object["Comment"] = comment.map { .string($0) }
        object["ErrorEquals"] = .array(errorEquals.map { .string($0) })
        object["IntervalSeconds"] = JSON(intervalSeconds)
        object["MaxAttempts"] = JSON(maxAttempts)
        object["BackoffRate"] = JSONNumber(backoffRate).map { .number($0) }
        object["MaxDelaySeconds"] = maxDelaySeconds.map { JSON($0) }
        if jitterStrategy != .none { object["JitterStrategy"] = .string(jitterStrategy.rawValue) }
        return .object(object)
    }
}
