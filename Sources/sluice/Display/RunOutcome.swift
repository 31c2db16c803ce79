import Inspection
import JSON
import LocalCloud
import Pipeline

/// What a run came to, for people and for programs.
struct RunOutcome {
    var report: ExecutionReport
    /// What the last state returned; nil unless it succeeded.
    var summary: JSON?
    /// Whose run it was; nil for another state machine's execution.
    var job: (any Job.Type)?
    /// Nil for a run on AWS.
    var home: Home?
    /// What a command needs besides the execution's name to find it again.
    var flags = ""
    /// Bytes of the set's files.
    var inputBytes: Int

    var isSuccess: Bool { report.status == "SUCCEEDED" }

    /// Since its start, or since it was redriven.
    var seconds: Double {
        let start = report.redrivenAt ?? report.startedAt
        return max(0, (report.stoppedAt ?? start) - start)
    }

    var text: String { isSuccess ? successText : failureText }

    private var successText: String {
        // After a redrive nobody knows which bytes were read when.
        let isWhole = seconds > 0 && report.redrivenAt == nil
        let rate = isWhole ? ", \(Quantities.bytes(Int(Double(inputBytes) / seconds)))/s" : ""
        var lines = [
            "\(report.name) succeeded in \(Quantities.duration(seconds)) "
                + "(\(Quantities.bytes(inputBytes))\(rate))"
        ]
        guard let words = job?.outcome else { return lines[0] }
        lines.append("  " + filled(words.headline))
        let rejects = OutcomeWords.Oddity("rejects", "rejected record")
        let odd = (words.oddities + [rejects]).filter { count($0.member) > 0 }.map {
            counted(count($0.member), $0.noun) + $0.suffix
        }
        if !odd.isEmpty { lines.append("  " + odd.joined(separator: ", ")) }
        if let note = summary?["note"]?.string { lines.append("  " + note) }
        lines.append("  " + (result?.text ?? "messages are in the stack's queue"))
        return lines.joined(separator: "\n")
    }

    /// Where the result is; nil for a run on AWS.
    var result: RunResult? {
        guard let job, let home else { return nil }
        return RunResult(job, home, execution: report.name, summary)
    }

    private func count(_ member: String) -> Int { summary?[member]?.int ?? 0 }

    /// `{member:noun}` becomes a number with its noun, `{member}` what stands there.
    private func filled(_ text: String) -> String {
        var filled = ""
        var rest = Substring(text)
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            filled += rest[..<open]
            let parts = rest[rest.index(after: open)..<close].split(separator: ":")
            let member = parts.first.map(String.init) ?? ""
            if parts.count == 2 {
                filled += counted(count(member), String(parts[1]))
            } else {
                filled += summary?[member]?.string ?? ""
            }
            rest = rest[rest.index(after: close)...]
        }
        return filled + rest
    }

    /// `1 order`, `2,000 orders`.
    private func counted(_ count: Int, _ noun: String) -> String {
        "\(Quantities.count(count)) \(noun)\(count == 1 ? "" : "s")"
    }

    private var failureText: String {
        let verb = ["TIMED_OUT": "timed out", "ABORTED": "was aborted"][report.status] ?? "failed"
        var lines: [String] = []
        let failed = report.failedStates
        for state in failed {
            let failure = state.failure
            lines.append("\(report.name) \(verb) in the state \(state.name)")
            if let child = failure.child { lines[lines.count - 1] += " (child \(child))" }
            lines.append("  \(failure.error ?? "without an error's name")")
            lines += (failure.message ?? "").split(separator: "\n").map { "  \($0)" }
        }
        if failed.isEmpty {
            let failure = Failure(error: report.error, cause: report.cause)
            lines.append("\(report.name) \(verb)\(failure.error.map { ": \($0)" } ?? "")")
            lines += (failure.message ?? "").split(separator: "\n").map { "  \($0)" }
        }
        lines.append("rerun from the failed step: sluice rerun \(report.name)\(flags)")
        // What steps before have made is gone; only they can make it again.
        if home != nil, failed.contains(where: { $0.failure.error == "Sluice.NoSuchKey" }) {
            lines.append(
                "or from the first step: sluice rerun \(report.name) --from-start\(flags)")
        }
        // A run keeps to the versions of its files, so another version needs another run.
        if failed.contains(where: { $0.failure.error?.hasPrefix("Sluice.") == true }) {
            lines.append(
                "or, with a corrected file, "
                    + (home == nil
                        ? "put it into the drop bucket"
                        : "run it again: sluice run PATH…\(flags)"))
        }
        return lines.joined(separator: "\n")
    }

    var json: JSON {
        var object: JSONObject = [
            "execution": JSON(report.name), "executionArn": JSON(report.arn),
            "status": JSON(report.status),
            "durationSeconds": JSONNumber((seconds * 1000).rounded() / 1000).map { .number($0) }
                ?? .null, "inputBytes": JSON(inputBytes),
        ]
        object[job?.messages == nil ? "result" : "messages"] = result.map { JSON($0.location) }
        object["summary"] = summary
        let failed = report.failedStates
        if !isSuccess {
            object["error"] = report.error.map { JSON($0) }
            object["cause"] = report.cause.map { JSON($0) }
            object["failedStates"] = .array(
                failed.map { state in
                    var entry: JSONObject = ["name": JSON(state.name)]
                    entry["error"] = state.failure.error.map { JSON($0) }
                    entry["message"] = state.failure.message.map { JSON($0) }
                    entry["failedChild"] = state.failure.child.map { JSON($0) }
                    return .object(entry)
                })
        }
        return .object(object)
    }
}
