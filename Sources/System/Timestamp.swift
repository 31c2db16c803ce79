#if canImport(Glibc)
import Glibc
#endif

/// A point in time, to the nanosecond; any year that AWS or RFC 3339 can write.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Seconds since 1970-01-01T00:00:00Z, rounded down.
    public let wholeSeconds: Int
    /// What comes on top of them, 0 to 999,999,999.
    public let nanosecondsOfSecond: Int

    /// - Parameter nanosecondsOfSecond: 0 to 999,999,999.
    public init(wholeSeconds: Int, nanosecondsOfSecond: Int = 0) {
        self.wholeSeconds = wholeSeconds
        self.nanosecondsOfSecond = nanosecondsOfSecond
    }

    /// Since 1970.
    public init(nanoseconds: Int) {
        self.init(count: nanoseconds, perSecond: 1_000_000_000)
    }

    /// Since 1970.
    public init(milliseconds: Int) { self.init(count: milliseconds, perSecond: 1000) }

    private init(count: Int, perSecond: Int) {
        let (seconds, rest) = count.quotientAndRemainder(dividingBy: perSecond)
        wholeSeconds = rest < 0 ? seconds - 1 : seconds
        nanosecondsOfSecond = (rest < 0 ? rest + perSecond : rest) * (1_000_000_000 / perSecond)
    }

    /// Since 1970; the first or last number there is for a moment before 1677 or after 2262.
    public var nanoseconds: Int {
        let (scaled, isBeyond) = wholeSeconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isSumBeyond) = scaled.addingReportingOverflow(nanosecondsOfSecond)
        if isBeyond || isSumBeyond { return wholeSeconds < 0 ? .min : .max }
        return sum
    }

    /// Since 1970, rounded down.
    public var milliseconds: Int { wholeSeconds * 1000 + nanosecondsOfSecond / 1_000_000 }

    /// Since 1970.
    public var seconds: Double { Double(wholeSeconds) + Double(nanosecondsOfSecond) / 1e9 }

    public static func < (a: Timestamp, b: Timestamp) -> Bool {
        (a.wholeSeconds, a.nanosecondsOfSecond) < (b.wholeSeconds, b.nanosecondsOfSecond)
    }

    /// At most the last moment there is a number of nanoseconds for, in the year 2262.
    public static func + (a: Timestamp, seconds: Double) -> Timestamp {
        let (sum, isBeyond) = a.nanoseconds.addingReportingOverflow(
            Int(exactly: (seconds * 1e9).rounded()) ?? .max)
        return Timestamp(nanoseconds: isBeyond ? .max : sum)
    }

    /// As AWS writes times: `2024-01-05T10:00:00.123Z`.
    public var iso8601: String {
        var whole = time_t(wholeSeconds)
        var parts = tm()
        gmtime_r(&whole, &parts)
        func padded(_ value: Int, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let date = [
            padded(Int(parts.tm_year) + 1900, 4), padded(Int(parts.tm_mon) + 1, 2),
            padded(Int(parts.tm_mday), 2),
        ].joined(separator: "-")
        let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { padded(Int($0), 2) }
            .joined(separator: ":")
        return "\(date)T\(clock).\(padded(nanosecondsOfSecond / 1_000_000, 3))Z"
    }
}
