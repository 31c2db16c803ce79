#if canImport(Glibc)
import Glibc
#endif

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
        return Timestamp(wholeSeconds: time.tv_sec, nanosecondsOfSecond: time.tv_nsec)
    }
}

/// Nanoseconds of CLOCK_MONOTONIC, for measuring durations.
public func monotonicNanoseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}
