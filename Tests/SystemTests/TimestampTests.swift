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

    @Test(arguments: [0, 1, -1, 999_999_999, -1_000_000_001, Int.max, Int.min + 1_000_000_000])
    func `a number of nanoseconds comes back`(nanoseconds: Int) {
        #expect(Timestamp(nanoseconds: nanoseconds).nanoseconds == nanoseconds)
    }

    @Test func `moments beyond 64 bits of nanoseconds have their order`() throws {
        let texts = [
            "0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999999999Z", "3000-01-01T00:00:00Z",
        ]
        let moments = try texts.map { try #require(Timestamp(rfc3339: $0)) }
        #expect(moments.sorted() == moments)
        #expect(moments.map(\.nanoseconds) == [.min, -1, .max])
        #expect(moments[2].iso8601 == "3000-01-01T00:00:00.000Z")
    }
}
