import Inspection
import LambdaHost
import Engine
import JSON
import Pipeline
import Stores
import Synchronization
import System

/// Does what EventBridge's rules do on AWS: a failure leaves as a message, every end is told to `arrive`.
final class StatusNotifier: Sendable {
    private let home: Home
    private let host: FunctionHost
    private let report: @Sendable (Notice) -> Void
    private let events = Mailbox<JSON>()
    /// Counts the changes, for those who wait for one.
    private let changes = Monitor(0)
    /// Events that `arrive` has not been told yet.
    private let untold = Monitor(0)
    private let thread = Mutex<Thread?>(nil)
    private let engine = Mutex<Engine?>(nil)
    /// Why the engine has stopped.
    private let storeFailure = Mutex<EngineError?>(nil)

    init(
        home: Home, host: FunctionHost, report: @escaping @Sendable (Notice) -> Void
    ) {
        self.home = home
        self.host = host
        self.report = report
        thread.withLock { $0 = Thread { [self] in tellArrive() } }
    }

    /// From whom to learn why the child of a Map failed; the Map itself says only that one did.
    func ask(_ engine: Engine) { self.engine.withLock { $0 = engine } }

    /// Given each "Step Functions Execution Status Change", on the engine's thread.
    func statusChanged(_ event: JSON) {
        let detail = event["detail"] ?? .null
        let status = detail["status"]?.string ?? ""
        if let job = Self.job(event), ["FAILED", "TIMED_OUT", "ABORTED"].contains(status) {
            sendError(detail, of: job)
        }
        if status != "RUNNING" {
            untold.withLock { $0 += 1 }
            events.put(event)
        }
        changes.withLock { $0 += 1 }
    }

    /// Other state machines than the jobs' may run beside them: their ends are nobody's business here.
    private static func job(_ event: JSON) -> (any Job.Type)? {
        LocalFunctions.job(
            ofStateMachine: event["detail"]?["stateMachineArn"]?.string ?? "")
    }

    /// The engine has stopped for good; whoever waits for an execution is told.
    func storeFailed(_ failure: EngineError) {
        storeFailure.withLock { $0 = failure }
        changes.withLock { $0 += 1 }
    }

    /// - Throws: why the engine has stopped, if it has.
    func checkStore() throws(EngineError) {
        if let failure = storeFailure.withLock({ $0 }) { throw failure }
    }

    /// Waits until `hasEnded`, which is asked again after every change of any execution's status.
    /// - Throws: why the engine has stopped before.
    func waitForEnd(_ hasEnded: () -> Bool) throws(EngineError) {
        while true {
            let seen = changes.withLock { $0 }
            if hasEnded() { return }
            try checkStore()
            _ = changes.wait { $0 == seen ? nil : true }
        }
    }

    /// Waits until `arrive` has been told what has ended so far.
    func settle() { _ = untold.wait { $0 == 0 ? true : nil } }

    /// Lets nothing more in and waits until `arrive` has been told everything.
    func finish() {
        events.close()
        thread.withLock { thread in
            thread?.join()
            thread = nil
        }
    }

    /// The failure as a message, once, however often the event comes.
    private func sendError(_ detail: JSON, of job: any Job.Type) {
        let queue = LocalMessageQueue(
            directory: home.queue(job.messages?.name ?? LocalFunctions.errorsQueue))
        let report = FailureReport(detail, addition: failuresOfChildren(detail))
        do throws(StoreError) {
            try report.send(to: queue)
        } catch {
            // A failure before this one was not kept: better unnumbered than lost.
            try? queue.send(report.message.serialized())
        }
    }

    /// Of a Map what its failed children say; the Map itself says only that some did. Reading does not
    /// wait for the engine's thread, so it may be done on it.
    private func failuresOfChildren(_ detail: JSON) -> String {
        guard detail["error"]?.string == "States.ExceedToleratedFailureThreshold",
            let arn = detail["executionArn"]?.string,
            let engine = engine.withLock({ $0 }),
            let report = try? Inspector(engine.call).report(arn)
        else { return "" }
        return report.failedStates.map { state in
            "; in \(state.name): \(state.failure.error ?? "") \(state.failure.message ?? "")"
        }.joined()
    }

    /// What `arrive` has taken is forgotten; what it has not, or not all of it when this process dies, is
    /// told again when the home is next opened. It is no harm to hear of an end twice.
    private func tellArrive() {
        while let batch = events.takeAll() {
            for event in batch {
                var isTaken = Self.job(event) == nil
                if !isTaken, case .success = host.deliver("arrive", event) { isTaken = true }
                if isTaken {
                    engine.withLock { $0 }?.acknowledge(event)
                } else {
                    let name = event["detail"]?["name"]?.string ?? "an execution"
                    report(
                        .problem(
                            "arrive could not take the end of \(name): it is told again when the "
                                + "home is next opened"))
                }
                untold.withLock { $0 -= 1 }
            }
        }
    }
}

extension FunctionHost {
    /// Delivers an event as S3 and EventBridge do: a call that fails is made twice more (Lambda,
    /// asynchronous invocation), here at once.
    func deliver(_ function: String, _ event: JSON) -> LambdaResult {
        for _ in 0..<2 {
            let result = invokeAndWait(.local(function, event))
            if case .success = result { return result }
        }
        return invokeAndWait(.local(function, event))
    }
}

extension LambdaInvocation {
    private static let nextID = Atomic<UInt64>(1 << 62)

    /// A call that belongs to no execution; its id is none of the engine's.
    static func local(_ function: String, _ payload: JSON) -> LambdaInvocation {
        LambdaInvocation(
            id: nextID.wrappingAdd(1, ordering: .relaxed).oldValue, functionName: function,
            payload: payload, executionARN: "", stateName: "", attempt: 0)
    }
}
