import LocalCloud
import Inspection
import System

/// Shows an execution's states until it has ended.
struct GraphFollowing {
    private let access: StepFunctionsAccess
    private let arn: String
    private var report: ExecutionReport

    /// - Parameter report: how it stands.
    init(_ access: StepFunctionsAccess, _ report: ExecutionReport) {
        self.access = access
        self.report = report
        arn = report.arn
    }

    /// - Returns: ``ExitCode/success`` when the execution has succeeded, else ``ExitCode/failure``.
    /// - Throws: ``CommandError`` when nobody works on it.
    func run() throws -> ExitCode {
        var polling = Polling(access.place)
        var report = report
        var screen = Screen()
        var lines = StateLines()
        while true {
            let news = lines.take(report)
            if Terminal.isOutputInteractive {
                screen.draw(
                    report.text(now: WallClock().now().seconds, duration: Quantities.duration),
                    isLast: report.status != "RUNNING")
            } else {
                for line in news { Terminal.standardOutput(line + "\n") }
            }
            guard report.status == "RUNNING" else {
                return report.status == "SUCCEEDED" ? .success : .failure
            }
            guard access.place != .store else {
                throw CommandError(
                    .unavailable,
                    "nobody works in \(access.messageHome?.path ?? ""): \(report.name) goes on when "
                        + "sluice up or sluice run does")
            }
            // Who reads has had enough.
            if Terminal.isOutputClosed { return .success }
            polling.pause(
                hasNews: !news.isEmpty, mapRuns: report.states.count { $0.mapRun != nil })
            report = try access.inspector.report(arn)
        }
    }
}

/// What has changed between two looks at an execution, a line for each.
struct StateLines {
    private var known: [String] = []
    private var status = ""

    mutating func take(_ report: ExecutionReport) -> [String] {
        var lines: [String] = []
        for state in report.states {
            let failure = state.failure
            // Its first attempt begins as it is entered, or right after.
            let attempt = state.attempts > 1 ? ["attempt \(state.attempts)"] : []
            let error = failure.error.map { [$0] } ?? []
            let line = ([state.name, state.status.rawValue] + attempt + error)
                .joined(separator: "  ")
            // Visits of one state are told apart by when they began.
            let key = "\(state.startedAt) \(line)"
            if known.contains(key) { continue }
            known.append(key)
            lines.append(String(repeating: "  ", count: state.depth) + line)
        }
        if status != report.status {
            status = report.status
            let error = report.error.map { "  \($0)" } ?? ""
            let line = "\(report.name)  \(report.status)\(error)"
            // Before its states when it begins, behind them when it ends.
            if status == "RUNNING" { lines.insert(line, at: 0) } else { lines.append(line) }
        }
        return lines
    }
}

/// A text that is drawn again in its own place on a terminal.
struct Screen {
    private var height = 0

    /// - Parameter isLast: whether it stays as it is, and so may be longer than the terminal.
    mutating func draw(_ text: String, isLast: Bool) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if !isLast {
            // What has left the terminal at its top cannot be drawn again: the first line and the newest.
            let rows = max(2, Terminal.rows - 1)
            if lines.count > rows { lines = [lines[0]] + lines.suffix(rows - 1) }
            lines = lines.map { $0.prefix(Terminal.columns - 1) }
        }
        Terminal.redraw(lines, over: height)
        height = lines.count
    }
}
