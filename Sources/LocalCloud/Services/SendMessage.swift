import Digest
import Engine
import JSON
import Stores
import System

extension LocalServices {
    /// SQS's SendMessage: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>.
    ///
    /// The last part of the queue's URL names the queue, which is there as soon as something is sent
    /// to it. A message is one line: JSON as it is, or without the line breaks between its values; any
    /// other text as a JSON string.
    /// - Throws: `QueueDoesNotExist` for what cannot be a queue's name, `InvalidMessageContents`,
    ///   `UnsupportedOperation` for a FIFO queue.
    func sendMessage(_ parameters: JSON) throws(ServiceError) -> JSON {
        let name = try Self.queueName(in: parameters.text("QueueUrl"))
        let body = parameters.text("MessageBody")
        guard !body.isEmpty else {
            throw ServiceError(
                "MissingParameter", "The request must contain the parameter MessageBody.")
        }
        guard body.unicodeScalars.allSatisfy(Self.isAllowed) else {
            throw ServiceError(
                "InvalidMessageContents",
                "Invalid characters found. Valid unicode characters are "
                    + "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF")
        }
        do throws(StoreError) {
            try LocalMessageQueue(directory: home.queue(name)).send(Self.line(of: body))
        } catch { throw ServiceError(error) }
        return [
            "MD5OfMessageBody": .string(md5Hexadecimal(Array(body.utf8))),
            "MessageId": .string(randomUUID()),
        ]
    }

    /// One line of JSON that says what the text says.
    static func line(of text: String) -> String {
        guard let json = try? JSON(parsing: text) else { return JSON.string(text).serialized() }
        // Within its strings JSON has line breaks escaped only.
        let hasBreak = text.utf8.contains { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        return hasBreak ? json.serialized() : text
    }

    private static func queueName(in url: String) throws(ServiceError) -> String {
        let name = url.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        if name.hasSuffix(".fifo") {
            throw ServiceError("UnsupportedOperation", "There are no FIFO queues here: '\(url)'")
        }
        guard (1...80).contains(name.utf8.count), nameCharacters.contains(allOf: name) else {
            throw ServiceError("QueueDoesNotExist", "The specified queue does not exist: '\(url)'")
        }
        return String(name)
    }

    /// What the name of a queue may consist of.
    static let nameCharacters = ASCIISet.lettersAndDigits.union("-_")

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x9, 0xA, 0xD, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }
}
