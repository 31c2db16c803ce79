import LocalCloud
import JSON
import Synchronization
import System

/// Shows an execution's progress on standard error: a line that is redrawn on a terminal, otherwise
/// a line for each thing that is done.
final class ProgressDisplay: Sendable {
    private static let refreshNanoseconds = 100_000_000

    private let name: String
    private let progress: Mutex<RunProgress>
    private let started = monotonicNanoseconds()
    private let isInteractive = Terminal.isInteractive
    private let isOver = Monitor(false)
    private let thread = Mutex<Thread?>(nil)

    init(name: String, executionARN: String) {
        self.name = name
        progress = Mutex(RunProgress(executionARN: executionARN))
        guard isInteractive else { return }
        thread.withLock { $0 = Thread { [self] in redraw() } }
    }

    /// Given every event, of other executions too.
    func take(_ arn: String, _ event: JSON) {
        let news = progress.withLock { $0.take(arn, event) }
        if let news, !isInteractive { Terminal.standardError("\(name): \(news)\n") }
    }

    /// Told how many children of a Map have succeeded, where their own events are not to be had.
    /// - Returns: whether that is news.
    func take(mapRun arn: String, succeeded: Int) -> Bool {
        progress.withLock { $0.take(mapRun: arn, succeeded: succeeded) }
    }

    var listener: ExecutionListener {
        ExecutionListener(event: take) { [self] arn, succeeded in
            take(mapRun: arn, succeeded: succeeded)
        }
    }

    /// Takes the line away.
    func finish() {
        isOver.withLock { $0 = true }
        thread.withLock { thread in
            thread?.join()
            thread = nil
        }
    }

    private func redraw() {
        while true {
            let now = monotonicNanoseconds()
            let isOver = isOver.wait(untilNanoseconds: now + Self.refreshNanoseconds) {
                $0 ? true : nil
            }
            if isOver == true { return Terminal.redraw(line: "") }
            let seconds = Double(monotonicNanoseconds() - started) / 1e9
            let line = "\(name)  \(progress.withLock { $0.line(elapsedSeconds: seconds) })"
            Terminal.redraw(line: line)
        }
    }
}
