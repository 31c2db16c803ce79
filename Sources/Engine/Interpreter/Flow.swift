import JSON
import System

/// One line of control: an execution's root, a branch of a Parallel, an iteration of an inline Map.
struct Flow: Sendable {
    enum Status: String, Sendable { case running, succeeded, failed, aborted }

    let id: Int
    /// Nil for the root.
    let parent: Int?
    /// Which branch or iteration of the parent's state, 0-based.
    let index: Int
    /// ``Program/Body/id``
    let body: Int
    var variables: JSONObject
    /// The sizes as JSON of those of the variables that were set here, not around it.
    var variableBytes: [String: Int] = [:]
    /// `$$.Map.Item` here.
    var mapItem: JSON?
    /// What it is to enter its first state with, until it has.
    var startInput: JSON?
    /// What the next event names as its `previousEventId`.
    var lastEventID: Int
    var status = Status.running
    /// The result, once it has succeeded.
    var output: JSON?
    /// The state it is in, or failed or was aborted in.
    var visit: Visit?
}

/// One stay in a state, retries included.
struct Visit: Sendable {
    let state: String
    /// The raw input.
    let input: JSON
    let enteredEventID: Int
    let enteredAt: Timestamp
    /// Retries done, by retrier.
    var retries: [Int] = []
    /// All retries done; `$$.State.RetryCount`.
    var retryCount = 0
    var phase = Phase.working
    /// Set when the state has failed for good.
    var failure: Failure?
}

/// What a state waits for.
enum Phase: Sendable {
    /// For nothing: it is being worked on in this very step.
    case working
    case task(TaskInFlight)
    /// A Wait state.
    case waiting(until: Timestamp)
    /// The pause before a retry.
    case backoff(until: Timestamp)
    /// The branches of a Parallel.
    case branches
    /// The iterations of an inline Map.
    case iterations(Iterations)
    /// A distributed Map's items are being read.
    case readingItems(ticket: Int)
    /// A distributed Map's child executions.
    case mapRun(arn: String, redriveCount: Int)
}

/// A task that has been scheduled.
struct TaskInFlight: Sendable {
    /// The id of the event that scheduled it: tells it from earlier tries.
    let ticket: Int
    /// For SendTaskSuccess and its sisters; nil unless the state waits for them.
    let token: String?
    /// Whether the worker has answered and only the callback is missing.
    var isSubmitted = false
    /// The ARN of the execution whose end is waited for, once it is submitted.
    var job: String?
    /// Whether it did not begin before the engine stopped: it does when the engine starts again.
    var isUnbegun = false
    let timesOutAt: Timestamp?
    let heartbeatSeconds: Double?
    var heartbeatDueAt: Timestamp?
}

/// How far an inline Map is. Follows from the state's input and the iterations' flows, so that it
/// is computed again, not stored.
struct Iterations: Sendable {
    let items: MapItems
    /// The effective input, `$` of ItemSelector.
    let effectiveInput: JSON
    let concurrency: Int
    /// Index of the next to start.
    var next = 0
    var running = 0
}
