public import AWSClient
import Digest
import JSON

/// A queue in SQS, standard or FIFO (its URL ends in `.fifo`).
///
/// A standard queue can get a message twice. A FIFO queue takes each of a sender's messages once
/// within five minutes, and in order; batches then go one after the other. Only an entry that SQS
/// refuses alone out of its batch comes behind the rest of that batch.
public struct SQSMessageQueue: MessageQueue {
    /// MessageGroupId and MessageDeduplicationId have at most this many characters.
    static let maximumIDBytes = 128

    public let queueURL: String
    /// Emulators and older regions still hold to 262,144.
    public let maximumBatchBytes: Int
    public let requestsInFlight: Int
    private let sqs: SQS

    public init(
        queueURL: String, _ client: AWSClient = AWSClient(),
        maximumBatchBytes: Int = SQS.maximumBatchBytes, requestsInFlight: Int = 32
    ) {
        self.queueURL = queueURL
        self.maximumBatchBytes = maximumBatchBytes
        self.requestsInFlight = requestsInFlight
        sqs = SQS(client, queueURL: queueURL)
    }

    private var isFIFO: Bool { queueURL.hasSuffix(".fifo") }

    /// SQS does not tell.
    public func sentCount(sender: String) throws(StoreError) -> Int? { nil }

    public func send(_ message: String) throws(StoreError) {
        var more = JSONObject()
        if isFIFO {
            more = [
                "MessageGroupId": "messages",
                "MessageDeduplicationId": .string(sha256Hexadecimal(message)),
            ]
        }
        do throws(AWSError) {
            _ = try sqs.sendMessage(message, more)
        } catch { throw StoreError(error, subject: queueURL) }
    }

    public func send(_ group: MessageGroup) throws(StoreError) {
        let all = Array(group.ends.indices)
        guard isFIFO else { return try send(all, of: group) }
        // The next batch only when this one is there: one that is sent again would come behind it.
        for batch in try batches(of: all, in: group) { try send(batch, of: group) }
    }

    /// Sends messages, given by their places in the group, until all are accepted.
    private func send(_ indexes: [Int], of group: MessageGroup) throws(StoreError) {
        var pending = indexes
        var attempt = 1
        while true {
            let batches = try batches(of: pending, in: group)
            let refused = try send(batches, of: group)
            if refused.isEmpty { return }
            let lost = refused.filter { !$0.mayBeRetried }
            guard lost.isEmpty, attempt < sqs.client.configuration.maximumAttempts else {
                let first = lost.first ?? refused[0]
                throw StoreError(
                    lost.isEmpty ? .unavailable : .messagesNotAccepted,
                    "\(refused.count) of \(group.sender)'s messages were not accepted, first "
                        + "message \(group.firstSequence + first.index): \(first.reason)",
                    subject: queueURL)
            }
            pending = refused.map(\.index).sorted()
            sqs.client.waitBefore(attemptAfter: attempt)
            attempt += 1
        }
    }

    /// A message that an answer says was not taken.
    private struct Refusal {
        /// Its place in the group.
        var index: Int
        var mayBeRetried: Bool
        var reason: String
    }

    /// Packs messages, given by their places in the group, into batches within the limits.
    func batches(of indexes: [Int], in group: MessageGroup) throws(StoreError) -> [[Int]] {
        var batches: [[Int]] = []
        var bytes = 0
        for index in indexes {
            let size = Self.range(of: index, in: group).count
            guard size > 0, size <= maximumBatchBytes else {
                throw StoreError(
                    .messagesNotAccepted,
                    "message \(group.firstSequence + index) of \(group.sender) has \(size) bytes; "
                        + "1 to \(maximumBatchBytes) are allowed", subject: queueURL)
            }
            if batches.isEmpty || batches[batches.count - 1].count == SQS.maximumEntries
                || bytes + size > maximumBatchBytes
            {
                batches.append([])
                bytes = 0
            }
            batches[batches.count - 1].append(index)
            bytes += size
        }
        return batches
    }

    /// Where a message lies among the lines, without its line feed.
    private static func range(of index: Int, in group: MessageGroup) -> Range<Int> {
        (index == 0 ? 0 : group.ends[index - 1])..<(group.ends[index] - 1)
    }

    private func entry(_ index: Int, of group: MessageGroup) -> JSON {
        let bytes = group.lines[Self.range(of: index, in: group)]
        var entry: JSONObject = [
            "Id": .string(String(index)),
            "MessageBody": .string(String(decoding: bytes, as: UTF8.self)),
        ]
        if isFIFO {
            entry["MessageGroupId"] = .string(Self.identity(group.sender))
            entry["MessageDeduplicationId"] = .string(
                Self.identity("\(group.sender)-\(group.firstSequence + index)"))
        }
        return .object(entry)
    }

    /// The text where it may be an id: at most 128 printable ASCII characters; else its hash.
    static func identity(_ text: String) -> String {
        text.utf8.count <= maximumIDBytes && text.utf8.allSatisfy { 0x21...0x7E ~= $0 }
            ? text : sha256Hexadecimal(text)
    }

    private func send(
        _ batches: [[Int]], of group: MessageGroup
    ) throws(StoreError) -> [Refusal] {
        let entries = batches.map { $0.map { entry($0, of: group) } }
        let outcomes: [Result<JSON, AWSError>]
        do throws(AWSError) {
            outcomes = try sqs.sendMessageBatches(entries, atMost: requestsInFlight)
        } catch { throw StoreError(error, subject: queueURL) }
        var refused: [Refusal] = []
        for (batch, outcome) in zip(batches, outcomes) {
            let answer: JSON
            switch outcome {
            case .success(let value): answer = value
            case .failure(let error):
                var failure = StoreError(error, subject: queueURL)
                let first = group.firstSequence + batch[0]
                failure.message += "; \(group.sender)'s messages from \(first) on may be missing"
                throw failure
            }
            refused += SQS.failures(in: answer, of: batch).map {
                Refusal(index: $0.index, mayBeRetried: !$0.isFinal, reason: $0.reason)
            }
        }
        return refused
    }
}
