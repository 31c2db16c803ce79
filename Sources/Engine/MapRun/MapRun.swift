import JSON
import System

/// The child executions of one distributed Map: which are to be started, and how they ended.
///
/// Decides only; the runner starts and stops executions and tells it how they end. Inputs and outputs
/// are not kept here but in the store, so that only the children that run need memory.
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
        /// Children.
        let count: Int
        /// Items in all of them together; more than ``count`` with an ItemBatcher.
        let itemCount: Int
        var maxConcurrency: Int
        var toleratedFailureCount: Int
        var toleratedFailurePercentage: Double
        let results: ResultPlan
    }

    /// What the runner is to do.
    enum Action: Sendable {
        case start(index: Int)
        /// Goes on with the child of that row.
        case redrive(row: Int)
        case stop(row: Int)
        /// Everything has ended: gather the results.
        case collect
    }

    /// How many children, or items in them, are in which state.
    struct Counts: Sendable, Hashable {
        var running = 0, succeeded = 0, failed = 0, timedOut = 0, aborted = 0

        mutating func add(_ count: Int, to status: ExecutionState.Status) {
            switch status {
            case .running: running += count
            case .succeeded: succeeded += count
            case .failed: failed += count
            case .timedOut: timedOut += count
            case .aborted: aborted += count
            }
        }
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
    var itemCounts = Counts()
    /// More failed than is tolerated; what still runs is being stopped.
    var isExceeded = false
    /// Index of the next item that has not been started.
    var next = 0
    /// Children to be redriven, by row, last first.
    var redrives: [Int] = []
    /// The children that run, by row, and how many items each has.
    var running: [Int: Int] = [:]
    private var isCollecting = false

    init(identity: Identity, startedAt: Timestamp) {
        self.identity = identity
        self.startedAt = startedAt
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
                actions.append(.redrive(row: row))
            } else if next < identity.count {
                counts.running += 1
                actions.append(.start(index: next))
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

    /// A child that was asked for runs now.
    mutating func childStarted(row: Int, items: Int) {
        running[row] = items
        itemCounts.running += items
    }

    /// A start or redrive was asked for, but by now the run is being ended: it does not happen.
    mutating func startCancelled() -> [Action] {
        counts.running -= 1
        return advance()
    }

    /// The run goes on after a restart of the engine.
    mutating func restored() -> [Action] {
        if isExceeded { return stops + advance() }
        return advance()
    }

    private var stops: [Action] { running.keys.sorted().map { .stop(row: $0) } }

    /// A child has ended.
    mutating func childEnded(row: Int, _ childStatus: ExecutionState.Status) -> [Action] {
        guard let items = running.removeValue(forKey: row) else { return [] }
        counts.running -= 1
        itemCounts.running -= items
        counts.add(1, to: childStatus)
        itemCounts.add(items, to: childStatus)
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
            return stops + advance()
        }
        return advance()
    }

    /// A failed batch is as many failures as it has items.
    private var exceeds: Bool {
        let failures =
            itemCounts.failed + itemCounts.timedOut + (isExceeded ? 0 : itemCounts.aborted)
        guard failures > 0 else { return false }
        let tolerance = identity.toleratedFailurePercentage / 100 * Double(identity.itemCount)
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
        // Those that were only asked for will not be.
        counts.running = running.count
        return stops
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
        itemCounts = Counts(succeeded: itemCounts.succeeded)
        redrives = rows.reversed()
        return advance()
    }
}

extension MapRun {
    /// `executionCounts` of DescribeMapRun.
    var executionCountsJSON: JSON { json(counts, of: identity.count) }

    /// `itemCounts` of DescribeMapRun.
    var itemCountsJSON: JSON { json(itemCounts, of: identity.itemCount) }

    private func json(_ counts: Counts, of total: Int) -> JSON {
        let ended = counts.succeeded + counts.failed + counts.timedOut + counts.aborted
        let isWritten =
            identity.results.destination != nil && (status == .succeeded || status == .failed)
        return [
            "pending": JSON(total - ended - counts.running), "running": JSON(counts.running),
            "succeeded": JSON(counts.succeeded), "failed": JSON(counts.failed),
            "timedOut": JSON(counts.timedOut), "aborted": JSON(counts.aborted),
            "total": JSON(total), "resultsWritten": JSON(isWritten ? ended : 0),
            "failuresNotRedrivable": 0, "pendingRedrive": 0,
        ]
    }
}
