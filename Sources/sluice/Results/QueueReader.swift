import AWSClient
import JSON
import System

/// Prints the messages of an SQS queue without taking them away, unless that is asked for.
struct QueueReader {
    /// How long a message that was printed stays hidden from others, and from this command.
    static let visibilitySeconds = 600
    /// How long SQS waits for a message before it says that there is none; 20 is its limit.
    static let waitSeconds = 2
    /// SQS's limit of a batch.
    static let batchEntries = 10

    private let client: AWSClient
    private let queueURL: String
    private let endpoint: String?
    private let deletes: Bool
    private let onlyErrors: Bool

    /// - Throws: ``CommandError`` when that is no queue's URL.
    init(queueURL: String, deletes: Bool, onlyErrors: Bool) throws {
        let parts = queueURL.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 4, ["http:", "https:"].contains(parts[0]), parts[1].isEmpty,
            !parts[2].isEmpty
        else { throw CommandError.usage("--queue must be a queue's URL, not '\(queueURL)'") }
        self.queueURL = queueURL
        self.deletes = deletes
        self.onlyErrors = onlyErrors
        let configuration = AWSConfiguration(environment: environmentVariable)
        client = AWSClient(configuration)
        // Where the environment says, else where the URL points.
        endpoint =
            try configuration.configuredEndpoint(.sqs) == nil ? "\(parts[0])//\(parts[2])" : nil
    }

    /// - Parameter follows: whether to go on when the queue is empty, until a signal.
    func run(follows: Bool) throws {
        let isOver = Monitor(false)
        Interruption.onSignal { isOver.withLock { $0 = true } }
        // One that is given twice is printed once.
        var known: Set<String> = []
        var held: [String: String] = [:]
        let outcome = Result {
            while !Terminal.isOutputClosed, !isOver.withLock({ $0 }) {
                let messages = try receive()
                if messages.isEmpty, !follows { return }
                var printed: [String] = []
                for message in messages {
                    guard let id = message["MessageId"]?.string,
                        let receipt = message["ReceiptHandle"]?.string,
                        let body = message["Body"]?.string
                    else { continue }
                    held[id] = receipt
                    if onlyErrors, !isError(body) { continue }
                    if known.insert(id).inserted { Terminal.standardOutput(verbatim: body + "\n") }
                    printed.append(id)
                }
                guard deletes else { continue }
                // Not before it is certain that they were written.
                if let failure = Terminal.outputFailure { throw failure }
                if Terminal.isOutputClosed { return }
                try call("DeleteMessageBatch", printed.map { ($0, held[$0] ?? "") }, [:])
                for id in printed { held[id] = nil }
            }
        }
        // Given back at once; what cannot be comes back by itself.
        try? call("ChangeMessageVisibilityBatch", Array(held), ["VisibilityTimeout": 0])
        try outcome.get()
    }

    private func receive() throws -> [JSON] {
        try send(
            "ReceiveMessage",
            [
                "QueueUrl": JSON(queueURL), "MaxNumberOfMessages": JSON(Self.batchEntries),
                "WaitTimeSeconds": JSON(Self.waitSeconds),
                "VisibilityTimeout": JSON(Self.visibilitySeconds),
            ])["Messages"]?.array ?? []
    }

    /// One call for each ten messages.
    /// - Throws: ``CommandError`` when SQS refuses any of them.
    private func call(
        _ operation: String, _ messages: [(String, String)], _ more: JSONObject
    ) throws {
        for start in stride(from: 0, to: messages.count, by: Self.batchEntries) {
            let entries = messages[start...].prefix(Self.batchEntries).enumerated().map {
                index, message -> JSON in
                var entry: JSONObject = [
                    "Id": JSON(String(index)), "ReceiptHandle": JSON(message.1),
                ]
                for (name, value) in more { entry[name] = value }
                return .object(entry)
            }
            let answer = try send(
                operation, ["QueueUrl": JSON(queueURL), "Entries": .array(entries)])
            if let failed = answer["Failed"]?.array?.first {
                throw CommandError(
                    .unavailable,
                    "SQS \(operation): \(failed["Code"]?.string ?? ""): "
                        + (failed["Message"]?.string ?? ""))
            }
        }
    }

    private func send(_ operation: String, _ input: JSON) throws -> JSON {
        do throws(AWSError) {
            return try client.call(.sqs, operation, input, endpoint: endpoint)
        } catch {
            throw CommandError(.unavailable, "\(error)")
        }
    }

    private func isError(_ body: String) -> Bool {
        (try? JSON(parsing: body))?["type"] == "error_message"
    }
}
