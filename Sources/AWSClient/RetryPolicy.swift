#if canImport(Glibc)
import Glibc
#endif

/// When a request is tried again: AWS's standard mode, without its retry quota.
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>
public struct RetryPolicy: Sendable {
    static let maximumDelaySeconds = 20.0

    private let pause: @Sendable (Double) -> Void
    private let random: @Sendable () -> Double

    /// - Parameters:
    ///   - pause: waits for that many seconds.
    ///   - random: a number from 0 to 1.
    public init(
        pause: @escaping @Sendable (Double) -> Void = RetryPolicy.sleep,
        random: @escaping @Sendable () -> Double = { .random(in: 0...1) }
    ) {
        self.pause = pause
        self.random = random
    }

    /// Waits before the next attempt: a random part of 1, 2, 4 … seconds, 20 at most.
    /// - Parameter attempt: how many attempts were made, at least one.
    func waitBefore(attemptAfter attempt: Int) {
        pause(random() * min(Double(1 << min(attempt - 1, 10)), Self.maximumDelaySeconds))
    }

    @Sendable public static func sleep(seconds: Double) {
        var rest = timespec(
            tv_sec: Int(seconds), tv_nsec: Int((seconds - seconds.rounded(.down)) * 1e9))
        var left = timespec()
        while nanosleep(&rest, &left) == -1, errno == EINTR { rest = left }
    }
}
