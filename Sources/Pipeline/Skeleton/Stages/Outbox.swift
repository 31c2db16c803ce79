import JSON
import Stores

/// Gathers messages into groups, sends each and keeps a checkpoint where the queue does not know itself
/// what it has.
///
/// A task's messages leave in a fixed order, so that another attempt goes on behind the last group that
/// was sent for certain.
public struct Outbox {
    /// Messages between two checkpoints: what can be sent twice, at most, after a crash.
    static let groupMessages = 2000

    private let storage: RunStorage
    private let queue: any MessageQueue
    private let sender: String
    private let checkpointName: String
    private let keepsCheckpoint: Bool
    /// Messages that were sent before this attempt.
    private let alreadySent: Int
    private(set) var count = 0
    private var lines: [UInt8] = []
    private var ends: [Int] = []

    init(_ task: StageTask, _ queue: any MessageQueue) throws {
        storage = task.run.storage
        self.queue = queue
        sender = task.run.sender(task.index)
        checkpointName = "checkpoints/\(RunStorage.number(task.index)).json"
        let known = try queue.sentCount(sender: sender)
        keepsCheckpoint = known == nil
        alreadySent = try known ?? storage.getIfThere(checkpointName)?["sent"]?.int ?? 0
        lines.reserveCapacity(Self.groupMessages * 160)
        ends.reserveCapacity(Self.groupMessages)
    }

    /// - Parameter write: appends the message, one line of JSON with its line feed; not called for one
    ///   that was sent before.
    @inline(__always)
    mutating func append(_ write: (inout [UInt8]) -> Void) throws {
        count &+= 1
        if count <= alreadySent { return }
        write(&lines)
        ends.append(lines.count)
        if ends.count == Self.groupMessages { try send() }
    }

    mutating func finish() throws { if !ends.isEmpty { try send() } }

    private mutating func send() throws {
        try lines.withUnsafeBytes {
            try queue.send(
                MessageGroup(
                    sender: sender, firstSequence: count - ends.count, lines: $0, ends: ends))
        }
        if keepsCheckpoint { try storage.put(checkpointName, ["sent": JSON(count)]) }
        lines.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }

    /// Requests that sending so many messages takes: batches of ten, which are less than 64 KB.
    static func queueRequests(messages: Int) -> Int {
        let full = messages / groupMessages
        let rest = messages % groupMessages
        return full * ((groupMessages + 9) / 10) + (rest + 9) / 10
    }

    /// Checkpoints of so many messages.
    static func groups(messages: Int) -> Int { (messages + groupMessages - 1) / groupMessages }
}
