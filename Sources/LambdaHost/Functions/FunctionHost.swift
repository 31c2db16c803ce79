public import Engine
import JSON
import Synchronization
import System

/// Runs Lambda functions as processes of this machine, which fetch their calls over the Lambda
/// Runtime API.
///
/// Processes start on demand, up to the function's concurrency, and are kept for further calls; one
/// has one call at a time. A call that takes too long ends with its process. ``WorkerPool`` decides,
/// this acts: it starts, kills, delivers, and reports.
///
/// Not supported: Lambda extensions, response streaming, asynchronous invocation, versions and aliases.
public final class FunctionHost: LambdaInvoker {
    /// AWS Lambda's limit for the payload and for the answer of a synchronous invocation.
    public static let maximumPayloadBytes = 6 << 20

    public struct Settings: Sendable {
        public var functions: [HostedFunction]
        /// What the processes log is kept below this directory.
        public var logDirectory: String
        public var region = LocalAccount.region
        public var account = LocalAccount.id
        public var logLevel = "INFO"
        public var drills: [Drill] = []
        /// Processes of all functions together that are kept; beyond it, whenever one starts, the one
        /// that has been idle for longest ends. Busy ones are not counted out, so this bounds memory
        /// only as far as the functions' concurrency does.
        public var maximumProcesses = Int.max
        /// The log file of a call, relative to the directory, without its `.log`.
        public var logName: @Sendable (LambdaInvocation) -> String = FunctionHost.logName

        /// Told the id of every process that was started.
        public var workerStarted: @Sendable (Int32) -> Void = { _ in }

        public init(functions: [HostedFunction], logDirectory: String) {
            self.functions = functions
            self.logDirectory = logDirectory
        }
    }

    struct State {
        var pools: [String: WorkerPool]
        var calls: [String: Call] = [:]
        var requestIDs: [LambdaInvocation.ID: String] = [:]
        var workers: [WorkerID: Worker] = [:]
        var drills: [Drill]
        /// When the keeper looks again by itself.
        var nextLook = Int.max
    }

    let settings: Settings
    let state: Monitor<State>
    let keeper = Mailbox<WorkerID?>()
    let livingWorkers = Monitor(0)
    let port = Atomic<Int>(0)
    private let keeperThread = Monitor<Thread?>(nil)

    public init(_ settings: Settings) {
        self.settings = settings
        let pools = settings.functions.map { ($0.name, WorkerPool($0)) }
        state = Monitor(
            State(
                pools: Dictionary(pools) { $1 }, drills: settings.drills))
    }

    /// Begins to work; the Runtime API is served on that port of 127.0.0.1.
    public func start(port: UInt16) {
        self.port.store(Int(port), ordering: .releasing)
        keeperThread.withLock { $0 = $0 ?? Thread { [self] in keep() } }
    }

    /// The drills that no call has matched so far.
    public var idleDrills: [Drill] { state.withLock { $0.drills.filter { !$0.hasMatched } } }

    /// Ends all processes and waits for their end; calls that are under way fail.
    public func shutdown() {
        for name in settings.functions.map(\.name) {
            act(name) { pool, _ in pool.close() }
        }
        _ = livingWorkers.wait { $0 == 0 ? true : nil }
        keeper.close()
        keeperThread.withLock { thread in
            thread?.join()
            thread = nil
        }
    }

    public func invoke(
        _ invocation: LambdaInvocation, completion: @escaping @Sendable (LambdaResult) -> Void
    ) {
        let name = functionName(invocation.functionName)
        var payload: [UInt8] = []
        invocation.payload.write(to: &payload)
        guard payload.count <= Self.maximumPayloadBytes else {
            return completion(.payloadTooLarge(payload.count))
        }
        let requestID = randomUUID()
        let isKnown = state.withLock { state in
            guard state.pools[name] != nil else { return false }
            state.calls[requestID] = Call(
                requestID: requestID, invocation: invocation, payload: payload,
                drill: state.takeDrill(name, invocation.payload), complete: completion)
            state.requestIDs[invocation.id] = requestID
            return true
        }
        guard isKnown else { return completion(.functionNotFound(functionARN(name))) }
        act(name) { pool, now in pool.submit(requestID, now: now) }
    }

    public func cancel(_ id: LambdaInvocation.ID) {
        let found = state.withLock { state in
            state.requestIDs[id].flatMap { state.calls[$0] }
        }
        guard let found else { return }
        act(functionName(found.invocation.functionName)) { pool, _ in
            pool.cancel(found.requestID)
        }
    }

    func functionARN(_ name: String) -> String {
        "arn:aws:lambda:\(settings.region):\(settings.account):function:\(name)"
    }

