import JSON
import StatesLanguage
import System

/// The engine's thread: takes what has come in, lets the executions decide, writes that down in one
/// transaction, and only then acts on it.
///
/// All members but ``mailbox`` belong to that thread.
final class Runner: @unchecked Sendable {
    enum Message: Sendable {
        /// An operation of the API; what it returns is answered after the commit.
        case call(Reply, @Sendable (Runner) throws -> JSON)
        case invocationEnded(LambdaInvocation.ID, LambdaResult)
        case serviceAnswered(TaskKey, Result<JSON, ServiceError>)
        case itemsRead(execution: Int, flow: Int, ticket: Int, Result<MapItems, Failure>)
        case resultsCollected(mapRun: Int, Result<JSON, Failure>)
        /// The event of an execution's end needs to be kept no longer.
        case statusChangeTaken(id: String)
        /// The clock was moved by hand.
        case clockMoved
        case shutdown
    }

    /// Which try of which task an invocation is.
    struct TaskKey: Hashable, Sendable {
        let execution: Int
        let flow: Int
        let ticket: Int
    }

    /// Executions started in one transaction at most, so that others get their turn.
    static let startsPerBatch = 256

    let configuration: EngineConfiguration
    let mailbox = Mailbox<Message>()
    let store: Store
    let objects: CallWorker
    let services: CallWorker
    let observer: EventObserver

    var executions: [Int: ExecutionState] = [:]
    var mapRuns: [Int: MapRun] = [:]
    var programs: [Int: Program] = [:]
    var timers = TimerQueue()
    /// Who waits for a task token, by token; and the tokens of an execution.
    var tokens: [String: TaskKey] = [:]
    var tokensOfExecution: [Int: [String]] = [:]
    var invocations: [LambdaInvocation.ID: TaskKey] = [:]
    var invocationIDs: [TaskKey: LambdaInvocation.ID] = [:]
    var nextInvocationID: LambdaInvocation.ID = 1
    var isResumed = false
    /// Nothing outside of the engine is begun any more.
    private(set) var isStopping = false
    /// For tests of what a kill leaves: the thread ends at the next look, uncommitted work is lost.
    let isCrashed = Monitor(false)
    /// For tests with a clock moved by hand: called when only that time can bring anything new.
    let whenIdle = IdleObserver()
    /// Jobs given to ``objects`` and ``services`` that have not been answered.
    var workerJobs = 0
    /// Tasks that wait for an execution's end, by its row.
    var waitingTasks: [Int: [TaskKey]] = [:]
    /// Callers of StartSyncExecution, by the execution's row.
    var syncReplies: [Int: (reply: Reply, isWhole: Bool)] = [:]
    /// Set when the store can no longer be written; every call then fails with it.
    private var broken: EngineError?

    // What the current transaction has led to.
    var stimuli: [(execution: Int, Stimulus)] = []
    var starts: [Start] = []
    var startsAt = 0
    var changedMapRuns: Set<Int> = []
    var effects: [() -> Void] = []
    var observed: [(String, HistoryEvent)] = []
    var isObserved = false
    var hasOutbox = false
    /// Rows of the outbox that were given out and wait to be acknowledged, by their events' ids.
    var unacknowledged: [String: Int] = [:]

    init(
        _ configuration: EngineConfiguration,
        observer: EventObserver
    ) throws(EngineError) {
        self.configuration = configuration
        self.observer = observer
        store = try Store(configuration.storePath)
        objects = CallWorker()
        services = CallWorker()
    }

    var now: Timestamp { configuration.clock.now() }

    /// The thread's body; ends with ``Message/shutdown``.
    func run() {
        while true {
            guard let messages = mailbox.takeAll(untilNanoseconds: waitsUntil()) else { break }
            if isCrashed.withLock({ $0 }) { break }
            guard let replies = transact(messages) else { break }
            for (reply, result) in replies { reply.fulfil(result) }
            if messages.contains(where: { if case .shutdown = $0 { true } else { false } }) {
                break
            }
        }
        stop()
    }

    /// What the workers have begun comes to its end and is written down; what would follow outside of
    /// the engine is held until the next start.
    private func stop() {
        objects.close()
        services.close()
        isStopping = true
        if !isCrashed.withLock({ $0 }), let last = mailbox.takeAll(untilNanoseconds: 0) {
            for (reply, result) in transact(last) ?? [] { reply.fulfil(result) }
        }
        for id in invocations.keys { configuration.invoker.cancel(id) }
        abandonSyncReplies()
    }

