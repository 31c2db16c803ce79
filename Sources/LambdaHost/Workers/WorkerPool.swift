import System

/// Names a process of a function: `parse-chunk-3`.
struct WorkerID: Sendable, Hashable, CustomStringConvertible {
    var function: String
    /// From 1 on, in the order of their start.
    var number: Int

    var description: String { "\(function)-\(number)" }
}

/// Decides for one function which process takes which call, when processes start and when they end.
///
/// It only decides: what is to be done comes back as actions. Times are nanoseconds of the monotonic
/// clock. A call is named by its request id. Calls wait in their order; a process has one at a time.
struct WorkerPool {
    enum Action: Hashable {
        case start(WorkerID)
        case deliver(call: String, to: WorkerID)
        /// Tell the process, which waits for a call, that there will be none.
        case dismiss(WorkerID)
        case kill(WorkerID)
        case fail(call: String, CallFailure, worker: WorkerID?)
    }

    enum Phase: Hashable {
        /// Started, or done with a call, and expected to ask for one by then.
        case preparing(deadline: Int, isNew: Bool)
        case idle(since: Int)
        case busy(call: String, deadline: Int)
        /// Killed; the call, if it had one, fails when the process has ended.
        case ending(call: String?, CallFailure?)
        /// Dismissed; killed when it has not ended by then.
        case leaving(deadline: Int)
    }

    /// How long a process may take from its start, or from its answer, to ask for a call: AWS
    /// Lambda's limit for the init phase.
    static let preparationSeconds = 10.0
    /// How long a dismissed process may take to end.
    static let leavingSeconds = 2.0

    private let function: HostedFunction
    private var waiting: [String] = []
    private(set) var workers: [WorkerID: Phase] = [:]
    private var startedCount = 0
    private var isClosed = false

    init(_ function: HostedFunction) { self.function = function }

    /// A call has come.
    mutating func submit(_ call: String, now: Int) -> [Action] {
        if isClosed { return [.fail(call: call, .cancelled, worker: nil)] }
        waiting.append(call)
        let idle = workers.compactMap { worker, phase -> (since: Int, worker: WorkerID)? in
            if case .idle(let since) = phase { (since, worker) } else { nil }
        }
        // The one that worked last has the warmest caches; the others may grow old and end.
        if let last = idle.max(by: { $0.since < $1.since }) { return deliver(to: last.worker, now) }
        return startIfNeeded(now)
    }

    /// Whether a process that was to be started still is; if not, it is forgotten.
    mutating func isStillToStart(_ worker: WorkerID) -> Bool {
        if case .preparing = workers[worker] { return true }
        workers[worker] = nil
        return false
    }

    /// A process asks for a call.
    mutating func workerAsked(_ worker: WorkerID, now: Int) -> [Action] {
        switch workers[worker] {
        case nil: return [.dismiss(worker)]
        case .ending, .leaving: return []
        case .busy(let call, _):
            workers[worker] = .idle(since: now)
            return [.fail(call: call, .noAnswer, worker: worker)] + deliver(to: worker, now)
        case .preparing, .idle:
            if isClosed { return dismiss(worker, now) }
            workers[worker] = .idle(since: now)
            return deliver(to: worker, now)
        }
    }

    /// A process has answered.
    /// - Returns: false when that call is not its own, or no longer.
    mutating func workerAnswered(_ worker: WorkerID, call: String, now: Int) -> Bool {
        guard case .busy(call, _) = workers[worker] else { return false }
        workers[worker] = .preparing(
            deadline: now + Self.preparationSeconds.nanoseconds, isNew: false)
        return true
    }

    /// A process has ended.
    mutating func workerEnded(
        _ worker: WorkerID, _ ending: ChildProcess.Ending, now: Int
    ) -> [Action] {
        let phase = workers.removeValue(forKey: worker)
        var actions: [Action] = []
        switch phase {
        case .busy(let call, _):
            actions = [.fail(call: call, .processEnded(ending), worker: worker)]
        case .ending(let call?, let failure):
            actions = [.fail(call: call, failure ?? .processEnded(ending), worker: worker)]
        case .ending(nil, let failure?):
            actions = failFirst(failure, worker)
        case .preparing(_, isNew: true):
            actions = failFirst(.processEnded(ending), worker)
        case .preparing, .idle, .leaving, .ending, nil: break
        }
        return actions + startIfNeeded(now)
    }

    /// A process could not be started.
    mutating func workerNotStarted(
        _ worker: WorkerID, _ error: SystemError, now: Int
    ) -> [Action] {
        workers[worker] = nil
        return failFirst(.notStarted(error), worker) + startIfNeeded(now)
    }

