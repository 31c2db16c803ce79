import Engine
import JSON
import System
import Testing

@testable import LocalCloud

struct DrainableInvokerTests {
    /// Ends invocations when it is told to.
    final class Functions: LambdaInvoker {
        let completions = Monitor<[@Sendable (LambdaResult) -> Void]>([])

        func invoke(
            _ invocation: LambdaInvocation, completion: @escaping @Sendable (LambdaResult) -> Void
        ) {
            completions.withLock { $0.append(completion) }
        }
        func cancel(_ id: LambdaInvocation.ID) {}
    }

    let invocation = LambdaInvocation(
        id: 1, functionName: "f", payload: .null, executionARN: "", stateName: "", attempt: 0)

    @Test func `what is in flight ends, what would begin does not and says so`() {
        let functions = Functions()
        let invoker = DrainableInvoker(functions)
        let results = Monitor(0)
        invoker.invoke(invocation) { _ in results.withLock { $0 += 1 } }
        #expect(!invoker.drain(seconds: 0))
        let late = Monitor<LambdaResult?>(nil)
        invoker.invoke(invocation) { result in late.withLock { $0 = result } }
        #expect(functions.completions.withLock { $0.count } == 1)
        if case .notBegun = late.withLock({ $0 }) {} else { Issue.record("nothing said") }
        let ending = Thread { functions.completions.withLock { $0 }[0](.success(.null)) }
        #expect(invoker.drain(seconds: 600))
        #expect(results.withLock { $0 } == 1)
        ending.join()
    }
}