    /// How long to wait for messages, on the monotonic clock; nil is for ever.
    private func waitsUntil() -> Int? {
        if startsAt < starts.count { return 0 }
        guard let next = timers.next else { return nil }
        if invocations.isEmpty, workerJobs == 0 { whenIdle.tell(next) }
        // A clock moved by hand tells when it moves; for all others the wait is bounded anyway.
        let nanoseconds = min(max(next.nanoseconds - now.nanoseconds, 0), 60_000_000_000)
        return monotonicNanoseconds() + nanoseconds
    }

    /// One batch: all in one transaction, then the effects.
    private func transact(_ messages: [Message]) -> [(Reply, Result<JSON, any Error>)]? {
        var replies: [(Reply, Result<JSON, any Error>)] = []
        isObserved = observer.isSet
        do {
            if let broken { throw broken }
            try store.begin()
            for message in messages {
                if case .call(let reply, let body) = message {
                    let result = Result { try body(self) }
                    if case .failure(let error as EngineError) = result { throw error }
                    replies.append((reply, result))
                } else {
                    try take(message)
                }
                try drain()
            }
            fireTimers()
            try drain()
            try startChildren()
            for row in changedMapRuns {
                if let run = mapRuns[row] { try store.update(run) }
            }
            if isCrashed.withLock({ $0 }) {
                store.rollback()
                return nil
            }
            try store.commit()
        } catch {
            breakDown(error)
            return messages.compactMap {
                if case .call(let reply, _) = $0 { (reply, .failure(error)) } else { nil }
            }
        }
        if isCrashed.withLock({ $0 }) { return nil }
        forgetEndedMapRuns()
        let due = effects
        effects = []
        for effect in due { effect() }
        notify()
        return replies
    }

    /// The store failed: nothing may be acted on that is not written down.
    private func breakDown(_ error: any Error) {
        if broken == nil {
            let failure = error as? EngineError ?? EngineError(.store, "\(error)")
            broken = failure
            store.rollback()
            configuration.onStoreFailure(failure)
        }
        effects = []
        stimuli = []
        starts = []
        observed = []
        abandonSyncReplies()
    }

    private func take(_ message: Message) throws {
        switch message {
        case .call, .clockMoved, .shutdown: break
        case .statusChangeTaken(let id):
            guard let row = unacknowledged.removeValue(forKey: id) else { return }
            try store.removeFromOutbox(row)
        case .invocationEnded(let id, let result):
            guard let key = invocations.removeValue(forKey: id) else { return }
            invocationIDs[key] = nil
            stimuli.append(
                (key.execution, .invocationEnded(flow: key.flow, ticket: key.ticket, result)))
        case .serviceAnswered(let key, let result):
            workerJobs -= 1
            stimuli.append(
                (
                    key.execution, .serviceAnswered(flow: key.flow, ticket: key.ticket, result)
                ))
        case .itemsRead(let execution, let flow, let ticket, let result):
            workerJobs -= 1
            stimuli.append((execution, .itemsRead(flow: flow, ticket: ticket, result)))
        case .resultsCollected(let row, let result):
            workerJobs -= 1
            resultsCollected(row, result)
        }
    }

    private func fireTimers() {
        let now = now
        while let entry = timers.popDue(at: now) {
            stimuli.append((entry.execution, .wake(flow: entry.flow)))
        }
    }

    /// Gives the executions what has happened until nothing more follows within the engine.
    func drain() throws {
        var at = 0
        while at < stimuli.count {
            let (execution, stimulus) = stimuli[at]
            at += 1
            try step(execution, stimulus)
        }
        stimuli.removeAll(keepingCapacity: true)
    }

    /// Lets one execution take one stimulus.
    func step(_ row: Int, _ stimulus: Stimulus) throws {
        guard executions[row] != nil else { return }
        let step = executions[row]!.run(stimulus, in: Surroundings(now: now))
        guard let state = executions[row] else { return }
        try store.write(step, of: state)
        if isObserved { observed += step.events.map { (state.identity.arn, $0) } }
        for effect in step.effects { try act(on: effect, of: state) }
        if state.status != .running { try ended(state) }
    }
}
