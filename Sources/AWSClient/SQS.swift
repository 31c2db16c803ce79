public import JSON

/// The sending operations of SQS.
public struct SQS: Sendable {
    /// SendMessageBatch's limits.
    public static let maximumEntries = 10
    public static let maximumBatchBytes = 1 << 20

    public let client: AWSClient
    public let queueURL: String

    public init(_ client: AWSClient = AWSClient(), queueURL: String) {
        self.client = client
        self.queueURL = queueURL
    }

    /// Requests go to the configured endpoint, else to where the queue's URL points.
    private var endpoint: String? {
        if client.configuration.configuredEndpoint(.sqs) != nil { return nil }
        let url = URLParts(queueURL)
        return "\(url.scheme)://\(url.authority)"
    }

    public func sendMessage(_ body: String, _ more: JSONObject = [:]) throws(AWSError) -> JSON {
        var input: JSONObject = ["QueueUrl": .string(queueURL), "MessageBody": .string(body)]
        for (name, value) in more { input[name] = value }
        return try client.call(.sqs, "SendMessage", .object(input), endpoint: endpoint)
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
            .sqs, "SendMessageBatch", inputs, endpoint: endpoint, atMost: limit)
    }

    public func sendMessageBatch(_ entries: [JSON]) throws(AWSError) -> JSON {
        try sendMessageBatches([entries], atMost: 1)[0].get()
    }
}
