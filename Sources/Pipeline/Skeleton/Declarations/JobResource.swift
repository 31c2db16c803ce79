/// Something that a job writes to: a queue, a table or a bucket, here and on AWS.
public struct JobResource: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// A queue of messages, with one for those that its readers could not take.
        case queue
        /// A table whose items have one key attribute, a string.
        case table(key: String)
        /// Tables named when a run begins, one of which is made with the stack, with that key.
        case tables(first: String, key: String)
        /// A bucket of results.
        case bucket
    }

    /// As it is called on one machine, and on AWS after the stack's name.
    public var name: String
    /// What the template's logical ids begin with.
    public var logicalName: String
    public var kind: Kind
    /// The environment variable in which functions find it: a queue's URI, a table's name, the prefix
    /// of tables' URIs, a bucket's name.
    public var environment: String
    /// It is there only when this option is on; nil for always.
    public var condition: JobOption?
    /// What it holds, for people; a sentence without a full stop.
    public var summary: String

    public init(
        _ name: String, logicalName: String, _ kind: Kind, environment: String,
        when condition: JobOption? = nil, summary: String
    ) {
        self.name = name
        self.logicalName = logicalName
        self.kind = kind
        self.environment = environment
        self.condition = condition
        self.summary = summary
    }
}

extension Job {
    /// The queue that takes the job's messages; nil for a job that sends none.
    public static var messages: JobResource? { resources.first { $0.kind == .queue } }
}
