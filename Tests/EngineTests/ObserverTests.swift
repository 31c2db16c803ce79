import JSON
import System
import Testing

@testable import Engine

struct ObserverTests {
    /// Where the stack ends while a handler is called, as the address of one of its variables.
    private final class Depth: Sendable {
        private let addresses = Monitor<(first: UInt, last: UInt)?>(nil)

        func note() {
            var here = 0
            let address = withUnsafeMutablePointer(to: &here) { UInt(bitPattern: $0) }
            addresses.withLock { $0 = ($0?.first ?? address, address) }
        }

        /// How much deeper the last call was than the first.
        var growthBytes: Int? { addresses.withLock { $0 }.map { Int($0.first) - Int($0.last) } }
    }

    @Test func `the hundred-thousandth event is told as cheaply as the first`() {
        let observer = EventObserver()
        let depth = Depth()
        observer.set { _, _ in depth.note() }
        for _ in 0..<100_000 {
            #expect(observer.isSet)
            observer.tell([(executionARN: "e", event: .null)])
        }
        #expect(depth.growthBytes == 0)
    }

    @Test func `so is the next time that matters`() {
        let observer = IdleObserver()
        let depth = Depth()
        observer.set { _ in depth.note() }
        for _ in 0..<100_000 { observer.tell(Timestamp(milliseconds: 0)) }
        #expect(depth.growthBytes == 0)
    }

    @Test func `nobody is told after the observer was taken away`() {
        let observer = EventObserver()
        observer.set { _, _ in Issue.record("told") }
        observer.set(nil)
        #expect(!observer.isSet)
        observer.tell([(executionARN: "e", event: .null)])
    }
}
