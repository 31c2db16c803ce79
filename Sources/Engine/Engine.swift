public import JSON
import System

/// Runs Amazon States Language definitions as AWS Step Functions does, in this process.
///
/// Everything an execution does is written to an SQLite file before the engine acts on it: killed
/// at any instant and opened again, it goes on with what was running. A Lambda invocation that was
/// in flight then fails with `Lambda.ServiceException`, so that the state's Retry decides; one that
/// was never begun, as its invoker said, is begun; a task that waits for its token waits on.
///
/// Tasks call what ``ServiceCaller`` names, Lambda functions, and other state machines.
///
/// Not supported: JSONata; activities; other integrations; manifests, Parquet and compressed objects
/// as a Map's items; versions, aliases, logging; encryption.
public final class Engine: Sendable {
    private let runner: Runner
    private let reader: StoreReader
    private let observer = EventObserver()
    private let thread: Monitor<Thread?>
    private let lock: Monitor<StoreLock?>

    /// Opens the store; nothing runs until ``resume()``.
    /// - Throws: ``EngineError`` when the store cannot be opened or another engine has it.
    public init(_ configuration: EngineConfiguration) throws {
        lock = Monitor(try StoreLock(configuration.storePath))
        let runner = try Runner(configuration, observer: observer)
        self.runner = runner
        reader = try StoreReader(configuration)
        thread = Monitor(Thread(stackBytes: 8 << 20) { runner.run() })
    }

    deinit { shutdown() }

    /// Goes on with the executions that were running when the store was last open.
    public func resume() {
        let reply = Reply()
        runner.mailbox.put(
            .call(reply) { runner in
                try runner.resume()
                return .null
            })
        _ = reply.wait()
    }

    /// Stops; running executions stay RUNNING in the store. Invocations in flight are cancelled, calls
    /// of services that are in flight waited for.
    public func shutdown() {
        guard let thread = thread.withLock({ $0.take() }) else { return }
        runner.mailbox.put(.shutdown)
        thread.join()
        runner.mailbox.close()
        lock.withLock { $0 = nil }
    }

    /// One operation of the Step Functions API, request and answer in its own JSON:
    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html>.
    ///
    /// From any thread but the engine's; returns when what it changed is written.
    /// - Throws: ``ServiceError`` as the API would answer, `UnknownOperationException` for an
    ///   operation that is not supported.
    public func call(_ action: String, _ request: JSON) throws(ServiceError) -> JSON {
        guard let operation = Operation.all[action] else {
            throw ServiceError("UnknownOperationException", "Unknown operation \(action)")
        }
        let result: Result<JSON, any Error>
        switch operation {
        case .read(let body): result = reader.read { try body(request, $0) }
        case .manage(let body): result = try onThread { try body(request, $0) }
        case .change(let body):
            result = try onThread { runner in
                try runner.resume()
                return try body(request, runner)
            }
        case .await(let body):
            let answer = Reply()
            let started = try onThread { runner in
                try runner.resume()
                try body(request, runner, answer)
                return .null
            }
            if case .success = started { result = answer.wait() } else { result = started }
        }
        switch result {
        case .success(let answer): return answer
        case .failure(let error as ServiceError): throw error
        case .failure(let error): throw ServiceError("InternalFailure", "\(error)")
        }
    }

    /// Runs a body in the engine's next transaction; its result is there once that is committed.
    private func onThread(
        _ body: @escaping @Sendable (Runner) throws -> JSON
    ) throws(ServiceError) -> Result<JSON, any Error> {
        let reply = Reply()
        let isRunning = thread.withLock { thread in
            if thread != nil { runner.mailbox.put(.call(reply, body)) }
            return thread != nil
        }
        guard isRunning else {
            throw ServiceError("ServiceUnavailable", "The engine has been shut down")
        }
        return reply.wait()
    }

    /// Has every committed history event told to `handler`, with the execution's ARN; nil ends it.
    /// Called on the engine's thread: be quick, and do not call the engine from it.
    public func observe(_ handler: (@Sendable (_ executionARN: String, _ event: JSON) -> Void)?) {
        observer.set(handler)
    }

    /// The event of an execution's end has been dealt with: it is not given again.
    /// - Parameter event: as ``EngineConfiguration/onStatusChange`` got it.
    public func acknowledge(_ event: JSON) {
        guard let id = event["id"]?.string else { return }
        runner.mailbox.put(.statusChangeTaken(id: id))
    }

    /// For a clock that is moved by hand: looks at it again.
    func clockMoved() { runner.mailbox.put(.clockMoved) }

    /// Tells `handler` the next time that matters when nothing else is going on.
    func whenIdle(_ handler: (@Sendable (Timestamp) -> Void)?) {
        runner.whenIdle.set(handler)
    }

    /// As if the process were killed now: nothing more is written or acted on.
    func crash() {
        guard let thread = thread.withLock({ $0.take() }) else { return }
        runner.isCrashed.withLock { $0 = true }
        runner.mailbox.put(.clockMoved)
        thread.join()
        runner.mailbox.close()
        lock.withLock { $0 = nil }
    }
}
