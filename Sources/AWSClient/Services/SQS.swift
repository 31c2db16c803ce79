public import JSON

/// A message as ReceiveMessage hands it out.
public struct SQSMessage: Sendable, Hashable {
    public var messageID: String
    /// What DeleteMessageBatch wants; another one with each receipt.
    public var receiptHandle: String
    public var body: String
    /// `ApproximateReceiveCount`, `MessageGroupId` and so on.
    public var attributes: JSONObject
}

/// The operations of SQS on one queue.
///
/// Requests go to the configured endpoint, else to where the queue's URL points.
public struct SQS: Sendable {
    /// The limits of the batch operations.
    public static let maximumEntries = 10
    public static let maximumBatchBytes = 1 << 20
    /// ReceiveMessage's longest wait.
    public static let maximumWaitSeconds = 20

    public let client: AWSClient
    public let queueURL: String

    public init(_ client: AWSClient = AWSClient(), queueURL: String) {
        self.client = client
        self.queueURL = queueURL
    }

    /// GetQueueUrl: the queue of that name.
    /// - Parameter ownerAccountID: the account of the queue; nil for the caller's.
    /// - Throws: code `QueueDoesNotExist` or, from older services, `AWS.SimpleQueueService.NonExistentQueue`.
    public static func queue(
        named name: String, ownerAccountID: String? = nil, _ client: AWSClient = AWSClient()
    ) throws(AWSError) -> SQS {
        var input: JSONObject = ["QueueName": .string(name)]
        if let ownerAccountID { input["QueueOwnerAWSAccountId"] = .string(ownerAccountID) }
        let answer = try client.call(.sqs, "GetQueueUrl", .object(input))
        guard let url = answer["QueueUrl"]?.string else {
            throw AWSError("InvalidAnswer", "QueueUrl is missing", "SQS GetQueueUrl")
        }
        return SQS(client, queueURL: url)
    }

    private func endpoint() throws(AWSError) -> String? {
        if try client.configuration.configuredEndpoint(.sqs) != nil { return nil }
        let url = URLParts(queueURL)
        return "\(url.scheme)://\(url.authority)"
    }

    private func call(_ operation: String, _ more: JSONObject) throws(AWSError) -> JSON {
        var input: JSONObject = ["QueueUrl": .string(queueURL)]
        for (name, value) in more { input[name] = value }
        return try client.call(.sqs, operation, .object(input), endpoint: try endpoint())
    }

    public func sendMessage(_ body: String, _ more: JSONObject = [:]) throws(AWSError) -> JSON {
        var input: JSONObject = ["MessageBody": .string(body)]
        for (name, value) in more { input[name] = value }
        return try call("SendMessage", input)
    }

    /// Sends batches side by side. An answer that is no error can still say that entries failed.
    /// - Parameter batches: the entries of each, `Id` and `MessageBody` at least.
    public func sendMessageBatches(
        _ batches: [[JSON]], atMost limit: Int
    ) throws(AWSError) -> [Result<JSON, AWSError>] {
        let inputs = batches.map { entries -> JSON in
            ["QueueUrl": .string(queueURL), "Entries": .array(entries)]
        }
        return try client.callAll(
            .sqs, "SendMessageBatch", inputs, endpoint: try endpoint(), atMost: limit)
    }

    public func sendMessageBatch(_ entries: [JSON]) throws(AWSError) -> JSON {
        try sendMessageBatches([entries], atMost: 1)[0].get()
    }

    /// Receives what is there; the messages stay in the queue, hidden for a while.
    /// - Parameters:
    ///   - count: 1 to 10.
    ///   - waitSeconds: how long to wait for the first, 0 to 20.
    ///   - visibilityTimeoutSeconds: how long they stay hidden; nil for the queue's.
    public func receiveMessage(
        atMost count: Int = maximumEntries, waitSeconds: Int = 0,
        visibilityTimeoutSeconds: Int? = nil
    ) throws(AWSError) -> [SQSMessage] {
        var input: JSONObject = [
            "MaxNumberOfMessages": JSON(count), "WaitTimeSeconds": JSON(waitSeconds),
            "MessageSystemAttributeNames": ["All"],
        ]
        input["VisibilityTimeout"] = visibilityTimeoutSeconds.map { JSON($0) }
        let answer = try call("ReceiveMessage", input)
        var messages: [SQSMessage] = []
        for entry in answer["Messages"]?.array ?? [] {
            guard let id = entry["MessageId"]?.string, let body = entry["Body"]?.string,
                let receipt = entry["ReceiptHandle"]?.string
            else {
                throw AWSError("InvalidAnswer", "a message is incomplete", "SQS ReceiveMessage")
            }
            messages.append(
                SQSMessage(
                    messageID: id, receiptHandle: receipt, body: body,
                    attributes: entry["Attributes"]?.object ?? [:]))
        }
        return messages
    }

    /// Takes messages from the queue for good. Entries that fail for the service's sake are sent again.
    /// - Parameter receiptHandles: any number; ten go into a request.
    /// - Throws: code `BatchEntriesFailed` when some were not deleted; they come again.
    public func deleteMessageBatch(receiptHandles: [String]) throws(AWSError) {
        var pending = Array(receiptHandles.indices)
        var attempt = 1
        while true {
            var failed: [(index: Int, isFinal: Bool, reason: String)] = []
            for start in stride(from: 0, to: pending.count, by: Self.maximumEntries) {
                let batch = pending[start..<min(start + Self.maximumEntries, pending.count)]
                let entries = batch.map { index -> JSON in
                    ["Id": .string(String(index)), "ReceiptHandle": .string(receiptHandles[index])]
                }
                let answer = try call("DeleteMessageBatch", ["Entries": .array(entries)])
                failed += Self.failures(in: answer, of: batch)
            }
            guard let first = failed.first else { return }
            guard !failed.contains(where: \.isFinal),
                attempt < client.configuration.maximumAttempts
            else {
                let reason = failed.first { $0.isFinal }?.reason ?? first.reason
                throw AWSError(
                    "BatchEntriesFailed", "\(failed.count) messages were not deleted: \(reason)",
                    "SQS DeleteMessageBatch")
            }
            pending = failed.map(\.index)
            client.waitBefore(attemptAfter: attempt)
            attempt += 1
        }
    }

    /// Entries of a batch, whose ids are their indexes, that an answer does not say were done.
    /// What it does not mention was not done either.
    public static func failures(
        in answer: JSON, of batch: some Sequence<Int>
    ) -> [(index: Int, isFinal: Bool, reason: String)] {
        let done = Set((answer["Successful"]?.array ?? []).map { $0["Id"]?.string })
        let failed = answer["Failed"]?.array ?? []
        return batch.compactMap { index in
            if done.contains(String(index)) { return nil }
            let failure = failed.first { $0["Id"]?.string == String(index) }
            let code = failure?["Code"]?.string ?? "NotMentioned"
            let message = failure?["Message"]?.string ?? "the answer does not mention it"
            return (index, failure?["SenderFault"]?.bool == true, "\(code): \(message)")
        }
    }

    /// Attributes of the queue, `ApproximateNumberOfMessages` say; all values are texts.
    public func getQueueAttributes(_ names: [String] = ["All"]) throws(AWSError) -> JSONObject {
        let answer = try call(
            "GetQueueAttributes", ["AttributeNames": .array(names.map { .string($0) })])
        return answer["Attributes"]?.object ?? [:]
    }
}
