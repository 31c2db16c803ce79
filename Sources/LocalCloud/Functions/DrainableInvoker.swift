import Engine
import System

/// Lets a service end between tasks instead of in the middle of them.
///
/// Once it drains, tasks in flight come to their end and their results are kept; those that would
/// begin do not, which the engine writes down: it begins them when the home is opened again.
final class DrainableInvoker: LambdaInvoker {
    private struct State {
        var isDraining = false
        var inFlight = 0
    }

    private let invoker: any LambdaInvoker
    private let state = Monitor(State())

    init(_ invoker: any LambdaInvoker) { self.invoker = invoker }

    func invoke(
        _ invocation: LambdaInvocation, completion: @escaping @Sendable (LambdaResult) -> Void
    ) {
        let isHeld = state.withLock { state in
            if !state.isDraining { state.inFlight += 1 }
            return state.isDraining
        }
        if isHeld { return completion(.notBegun) }
        invoker.invoke(invocation) { [state] result in
            completion(result)
            state.withLock { $0.inFlight -= 1 }
        }
    }

    func cancel(_ id: LambdaInvocation.ID) { invoker.cancel(id) }

    /// Begins nothing more, and waits for what is in flight.
    /// - Returns: false when the time has passed before.
    func drain(seconds: Int) -> Bool {
        state.withLock { $0.isDraining = true }
        let until = monotonicNanoseconds() + seconds * 1_000_000_000
        return state.wait(untilNanoseconds: until) { $0.inFlight == 0 ? true : nil } ?? false
    }
}
