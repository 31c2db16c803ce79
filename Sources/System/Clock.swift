#if canImport(Glibc)
import Glibc
#endif

/// A point in time, in nanoseconds since 1970-01-01 UTC.
public struct Timestamp: Sendable, Hashable, Comparable {
    public var nanoseconds: Int

    public init(nanoseconds: Int) { self.nanoseconds = nanoseconds }
    public init(milliseconds: Int) { nanoseconds = milliseconds * 1_000_000 }

    public var milliseconds: Int { nanoseconds / 1_000_000 }
    public var seconds: Double { Double(nanoseconds) / 1e9 }

    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.nanoseconds < b.nanoseconds }
    /// At most the last moment there is a number for, in the year 2262.
    public static func + (a: Timestamp, seconds: Double) -> Timestamp {
        let (sum, isBeyond) = a.nanoseconds.addingReportingOverflow(
            Int(exactly: (seconds * 1e9).rounded()) ?? .max)
        return Timestamp(nanoseconds: isBeyond ? .max : sum)
    }

    /// As AWS writes times: `2024-01-05T10:00:00.123Z`.
    public var iso8601: String {
        var whole = time_t(nanoseconds / 1_000_000_000)
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
        return "\(date)T\(clock).\(padded(nanoseconds / 1_000_000 % 1000, 3))Z"
    }
}

/// The wall clock, or in a test one that is moved by hand.
public protocol Clock: Sendable {
    func now() -> Timestamp
}

/// CLOCK_REALTIME.
public struct WallClock: Clock {
    public init() {}
    public func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(nanoseconds: time.tv_sec * 1_000_000_000 + time.tv_nsec)
    }
}

/// Nanoseconds of CLOCK_MONOTONIC, for measuring durations.
public func monotonicNanoseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}
