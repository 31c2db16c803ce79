#if canImport(Glibc)
import Glibc
#endif

/// When a request is tried again, as AWS's standard mode has it: what is worth it, at what price from
/// the quota that all requests of a client share, and after which delay. Decides; the client acts.
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>
public struct RetryPolicy: Sendable {
    static let maximumDelaySeconds = 20.0
    /// What a service asks for with Retry-After is granted up to this.
    static let maximumAskedDelaySeconds = 60.0
    /// A delay in milliseconds (`x-amz-retry-after`) counts between the own one and this much more.
    static let maximumAddedDelaySeconds = 5.0

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

    func wait(_ seconds: Double) { pause(seconds) }

    /// How long to wait before the next attempt: a random part of 1, 2, 4 … seconds, 20 at most, or
    /// what the answer asks for.
    /// - Parameter attempt: how many attempts were made, at least one.
    func delaySeconds(afterAttempt attempt: Int, _ error: AWSError?) -> Double {
        let own = random() * min(Double(1 << min(attempt - 1, 10)), Self.maximumDelaySeconds)
        switch error?.retryAfter {
        case nil: return own
        case .seconds(let asked)?: return max(own, min(asked, Self.maximumAskedDelaySeconds))
        case .milliseconds(let asked)?:
            return max(own, min(asked / 1000, own + Self.maximumAddedDelaySeconds))
        }
    }

    @Sendable public static func sleep(seconds: Double) {
        var rest = timespec(
            tv_sec: Int(seconds), tv_nsec: Int((seconds - seconds.rounded(.down)) * 1e9))
        var left = timespec()
        while nanosleep(&rest, &left) == -1, errno == EINTR { rest = left }
    }
}

/// The tokens that retries cost, so that a service in trouble is not met with many times the load.
struct RetryQuota: Sendable, Hashable {
    static let capacity = 500
    static let retryCost = 5
    static let timeoutCost = 10
    /// What a success gives back that needed no retry.
    static let successRefund = 1

    private(set) var tokens = Self.capacity

    static func cost(of error: AWSError) -> Int { error.isTimeout ? timeoutCost : retryCost }

    /// - Returns: false when not enough tokens are left: the request is not to be tried again.
    mutating func take(_ cost: Int) -> Bool {
        guard tokens >= cost else { return false }
        tokens -= cost
        return true
    }

    /// - Parameter cost: what the last retry of the request that succeeded had cost; 0 without one.
    mutating func giveBack(_ cost: Int) {
        tokens = min(Self.capacity, tokens + (cost == 0 ? Self.successRefund : cost))
    }
}
