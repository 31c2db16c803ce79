import Console
import JSON

/// What a run came to, for people and for programs.
struct RunOutcome {
    var report: ExecutionReport
    /// What the last state returned; nil unless it succeeded.
    var summary: JSON?
    /// The directory with the run's messages.
    var messages: String
    /// Bytes of the set's files.
    var inputBytes: Int

    var isSuccess: Bool { report.status == "SUCCEEDED" }

    /// Its own time, what went before a redrive included.
    var seconds: Double { max(0, (report.stoppedAt ?? report.startedAt) - report.startedAt) }

    var text: String { isSuccess ? successText : failureText }

    private var successText: String {
        func count(_ name: String) -> Int { summary?[name]?.int ?? 0 }
        let rate = seconds > 0 ? ", \(Quantities.bytes(Int(Double(inputBytes) / seconds)))/s" : ""
        var lines = [
            "\(report.name) succeeded in \(Quantities.duration(seconds)) "
                + "(\(Quantities.bytes(inputBytes))\(rate))",
            "  \(Quantities.count(count("messages"))) messages: \(Quantities.count(count("customers"))) "
                + "customers, \(Quantities.count(count("orders"))) orders, "
                + "\(Quantities.count(count("items"))) items",
        ]
        let odd = [
            ("repeated customers", "repeatedCustomers"), ("repeated orders", "repeatedOrders"),
            ("orders of unknown customers", "orphanOrders"),
            ("items of unknown orders", "orphanItems"), ("rejected records", "rejects"),
        ].filter { count($0.1) > 0 }.map { "\(Quantities.count(count($0.1))) \($0.0)" }
        if !odd.isEmpty { lines.append("  " + odd.joined(separator: ", ")) }
        lines.append("  messages are in \(messages)")
        return lines.joined(separator: "\n")
    }

    private var failureText: String {
        let verb = ["TIMED_OUT": "timed out", "ABORTED": "was aborted"][report.status] ?? "failed"
        var lines: [String] = []
        let failed = report.failedStates
        for state in failed {
            lines.append("\(report.name) \(verb) in the state \(state.name)")
            if let child = state.mapRun?.failedChild {
                lines[lines.count - 1] += " (child \(child))"
            }
            lines.append("  \(state.mapRun?.error ?? state.error ?? "without an error's name")")
            lines += (state.mapRun?.cause ?? state.cause ?? "").split(separator: "\n")
                .map { "  \($0)" }
        }
        if failed.isEmpty {
            lines.append("\(report.name) \(verb)\(report.error.map { ": \($0)" } ?? "")")
            lines += (report.cause ?? "").split(separator: "\n").map { "  \($0)" }
        }
        lines.append("rerun from the failed step: sluice rerun \(report.name)")
        return lines.joined(separator: "\n")
    }

    var json: JSON {
        var object: JSONObject = [
            "execution": JSON(report.name), "executionArn": JSON(report.arn),
            "status": JSON(report.status),
            "durationSeconds": JSONNumber((seconds * 1000).rounded() / 1000).map { .number($0) }
                ?? .null, "inputBytes": JSON(inputBytes), "messages": JSON(messages),
        ]
        object["summary"] = summary
        let failed = report.failedStates
        if !isSuccess {
            object["error"] = report.error.map { JSON($0) }
            object["cause"] = report.cause.map { JSON($0) }
            object["failedStates"] = .array(
                failed.map { state in
                    var entry: JSONObject = ["name": JSON(state.name)]
                    entry["error"] = (state.mapRun?.error ?? state.error).map { JSON($0) }
                    entry["cause"] = (state.mapRun?.cause ?? state.cause).map { JSON($0) }
                    entry["failedChild"] = state.mapRun?.failedChild.map { JSON($0) }
                    return .object(entry)
                })
        }
        return .object(object)
    }
}
