extension ExecutionReport {
    /// The report for a terminal: a line for the execution, one for each state.
    /// - Parameters:
    ///   - now: seconds since 1970; what is running is measured up to then.
    ///   - duration: writes seconds.
    public func text(now: Double, duration: (Double) -> String) -> String {
        let time = duration((stoppedAt ?? now) - startedAt)
        let redrives =
            redriveCount == 0
            ? "" : ", redriven \(redriveCount == 1 ? "once" : "\(redriveCount) times")"
        var lines = ["\(name)  \(status)  \(time)\(redrives)"]
        let names = states.map { String(repeating: "  ", count: $0.depth + 1) + $0.name }
        let width = names.map(\.count).max() ?? 0
        for (state, name) in zip(states, names) {
            let time = duration((state.stoppedAt ?? now) - state.startedAt)
            var line = pad(name, width) + "  " + pad(state.status.rawValue, 9) + "  " + pad(time, 8)
            if state.attempts > 1 { line += "  \(state.attempts) attempts" }
            if let run = state.mapRun { line += "  " + run.text }
            lines.append(trimmed(line))
            let indent = String(repeating: " ", count: 2 * state.depth + 6)
            if state.status != .succeeded, let error = state.failure.error {
                lines.append(indent + error)
                lines += (state.failure.message ?? "").split(separator: "\n").map { indent + $0 }
            }
        }
        if failedStates.isEmpty, let error {
            let message = Failure(error: error, cause: cause).message
            lines.append("  " + error + (message.map { ": " + $0 } ?? ""))
        }
        return lines.joined(separator: "\n")
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private func trimmed(_ line: String) -> String {
        String(line.reversed().drop { $0 == " " }.reversed())
    }
}

extension MapRunReport {
    /// `7 of 9 done, 1 failed, 1 running`.
    var text: String {
        var parts = ["\(counts["succeeded", default: 0]) of \(counts["total", default: 0]) done"]
        for name in ["failed", "aborted", "timedOut", "running", "pending"] {
            if let count = counts[name], count > 0 {
                parts.append("\(count) \(name == "timedOut" ? "timed out" : name)")
            }
        }
        return parts.joined(separator: ", ")
    }
}
