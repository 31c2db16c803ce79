import System
import Testing

struct TimestampTests {
    @Test func `a sum ends with the last moment there is`() {
        let start = Timestamp(milliseconds: 1_700_000_000_000)
        #expect(start + 1.5 == Timestamp(milliseconds: 1_700_000_001_500))
        #expect(start + -1 == Timestamp(milliseconds: 1_699_999_999_000))
        #expect(start + 1e12 == Timestamp(nanoseconds: .max))
        #expect(start + 1e300 == Timestamp(nanoseconds: .max))
        #expect(start + 9e9 == Timestamp(nanoseconds: .max))
    }
}
