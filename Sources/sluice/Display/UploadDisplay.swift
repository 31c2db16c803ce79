import Stores
import Synchronization
import System

/// Shows on a terminal how far an upload is; elsewhere nothing.
final class UploadDisplay: Sendable {
    private static let refreshNanoseconds = 100_000_000

    private let name: String
    private let started = monotonicNanoseconds()
    private let isInteractive = Terminal.isInteractive
    private let lastShown = Mutex(0)

    init(name: String) { self.name = name }

    /// May be called by many threads.
    func take(_ progress: S3FileUpload.Progress) {
        guard isInteractive else { return }
        let now = monotonicNanoseconds()
        lastShown.withLock { last in
            guard now - last >= Self.refreshNanoseconds else { return }
            last = now
            let line = Self.line(
                name, doneBytes: progress.doneBytes, sizeBytes: progress.sizeBytes,
                elapsedSeconds: Double(now - started) / 1e9)
            Terminal.redraw(line: line)
        }
    }

    /// Takes the line away.
    func finish() {
        if isInteractive { Terminal.redraw(line: "") }
    }

    /// `items.csv  42 % of 1.4 GiB, 85.0 MiB/s`.
    static func line(
        _ name: String, doneBytes: Int, sizeBytes: Int, elapsedSeconds: Double
    ) -> String {
        let percent = sizeBytes == 0 ? 100 : doneBytes * 100 / sizeBytes
        let rate = Int(Double(doneBytes) / max(elapsedSeconds, 0.001))
        return "\(name)  \(percent) % of \(Quantities.bytes(sizeBytes)), "
            + "\(Quantities.bytes(rate))/s"
    }
}
