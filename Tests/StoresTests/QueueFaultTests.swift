import AWSClient
import HTTP
import JSON
import LoopbackServer
import System
import Testing

@testable import Stores

extension Emulated {
    /// Queues and tables on AWS against moto, through faults: nothing is lost, and nothing doubled beyond
    /// what a standard queue cannot know.
    @Suite struct QueueFaultTests {
        let emulator: FaultyEmulator?
        init() throws { emulator = try FaultyEmulator.get() }

        private func makeQueue(
            _ name: String, _ attributes: JSON, _ emulator: FaultyEmulator
        ) throws -> SQS {
            _ = try emulator.directClient().call(
                .sqs, "CreateQueue", ["QueueName": .string(name), "Attributes": attributes])
            return try SQS.queue(named: name, emulator.directClient())
        }

        /// Takes all there is out of a queue, in the order of coming.
        private func drain(_ queue: SQS) throws -> [String] {
            var bodies: [String] = []
            while true {
                let messages = try queue.receiveMessage(visibilityTimeoutSeconds: 600)
                if messages.isEmpty { return bodies }
                bodies += messages.map(\.body)
                try queue.deleteMessageBatch(receiptHandles: messages.map(\.receiptHandle))
            }
        }

        /// Makes the service refuse entries of a batch that the plan picks, without having seen them.
        private static func refusing(
            _ isRefused: @escaping @Sendable (String) -> Bool
        ) -> @Sendable (HTTPRequest) -> (HTTPRequest, (JSON) -> JSON)? {
            { request in
                guard request.headers["X-Amz-Target"] == "AmazonSQS.SendMessageBatch",
                    var input = (try? JSON(parsing: request.body))?.object,
                    let entries = input["Entries"]?.array
                else { return nil }
                let refused = entries.filter { isRefused($0["MessageBody"]?.string ?? "") }
                if refused.isEmpty || refused.count == entries.count { return nil }
                input["Entries"] = .array(entries.filter { !refused.contains($0) })
                var request = request
                request.body = Array(JSON.object(input).serialized().utf8)
                return (
                    request,
                    { answer in
                        guard var object = answer.object else { return answer }
                        object["Failed"] = .array(
                            refused.map {
                                [
                                    "Id": $0["Id"] ?? "", "Code": "InternalError",
                                    "Message": "later",
                                    "SenderFault": false,
                                ]
                            })
                        return .object(object)
                    }
                )
            }
        }

        @Test func `a standard queue gets every message once, whatever is refused before`() throws {
            guard let emulator else { return }
            let queue = try makeQueue("standard", [:], emulator)
            let sender = SQSMessageQueue(queueURL: queue.queueURL, emulator.client())
            let dice = Dice()
            let messages = (0..<87).map { "{\"message\":\($0)}" }
            let harm = try emulator.during(
                { _ in dice.fault(40, of: [.resetBefore, .unavailable, .throttled]) },
                rewriting: Self.refusing { _ in dice.below(100) < 20 }
            ) { try sender.send("set-1/0", from: 0, messages) }
            #expect(harm.count == 3, "seed \(dice.seed)")
            #expect(try drain(queue).sorted() == messages.sorted(), "seed \(dice.seed)")
        }

        @Test func `lost answers lose no message`() throws {
            guard let emulator else { return }
            let queue = try makeQueue("lost-answers", [:], emulator)
            let sender = SQSMessageQueue(queueURL: queue.queueURL, emulator.client())
            let dice = Dice()
            let messages = (0..<60).map { "{\"message\":\($0)}" }
            try emulator.during({ _ in dice.fault(40, of: [.resetAfter, .truncated, .duplicated]) })
            {
                try sender.send("set-1/0", from: 0, messages)
            }
            let found = try drain(queue)
            #expect(Set(found) == Set(messages), "seed \(dice.seed)")
            // What was doubled was doubled by lost answers, a batch at a time.
            #expect(found.count >= messages.count && found.count % 10 == 0, "seed \(dice.seed)")
        }

        @Test func `a FIFO queue gets every message once and in order`() throws {
            guard let emulator else { return }
            let queue = try makeQueue("in-order.fifo", ["FifoQueue": "true"], emulator)
            let sender = SQSMessageQueue(queueURL: queue.queueURL, emulator.client())
            let dice = Dice()
            let messages = (0..<45).map { "{\"message\":\($0)}" }
            let faults: [Fault] = [
                .resetBefore, .resetAfter, .unavailable, .throttled, .duplicated,
            ]
            try emulator.during({ _ in dice.fault(40, of: faults) }) {
                try sender.send("set-1/0", from: 0, messages)
                // A rerun after a crash sends the same ones again.
                try sender.send("set-1/0", from: 20, Array(messages[20...]))
            }
            #expect(try drain(queue) == messages, "seed \(dice.seed)")
        }

