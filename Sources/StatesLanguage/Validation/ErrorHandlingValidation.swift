import JSON

extension Validator {
    /// Checks Retry and Catch.
    mutating func checkErrorHandling(of state: State, at place: String) {
        for (index, retrier) in state.retry.enumerated() {
            let place = "\(place)/Retry/\(index)"
            check(
                errorEquals: retrier.errorEquals, at: place,
                isLast: index == state.retry.count - 1)
            check(retrier: retrier, at: place)
        }
        for (index, catcher) in state.catch.enumerated() {
            let place = "\(place)/Catch/\(index)"
            check(
                errorEquals: catcher.errorEquals, at: place,
                isLast: index == state.catch.count - 1)
            check(resultPath: catcher.resultPath, at: "\(place)/ResultPath")
        }
    }

    private mutating func check(errorEquals: [String], at place: String, isLast: Bool) {
        let place = "\(place)/ErrorEquals"
        if errorEquals.isEmpty { note(place, "ErrorEquals must hold at least one error name") }
        if errorEquals.contains(StatesError.Name.all) {
            if errorEquals.count > 1 { note(place, "States.ALL must stand alone in ErrorEquals") }
            if !isLast { note(place, "States.ALL must stand in the last one") }
        }
        for name in errorEquals
        where name.hasPrefix("States.") && !StatesError.Name.reserved.contains(name) {
            note(place, "there is no error named \(name)", severity: .warning)
        }
    }

    private mutating func check(retrier: Retrier, at place: String) {
        check(range: 1...Quota.timeoutSeconds, retrier.intervalSeconds, "IntervalSeconds", place)
        check(range: 0...Quota.maxAttempts, retrier.maxAttempts, "MaxAttempts", place)
        check(range: 1...Quota.maxDelaySeconds, retrier.maxDelaySeconds, "MaxDelaySeconds", place)
        if let most = retrier.maxDelaySeconds, most <= retrier.intervalSeconds {
            note(
                "\(place)/MaxDelaySeconds", "MaxDelaySeconds must be above IntervalSeconds")
        }
        if !(retrier.backoffRate >= 1) {
            note("\(place)/BackoffRate", "BackoffRate must be at least 1")
        }
    }
}

extension StatesError.Name {
    /// All reserved names.
    static let reserved: Set<String> = [
        all, taskFailed, timeout, heartbeatTimeout, permissions, resultPathMatchFailure,
        parameterPathFailure, branchFailed, noChoiceMatched, intrinsicFailure,
        exceedToleratedFailureThreshold, itemReaderFailed, resultWriterFailed, runtime,
        dataLimitExceeded, "States.QueryEvaluationError", "States.Http.Socket",
    ]
}
