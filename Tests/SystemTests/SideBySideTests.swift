import System
import Testing

@Suite struct SideBySideTests {
    @Test(arguments: [0, 1, 2, 50], [1, 2, 16])
    func `each number gets its turn once`(count: Int, limit: Int) throws {
        let seen = Monitor<[Int]>([])
        try sideBySide(count, atMost: limit) { number in seen.withLock { $0.append(number) } }
        let numbers = seen.withLock { $0 }
        #expect(numbers.sorted() == Array(0..<count))
        if limit == 1 { #expect(numbers == Array(0..<count)) }
    }

    @Test func `so many are under way at a time, and no more`() throws {
        let state = Monitor((running: 0, most: 0))
        try sideBySide(40, atMost: 4) { _ in
            state.withLock { state in
                state.running += 1
                state.most = max(state.most, state.running)
            }
            // Waits for company, as long as there can be some.
            _ = state.wait(untilNanoseconds: monotonicNanoseconds() + 20_000_000) {
                $0.running >= 4 ? true : nil
            }
            state.withLock { $0.running -= 1 }
        }
        #expect(state.withLock { $0.most } == 4)
    }

    @Test(arguments: [1, 4])
    func `a failure is thrown, and what was not begun is left out`(limit: Int) {
        struct Failure: Error {}
        let seen = Monitor(0)
        #expect(throws: Failure.self) {
            try sideBySide(1000, atMost: limit) { number in
                seen.withLock { $0 += 1 }
                if number == 5 { throw Failure() }
                // The later ones take their time, so that a busy machine gets to the failure first.
                guard number > 5 else { return }
                _ = seen.wait(untilNanoseconds: monotonicNanoseconds() + 20_000_000) {
                    _ in nil as Bool?
                }
            }
        }
        #expect(seen.withLock { $0 } < 1000)
    }
}
