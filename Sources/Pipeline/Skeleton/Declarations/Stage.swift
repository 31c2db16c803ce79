/// Work after all files of a set are sealed: a Map over tasks.
public struct Stage: Sendable, Hashable {
    /// The functions that stages may use.
    public enum Function: String, Sendable, Hashable { case aggregate, emit }

    /// Names its manifest and reports.
    public var name: String
    /// Which executable works on its tasks.
    public var function: Function
    /// Of the Map.
    public var stateName: String
    /// What people are told while it goes on.
    public var doing: String
    /// What people are told when it is done, behind the number of ``counted``: `messages sent`.
    public var done: String
    /// The member of its tasks' reports that counts what they have done; nil when none does.
    public var counted: String?
    /// What is counted, in the plural: `messages`.
    public var countedNoun: String

    public init(
        _ name: String, _ function: Function, stateName: String, doing: String, done: String,
        counted: String? = nil, countedNoun: String = ""
    ) {
        self.name = name
        self.function = function
        self.stateName = stateName
        self.doing = doing
        self.done = done
        self.counted = counted
        self.countedNoun = countedNoun
    }
}

/// What people are told of a finished run.
public struct OutcomeWords: Sendable, Hashable {
    /// One sentence; `{member:noun}` is a member of the summary with its noun, in the plural unless
    /// it is 1.
    public var headline: String
    /// What is worth telling only when it is not 0: a member of the summary, its noun, what follows.
    public var oddities: [Oddity]

    public struct Oddity: Sendable, Hashable {
        public var member: String
        public var noun: String
        public var suffix: String

        public init(_ member: String, _ noun: String, _ suffix: String = "") {
            self.member = member
            self.noun = noun
            self.suffix = suffix
        }
    }

    public init(headline: String, oddities: [Oddity]) {
        self.headline = headline
        self.oddities = oddities
    }
}

/// What the stages of a run have used of AWS, as far as the skeleton cannot know it.
public struct StageUsage: Sendable, Hashable {
    public var putRequests = 0
    public var getRequests = 0
    public var queueRequests = 0
    /// Write request units of DynamoDB: one for each KiB of an item, begun ones counted.
    public var tableWrites = 0

    public init(
        putRequests: Int = 0, getRequests: Int = 0, queueRequests: Int = 0, tableWrites: Int = 0
    ) {
        self.putRequests = putRequests
        self.getRequests = getRequests
        self.queueRequests = queueRequests
        self.tableWrites = tableWrites
    }
}