    /// Nobody waits for the call any more.
    mutating func cancel(_ call: String) -> [Action] {
        if let index = waiting.firstIndex(of: call) {
            waiting.remove(at: index)
            return [.fail(call: call, .cancelled, worker: nil)]
        }
        return end(call, .cancelled)
    }

    /// Ends the process that has the call; the call fails with that reason, or with the process's ending.
    mutating func end(_ call: String, _ failure: CallFailure?) -> [Action] {
        for (worker, phase) in workers {
            guard case .busy(call, _) = phase else { continue }
            workers[worker] = .ending(call: call, failure)
            return [.kill(worker)]
        }
        return []
    }

    /// Processes that hold memory and are not about to end.
    var livingCount: Int {
        workers.values.count {
            switch $0 {
            case .preparing, .idle, .busy: true
            case .ending, .leaving: false
            }
        }
    }

    /// The process that has been idle for longest, and since when.
    var longestIdle: (worker: WorkerID, since: Int)? {
        workers.compactMap { worker, phase -> (worker: WorkerID, since: Int)? in
            if case .idle(let since) = phase { (worker, since) } else { nil }
        }.min { $0.since < $1.since }
    }

    /// Lets a process go to make room for another one, if it is still idle.
    mutating func retire(_ worker: WorkerID, now: Int) -> [Action] {
        if case .idle = workers[worker] { dismiss(worker, now) } else { [] }
    }

    /// What is due by now.
    mutating func tick(now: Int) -> [Action] {
        var actions: [Action] = []
        for (worker, phase) in workers {
            guard let deadline = deadline(of: phase), deadline <= now else { continue }
            switch phase {
            case .busy(let call, _):
                workers[worker] = .ending(call: call, .timedOut(seconds: function.timeoutSeconds))
                actions.append(.kill(worker))
            case .preparing(_, let isNew):
                let failure = CallFailure.timedOut(seconds: Self.preparationSeconds)
                workers[worker] = .ending(call: nil, isNew ? failure : nil)
                actions.append(.kill(worker))
            case .leaving:
                workers[worker] = .ending(call: nil, nil)
                actions.append(.kill(worker))
            case .idle: actions += dismiss(worker, now)
            case .ending: break
            }
        }
        return actions
    }

    /// When ``tick(now:)`` has something to do next; nil for never.
    var nextDeadline: Int? { workers.values.compactMap(deadline(of:)).min() }

    /// Lets nothing new in: waiting calls fail, all processes are killed.
    mutating func close() -> [Action] {
        isClosed = true
        var actions = waiting.map { Action.fail(call: $0, .cancelled, worker: nil) }
        waiting = []
        for (worker, phase) in workers {
            switch phase {
            case .busy(let call, _):
                workers[worker] = .ending(call: call, .cancelled)
                actions.append(.kill(worker))
            case .preparing, .idle:
                workers[worker] = .ending(call: nil, nil)
                actions.append(.kill(worker))
            case .ending, .leaving: break
            }
        }
        return actions
    }

    private func deadline(of phase: Phase) -> Int? {
        switch phase {
        case .preparing(let deadline, _), .busy(_, let deadline), .leaving(let deadline): deadline
        case .idle(let since): since + function.idleSeconds.nanoseconds
        case .ending: nil
        }
    }

    private mutating func deliver(to worker: WorkerID, _ now: Int) -> [Action] {
        guard !waiting.isEmpty else { return [] }
        let call = waiting.removeFirst()
        workers[worker] = .busy(call: call, deadline: now + function.timeoutSeconds.nanoseconds)
        return [.deliver(call: call, to: worker)]
    }

    private mutating func dismiss(_ worker: WorkerID, _ now: Int) -> [Action] {
        workers[worker] = .leaving(deadline: now + Self.leavingSeconds.nanoseconds)
        return [.dismiss(worker)]
    }

    private mutating func failFirst(_ failure: CallFailure, _ worker: WorkerID) -> [Action] {
        waiting.isEmpty ? [] : [.fail(call: waiting.removeFirst(), failure, worker: worker)]
    }

    /// Starts processes until as many are on their way as calls wait.
    private mutating func startIfNeeded(_ now: Int) -> [Action] {
        var actions: [Action] = []
        let preparing = workers.values.count { if case .preparing = $0 { true } else { false } }
        var missing = waiting.count - preparing
        while !isClosed, missing > 0, workers.count < function.maximumConcurrency {
            startedCount += 1
            let worker = WorkerID(function: function.name, number: startedCount)
            workers[worker] = .preparing(
                deadline: now + Self.preparationSeconds.nanoseconds, isNew: true)
            actions.append(.start(worker))
            missing -= 1
        }
        return actions
    }
}

extension Double {
    /// This many seconds.
    var nanoseconds: Int { Int(self * 1e9) }
}
