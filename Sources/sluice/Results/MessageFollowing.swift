import AWSClient
import Stores
import System

/// Prints a local queue's messages and those that come, until a signal or until nobody reads.
struct MessageFollowing {
    let queues: [LocalMessageQueue]
    let selection: MessageSelection

    func run() throws {
        let isOver = Monitor(false)
        Interruption.onSignal { isOver.withLock { $0 = true } }
        var offsets: [String: Int] = [:]
        var seconds = 0.02
        while !Terminal.isOutputClosed, !isOver.withLock({ $0 }) {
            var hasNews = false
            for (queue, segment) in selection.ordered(try queues.withSegments()) {
                let from = offsets[segment.path] ?? 0
                guard segment.sizeBytes > from else { continue }
                var text: [UInt8] = []
                offsets[segment.path] = try queue.forEachLine(in: segment, from: from) { line in
                    text += line
                    text.append(UInt8(ascii: "\n"))
                    return text.count < 1 << 20
                }
                guard !text.isEmpty else { continue }
                hasNews = true
                Terminal.standardOutput(verbatim: String(decoding: text, as: UTF8.self))
            }
            seconds = hasNews ? 0.02 : min(0.25, seconds * 1.5)
            if hasNews { continue }
            _ = isOver.wait(untilNanoseconds: monotonicNanoseconds() + Int(seconds * 1e9)) {
                $0 ? true : nil
            }
        }
    }
}
