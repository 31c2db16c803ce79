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

@Suite struct TimestampParsingTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-01-05T10:00:00.5Z", 1_767_607_200_500),
            ("2026-01-05T12:00:00+02:00", 1_767_607_200_000),
            ("2026-01-05T09:30:00.123456789-00:30", 1_767_607_200_123),
            ("2024-02-29 00:00:00z", 1_709_164_800_000), ("2023-02-29T00:00:00Z", nil),
            ("2026-01-05T10:00:00", nil), ("2026-01-05", nil), ("2026-13-05T10:00:00Z", nil),
            ("2026-01-05T10:00:00.Z", nil), ("2026-01-05T10:00:00Zx", nil), ("", nil),
            ("2026-01-05T10:00:00+2", nil), ("2026-01-05T10:00:00+", nil),
            ("tomorrow, or later.", nil),
        ] as [(String, Int?)])
    func `times as RFC 3339 writes them`(text: String, milliseconds: Int?) {
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Sun, 06 Nov 1994 08:49:37", nil),
            ("Sunday, 06-Nov-94 08:49:37 GMT", nil), ("", nil),
            ("Sun, 06 Nov 1994 25:49:37 GMT", nil),
        ] as [(String, Int?)])
    func `times as HTTP writes them`(text: String, seconds: Int?) {
        #expect(Timestamp(httpDate: text).map { $0.nanoseconds / 1_000_000_000 } == seconds)
    }
}
