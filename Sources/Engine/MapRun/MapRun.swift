import JSON
import System

/// The child executions of one distributed Map: which are to be started, and how they ended.
///
/// Decides only; the runner starts and stops executions and tells it how they end. Outputs are not
/// kept here but in the store, so that ten thousand children cost ten thousand inputs at most.
struct MapRun: Sendable {
    enum Status: String, Sendable {
        case running = "RUNNING", succeeded = "SUCCEEDED", failed = "FAILED", aborted = "ABORTED"
    }

    /// What stays the same all its life, but for the limits, which UpdateMapRun changes.
    struct Identity: Sendable {
        /// The store's row.
        let row: Int
        let arn: String
        /// Of the parent execution.
        let executionRow: Int
        let executionARN: String
        let flow: Int
        let label: String
        let body: Int
        let isExpress: Bool
        let count: Int
        var maxConcurrency: Int
        var toleratedFailureCount: Int
        var toleratedFailurePercentage: Double
        let writer: (bucket: String, prefix: String)?
    }

    /// What the runner is to do.
    enum Action: Sendable {
        case start(index: Int, input: JSON)
        /// Goes on with the child of that row.
        case redrive(row: Int)
        case stop(row: Int)
        /// Everything has ended: gather the results.
        case collect
    }

    /// How many children are in which state.
    struct Counts: Sendable, Hashable {
        var running = 0, succeeded = 0, failed = 0, timedOut = 0, aborted = 0
    }

    private(set) var identity: Identity
    let startedAt: Timestamp
    /// The engine's own limit, whatever the definition says.
    var concurrencyLimit = Limits.childConcurrency
    var stoppedAt: Timestamp?
    var status = Status.running
    var redriveCount = 0
    var redrivenAt: Timestamp?
    var counts = Counts()
    /// More failed than is tolerated; what still runs is being stopped.
    var isExceeded = false
    /// By index; null once started.
    var inputs: [JSON]
    /// Index of the next item that has not been started.
    var next = 0
    /// Children to be redriven, by row, last first.
    var redrives: [Int] = []
    var runningRows: Set<Int> = []
    private var isCollecting = false

    init(identity: Identity, startedAt: Timestamp, inputs: [JSON]) {
        self.identity = identity
        self.startedAt = startedAt
        self.inputs = inputs
    }

    /// Children that have not been started, or not been redriven yet.
    var pending: Int { identity.count - next + redrives.count }

    private var concurrency: Int {
        identity.maxConcurrency == 0
            ? concurrencyLimit : min(identity.maxConcurrency, concurrencyLimit)
    }

    /// As many children as may run now, or the end when none is left.
    mutating func advance() -> [Action] {
        guard status == .running else { return [] }
        var actions: [Action] = []
        while !isExceeded, counts.running < concurrency {
            if let row = redrives.popLast() {
                counts.running += 1
                runningRows.insert(row)
                actions.append(.redrive(row: row))
            } else if next < identity.count {
                counts.running += 1
                actions.append(.start(index: next, input: inputs[next]))
                inputs[next] = .null
                next += 1
            } else {
                break
            }
        }
        if counts.running == 0, pending == 0 || isExceeded, !isCollecting {
            isCollecting = true
            actions.append(.collect)
        }
        return actions
    }

    mutating func childStarted(row: Int) { runningRows.insert(row) }

    /// A start or redrive was asked for, but by now the run is being ended: it does not happen.
    mutating func startCancelled() -> [Action] {
        counts.running -= 1
        return advance()
    }

    /// The run goes on after a restart of the engine.
    mutating func restored() -> [Action] {
        if isExceeded { return runningRows.sorted().map { .stop(row: $0) } + advance() }
        return advance()
    }

    /// A child has ended.
    mutating func childEnded(row: Int, _ childStatus: ExecutionState.Status) -> [Action] {
        guard runningRows.remove(row) != nil else { return [] }
        counts.running -= 1
        switch childStatus {
        case .succeeded: counts.succeeded += 1
        case .timedOut: counts.timedOut += 1
        case .aborted: counts.aborted += 1
        case .failed, .running: counts.failed += 1
        }
        return goOn()
    }

    /// Other limits from now on; nil keeps one.
    mutating func update(
        maxConcurrency: Int?, toleratedFailureCount: Int?, toleratedFailurePercentage: Double?
    ) -> [Action] {
        if let maxConcurrency { identity.maxConcurrency = maxConcurrency }
        if let toleratedFailureCount { identity.toleratedFailureCount = toleratedFailureCount }
        if let toleratedFailurePercentage {
            identity.toleratedFailurePercentage = toleratedFailurePercentage
        }
        return goOn()
    }

    private mutating func goOn() -> [Action] {
        guard status == .running else { return [] }
        if !isExceeded, exceeds {
            isExceeded = true
            return runningRows.sorted().map { .stop(row: $0) } + advance()
        }
        return advance()
    }

    private var exceeds: Bool {
        let failures = counts.failed + counts.timedOut + (isExceeded ? 0 : counts.aborted)
        guard failures > 0 else { return false }
        let tolerance = identity.toleratedFailurePercentage / 100 * Double(identity.count)
        if identity.toleratedFailureCount == 0 { return Double(failures) > tolerance }
        if identity.toleratedFailurePercentage == 0 {
            return failures > identity.toleratedFailureCount
        }
        return failures > identity.toleratedFailureCount || Double(failures) > tolerance
    }

    /// The parent no longer waits for it.
    mutating func abort(at now: Timestamp) -> [Action] {
        guard status == .running else { return [] }
        status = .aborted
        stoppedAt = now
        return runningRows.sorted().map { .stop(row: $0) }
    }

    /// The results have been gathered.
    mutating func finish(succeeded: Bool, at now: Timestamp) {
        status = succeeded ? .succeeded : .failed
        stoppedAt = now
        isCollecting = false
    }

    /// Runs the children in `rows` again, and those never started; the others stay.
    mutating func redrive(_ rows: [Int], at now: Timestamp) -> [Action] {
        guard status != .running else { return [] }
        status = .running
        stoppedAt = nil
        isExceeded = false
        isCollecting = false
        redriveCount += 1
        redrivenAt = now
        counts = Counts(succeeded: counts.succeeded)
        redrives = rows.reversed()
        return advance()
    }
}

extension MapRun {
    private var resultsWritten: Int {
        guard identity.writer != nil, status == .succeeded || status == .failed else { return 0 }
        return counts.succeeded + counts.failed + counts.timedOut + counts.aborted
    }

    /// `itemCounts` and `executionCounts` of DescribeMapRun.
    var countsJSON: JSON {
        [
            "pending": JSON(pending), "running": JSON(counts.running),
            "succeeded": JSON(counts.succeeded), "failed": JSON(counts.failed),
            "timedOut": JSON(counts.timedOut), "aborted": JSON(counts.aborted),
            "total": JSON(identity.count), "resultsWritten": JSON(resultsWritten),
            "failuresNotRedrivable": 0, "pendingRedrive": 0,
        ]
    }
}
