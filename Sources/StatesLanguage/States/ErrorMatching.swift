extension StatesError {
    /// Whether `ErrorEquals` of a retrier or catcher matches this error.
    ///
    /// `States.ALL` matches all but `States.DataLimitExceeded` and `States.Runtime`, which match by
    /// name only. `States.TaskFailed` matches the same but `States.Timeout`.
    /// See <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>.
    public func matches(_ errorEquals: [String]) -> Bool {
        let isFinal = error == Name.dataLimitExceeded || error == Name.runtime
        return errorEquals.contains { name in
            switch name {
            case error: true
            case Name.all: !isFinal
            case Name.taskFailed: !isFinal && error != Name.timeout
            // "… or failed to send a heartbeat", the page says of States.Timeout.
            case Name.timeout: error == Name.heartbeatTimeout
            default: false
            }
        }
    }
}

extension State {
    /// The retrier for an error and its index: the first that matches.
    public func retrier(for error: StatesError) -> (index: Int, retrier: Retrier)? {
        return retry.enumerated().first { error.matches($1.errorEquals) }
            .map { ($0.offset, $0.element) }
    }

    /// The catcher for an error: the first that matches.
    public func catcher(for error: StatesError) -> Catcher? {
        return `catch`.first { error.matches($0.errorEquals) }
    }
}

extension Retrier {
    /// Seconds to wait before a retry, or nil when there is none left.
    ///
    /// `retries` is how many this retrier has done; `random`, in 0..<1, is for `FULL` jitter, which
    /// takes a time between 0 and the wait.
    public func delaySeconds(afterRetries retries: Int, random: Double) -> Double? {
        guard retries < maxAttempts else { return nil }
        var delay = Double(intervalSeconds)
        for _ in 0..<min(retries, 1024) where delay < Double(Quota.maxDelaySeconds) {
            delay *= backoffRate
        }
        delay = min(delay, Double(maxDelaySeconds ?? Quota.maxDelaySeconds))
        return jitterStrategy == .full ? delay * random : delay
    }
}
