/// Consecutive messages of one sender, each one line of JSON text.
public struct MessageGroup {
    /// Names the sender: file set, run and slice range. Sent again, it sends the same messages in the same order.
    public var sender: String
    /// How many messages this sender has sent before these.
    public var firstSequence: Int
    /// The messages, each closed by one line feed.
    public var lines: UnsafeRawBufferPointer
    /// For each message the offset behind its line feed.
    public var ends: [Int]

    public init(
        sender: String, firstSequence: Int, lines: UnsafeRawBufferPointer, ends: [Int]
    ) {
        self.sender = sender
        self.firstSequence = firstSequence
        self.lines = lines
        self.ends = ends
    }
}

/// A queue of messages: SQS, or JSON Lines files in a directory.
public protocol MessageQueue: Sendable {
    /// How many messages of this sender the queue holds for certain; nil when it cannot know (SQS).
    func sentCount(sender: String) throws(StoreError) -> Int?
    /// Sends all messages of the group, in order; those the queue is known to hold already are left out.
    /// - Throws: ``StoreError`` when any message was not accepted; the error says which.
    func send(_ group: MessageGroup) throws(StoreError)
    /// Sends one message that belongs to no group.
    func send(_ message: String) throws(StoreError)
}