        @Test func `a service that stays down is told, with the messages that may be missing`()
            throws
        {
            guard let emulator else { return }
            let queue = try makeQueue("down", [:], emulator)
            let sender = SQSMessageQueue(queueURL: queue.queueURL, emulator.client(attempts: 3))
            emulator.during({ _ in .unavailable }) {
                let error = #expect(throws: StoreError.self) {
                    try sender.send("set-1/0", from: 40, ["{}", "{}"])
                }
                #expect(error?.code == .unavailable)
                #expect(error?.message.contains("messages from 40 on may be missing") == true)
                #expect(error?.message.contains("3 attempts") == true)
            }
            #expect(try drain(queue).isEmpty)
        }

        @Test func `messages are received and deleted, and the queue counts them`() throws {
            guard let emulator else { return }
            let queue = try makeQueue("received", [:], emulator)
            let sender = SQSMessageQueue(queueURL: queue.queueURL, emulator.directClient())
            try sender.send("s", from: 0, (0..<25).map { "{\"n\":\($0)}" })
            #expect(
                try queue.getQueueAttributes(["ApproximateNumberOfMessages"])[
                    "ApproximateNumberOfMessages"] == "25")
            let first = try queue.receiveMessage(atMost: 3, visibilityTimeoutSeconds: 0)
            #expect(first.count == 3 && first[0].attributes["ApproximateReceiveCount"] == "1")
            #expect(try drain(queue).count == 25)
            let unknown = #expect(throws: AWSError.self) {
                try SQS.queue(named: "no-such-queue", emulator.directClient())
            }
            #expect(
                unknown?.code.contains("NonExistentQueue") == true
                    || unknown?.code == "QueueDoesNotExist")
            let handle = #expect(throws: AWSError.self) {
                try queue.deleteMessageBatch(receiptHandles: ["nonsense"])
            }
            #expect(handle != nil)
        }

        private func makeTable(_ name: String, _ emulator: FaultyEmulator) throws {
            func key(_ name: String, _ type: String) -> JSON {
                ["AttributeName": .string(name), "KeyType": .string(type)]
            }
            _ = try emulator.directClient().call(
                .dynamoDB, "CreateTable",
                [
                    "TableName": .string(name), "BillingMode": "PAY_PER_REQUEST",
                    "AttributeDefinitions": [
                        ["AttributeName": "pk", "AttributeType": "S"],
                        ["AttributeName": "sk", "AttributeType": "S"],
                    ], "KeySchema": [key("pk", "HASH"), key("sk", "RANGE")],
                ])
        }

        @Test func `updates through faults are made once`() throws {
            guard let emulator else { return }
            try makeTable("updates", emulator)
            let table = DynamoDBTable(name: "updates", emulator.client())
            let dice = Dice()
            let faults: [Fault] = [
                .resetBefore, .resetAfter, .unavailable, .throttled, .truncated, .duplicated,
            ]
            try emulator.during({ _ in dice.fault(40, of: faults) }) {
                for number in 0..<20 {
                    let key = TableKey("set", "\(number % 3)")
                    let update = try table.updateItem(
                        key: key, set: ["newest": JSON(number)], remove: [],
                        condition: .missingOrLess("newest", than: JSON(number)))
                    // Lost answers are tried again, and then find their own work.
                    #expect(update.item["newest"] == JSON(number), "seed \(dice.seed)")
                    #expect(try table.getItem(key: key)?["newest"] == JSON(number))
                }
            }
        }

        @Test func `items that are left unprocessed are put in the end`() throws {
            guard let emulator else { return }
            try makeTable("batches", emulator)
            let dynamoDB = DynamoDB(emulator.client())
            let dice = Dice()
            let items = (0..<80).map { number -> JSONObject in
                ["pk": ["S": "set"], "sk": ["S": .string("\(1000 + number)")], "n": ["N": "1"]]
            }
            let leave: @Sendable (HTTPRequest) -> (HTTPRequest, (JSON) -> JSON)? = { request in
                guard request.headers["X-Amz-Target"]?.hasSuffix("BatchWriteItem") == true,
                    let input = try? JSON(parsing: request.body),
                    let puts = input["RequestItems"]?["batches"]?.array, puts.count > 1
                else { return nil }
                let kept = puts.prefix(1 + dice.below(puts.count - 1))
                let left = Array(puts.dropFirst(kept.count))
                var request = request
                let only: JSON = ["RequestItems": ["batches": .array(Array(kept))]]
                request.body = Array(only.serialized().utf8)
                return (request, { _ in ["UnprocessedItems": ["batches": .array(left)]] })
            }
            try emulator.during(
                { _ in dice.fault(20, of: [.resetAfter, .throttled]) }, rewriting: leave
            ) { try dynamoDB.batchWriteItem(table: "batches", puts: items) }
            let found = try emulator.directClient().call(
                .dynamoDB, "Query",
                [
                    "TableName": "batches", "KeyConditionExpression": "pk = :p",
                    "ExpressionAttributeValues": [":p": ["S": "set"]],
                ])
            #expect(
                found["Items"]?.array?.map { $0["sk"] } == items.map { $0["sk"] },
                "seed \(dice.seed)")
        }
    }
}