    /// Functions may be named by name, ARN or partial ARN, with or without a qualifier.
    private func functionName(_ text: String) -> String {
        let fields = text.split(separator: ":").map(String.init)
        if let at = fields.firstIndex(of: "function"), at + 1 < fields.count {
            return fields[at + 1]
        }
        return fields.first ?? text
    }

    // MARK: Acting

    private enum Effect {
        case deliver(Call, Worker)
        case dismiss(Worker)
        case kill(Worker)
        case complete(Call, LambdaResult)
    }

    /// Lets the function's pool decide and does what it decided.
    func act(_ name: String, _ decide: (inout WorkerPool, Int) -> [WorkerPool.Action]) {
        let now = monotonicNanoseconds()
        var toStart: [WorkerID?] = []
        let effects = state.withLock { state -> [Effect] in
            guard state.pools[name] != nil else { return [] }
            let actions = decide(&state.pools[name]!, now)
            let effects = actions.compactMap { action -> Effect? in
                switch action {
                case .start(let worker):
                    toStart.append(worker)
                    return nil
                case .deliver(let call, let worker):
                    guard let call = state.calls[call], let worker = state.workers[worker] else {
                        return nil
                    }
                    return .deliver(call, worker)
                case .dismiss(let worker): return state.workers[worker].map(Effect.dismiss)
                case .kill(let worker): return state.workers[worker].map(Effect.kill)
                case .fail(let call, let failure, let worker):
                    let reported = worker.flatMap { state.workers[$0]?.initError }
                    return state.finish(call).map {
                        .complete(
                            $0,
                            reported.map(LambdaResult.functionError)
                                ?? failure.result(requestID: $0.requestID))
                    }
                }
            }
            if let next = state.pools[name]?.nextDeadline, next < state.nextLook {
                state.nextLook = next
                toStart.append(nil)
            }
            return effects
        }
        for worker in toStart { keeper.put(worker) }
        for effect in effects { perform(effect) }
    }

    private func perform(_ effect: Effect) {
        switch effect {
        case .deliver(let call, let worker):
            switch call.drill {
            case nil: worker.calls.put(call)
            case .kill: act(worker.id.function) { pool, _ in pool.end(call.requestID, nil) }
            case .timeout:
                let failure = CallFailure.timedOut(seconds: worker.function.timeoutSeconds)
                act(worker.id.function) { pool, _ in pool.end(call.requestID, failure) }
            case .error:
                act(worker.id.function) { pool, _ in pool.end(call.requestID, .drill) }
            }
        case .dismiss(let worker): worker.calls.close()
        case .kill(let worker): worker.end()
        case .complete(let call, let result): call.complete(result)
        }
    }

    // MARK: What processes do

    /// Waits for the next call of a process; nil when it is to end.
    func nextCall(for id: WorkerID) -> (Call, Worker)? {
        guard let worker = state.withLock({ $0.workers[id] }) else { return nil }
        act(id.function) { pool, now in pool.workerAsked(id, now: now) }
        guard let call = worker.calls.takeAll()?.first else { return nil }
        worker.log.direct(to: logPath(settings.logName(call.invocation)))
        return (call, worker)
    }

    /// - Returns: false when that call is not the process's own, or no longer.
    func answer(_ id: WorkerID, requestID: String, _ result: LambdaResult) -> Bool {
        let now = monotonicNanoseconds()
        let answered = state.withLock { state -> (Call, Worker)? in
            guard let worker = state.workers[id],
                state.pools[id.function]?.workerAnswered(id, call: requestID, now: now) == true,
                let call = state.finish(requestID)
            else { return nil }
            return (call, worker)
        }
        guard let (call, worker) = answered else { return false }
        worker.log.direct(to: logPath(id.function))
        call.complete(result)
        return true
    }

    func reportInitError(_ id: WorkerID, _ error: JSON) {
        state.withLock { $0.workers[id] }?.initError = error
    }
}

extension FunctionHost.State {
    /// Forgets a call that has its answer.
    fileprivate mutating func finish(_ requestID: String) -> Call? {
        guard let call = calls.removeValue(forKey: requestID) else { return nil }
        requestIDs[call.invocation.id] = nil
        return call
    }

    /// The failure that a drill has for this call.
    fileprivate mutating func takeDrill(_ function: String, _ payload: JSON) -> Drill.Failure? {
        for index in drills.indices
        where drills[index].times != 0
            && drills[index].concerns(function: function, payload: payload)
        {
            drills[index].times = drills[index].times.map { $0 - 1 }
            drills[index].hasMatched = true
            return drills[index].failure
        }
        return nil
    }
}
