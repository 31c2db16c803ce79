/// Calls `body` for each number below `count`, on so many threads at a time; on this one, in order, when
/// that is one. Returns when all have returned.
/// - Throws: what the first that failed threw; those not begun by then are left out.
public func sideBySide(
    _ count: Int, atMost limit: Int, _ body: @Sendable (Int) throws -> Void
) throws {
    guard limit > 1, count > 1 else {
        for number in 0..<count { try body(number) }
        return
    }
    try withoutActuallyEscaping(body) { body in
        let state = Monitor((next: 0, failure: nil as (any Error)?))
        let threads = (0..<min(limit, count)).map { _ in
            Thread {
                while true {
                    let number = state.withLock { state -> Int? in
                        guard state.failure == nil, state.next < count else { return nil }
                        defer { state.next += 1 }
                        return state.next
                    }
                    guard let number else { return }
                    do { try body(number) } catch {
                        state.withLock { $0.failure = $0.failure ?? error }
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }
}
