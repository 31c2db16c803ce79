import AWSClient
import HTTP
import JSON
import LoopbackServer
import System
import Testing

@testable import Stores

private func client(_ server: LoopbackServer) -> AWSClient {
    AWSClient(
        AWSConfiguration(endpointURL: server.origin),
        retries: RetryPolicy(pause: { _ in }, random: { 0 }))
}

@Suite struct DynamoDBTableTests {
    private let key = TableKey("20240105", "orders")

    @Test func `an update sets and removes in one expression`() throws {
        let server = LoopbackServer { _ in
            .text(200, #"{"Attributes":{"pk":{"S":"20240105"},"n":{"N":"7"},"b":{"BOOL":true}}}"#)
        }
        let update = try DynamoDBTable(name: "barrier", client(server)).updateItem(
            key: key, set: ["token": "t", "size": 7], remove: ["old", "token2"],
            condition: .missingOrLess("size", than: 7))
        #expect(update.isDone)
        #expect(update.item == ["pk": "20240105", "n": 7, "b": ["BOOL": true]])
        let request = try #require(server.requests.first)
        #expect(request.headers["X-Amz-Target"] == "DynamoDB_20120810.UpdateItem")
        let input = try JSON(parsing: request.body)
        #expect(input["Key"] == ["pk": ["S": "20240105"], "sk": ["S": "orders"]])
        #expect(input["UpdateExpression"] == "SET #n0 = :v0, #n1 = :v1 REMOVE #n2, #n3")
        #expect(input["ConditionExpression"] == "attribute_not_exists(#n1) OR #n1 < :v2")
        #expect(
            input["ExpressionAttributeNames"]
                == ["#n0": "token", "#n1": "size", "#n2": "old", "#n3": "token2"])
        #expect(
            input["ExpressionAttributeValues"]
                == [":v0": ["S": "t"], ":v1": ["N": "7"], ":v2": ["N": "7"]])
        #expect(input["ReturnValues"] == "ALL_NEW")
        #expect(input["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD")
    }

    @Test(arguments: [
        (TableCondition.attributeMissing("a"), "attribute_not_exists(#n0)"),
        (.missingOrOther("a", than: "x"), "attribute_not_exists(#n0) OR #n0 <> :v0"),
        (.equal("a", 1), "#n0 = :v0"),
    ])
    func `conditions`(condition: TableCondition, expression: String) throws {
        let input = try DynamoDBTable(name: "barrier").updateInput(
            key: key, set: [:], remove: [], condition: condition)
        #expect(input["ConditionExpression"] == .string(expression))
        #expect(input["UpdateExpression"] == nil)
    }

    @Test func `a condition that does not hold returns the item as it is`() throws {
        let server = LoopbackServer { _ in
            .text(
                400,
                #"{"__type":"x#ConditionalCheckFailedException","message":"m","Item":{"n":{"N":"1"}}}"#
            )
        }
        let update = try DynamoDBTable(name: "barrier", client(server)).updateItem(
            key: key, set: ["n": 2], remove: [], condition: .attributeMissing("pk"))
        #expect(update == TableUpdate(isDone: false, item: ["n": 1]))
        #expect(server.requests.count == 1)
    }

    @Test func `an item is read consistently`() throws {
        let server = LoopbackServer { request in
            request.text.contains("orders")
                ? .text(200, #"{"Item":{"a":{"S":"x"}}}"#) : .text(200, "{}")
        }
        let table = DynamoDBTable(name: "barrier", client(server))
        #expect(try table.getItem(key: key) == ["a": "x"])
        #expect(try table.getItem(key: TableKey("a", "b")) == nil)
        #expect(try JSON(parsing: server.requests[0].body)["ConsistentRead"] == true)
    }

    @Test func `other types are refused, and errors keep their code`() {
        let server = LoopbackServer { _ in .text(400, #"{"__type":"ResourceNotFoundException"}"#) }
        let table = DynamoDBTable(name: "barrier", client(server))
        let type = #expect(throws: StoreError.self) {
            try table.updateItem(key: key, set: ["a": [1]], remove: [], condition: nil)
        }
        #expect(type?.code == .invalidAttribute)
        let error = #expect(throws: StoreError.self) { try table.getItem(key: key) }
        #expect(error?.code.rawValue == "ResourceNotFoundException")
    }
}

@Suite struct SQSMessageQueueTests {
    /// Takes every entry but those that `refuse` has an answer for.
    private static func answer(
        _ request: LoopbackServer.Request, _ refuse: (String) -> JSON?
    ) -> LoopbackServer.Answer {
        let entries = (try! JSON(parsing: request.body))["Entries"]!.array!
        var (taken, failed): ([JSON], [JSON]) = ([], [])
        for entry in entries {
            if let refusal = refuse(entry["MessageBody"]!.string!) {
                failed.append(
                    ["Id": entry["Id"]!, "Code": "C", "Message": "m", "SenderFault": refusal])
            } else {
                taken.append(["Id": entry["Id"]!])
            }
        }
        let body: JSON = ["Successful": .array(taken), "Failed": .array(failed)]
        return .text(200, body.serialized())
    }

    private static func bodies(_ server: LoopbackServer) throws -> [[String]] {
        try server.requests.map {
            try JSON(parsing: $0.body)["Entries"]!.array!.map { $0["MessageBody"]!.string! }
        }
    }

    @Test func `batches hold ten messages and so many bytes`() throws {
        let server = LoopbackServer { Self.answer($0) { _ in nil } }
        let queue = SQSMessageQueue(
            queueURL: "https://sqs/1/q", client(server), maximumBatchBytes: 50, requestsInFlight: 1)
        let long = String(repeating: "x", count: 45)
        try queue.send("s", from: 0, (0..<12).map { "\($0)" } + [long, "123456", "7"])
        // "10", "11" and the long one together have 49 bytes.
        let expected = [(0..<10).map { "\($0)" }, ["10", "11", long], ["123456", "7"]]
        #expect(try Self.bodies(server) == expected)
        let error = #expect(throws: StoreError.self) {
            try queue.send("s", from: 3, ["a", long + long])
        }
        #expect(error?.code == .messagesNotAccepted)
        #expect(error?.message.contains("message 4 of s has 90 bytes") == true)
    }

    @Test func `refused entries are sent again, unless the sender is at fault`() throws {
        let seen = Monitor<Set<String>>([])
        let server = LoopbackServer { request in
            Self.answer(request) { body in
                if body == "bad" { return true }
                return seen.withLock { $0.insert(body).inserted } && body.hasPrefix("late")
                    ? false : nil
            }
        }
        let queue = SQSMessageQueue(
            queueURL: "https://sqs/1/q", client(server), requestsInFlight: 1)
        try queue.send("s", from: 0, ["a", "late1", "b", "late2"])
        #expect(try Self.bodies(server) == [["a", "late1", "b", "late2"], ["late1", "late2"]])
        let error = #expect(throws: StoreError.self) { try queue.send("s", from: 5, ["c", "bad"]) }
        #expect(error?.code == .messagesNotAccepted)
        #expect(error?.message.contains("first message 6: C: m") == true)
    }

    @Test func `what keeps being refused, or is not mentioned, is not lost silently`() {
        let server = LoopbackServer { _ in .text(200, "{}") }
        let queue = SQSMessageQueue(queueURL: "https://sqs/1/q", client(server))
        let error = #expect(throws: StoreError.self) { try queue.send("s", from: 0, ["a"]) }
        #expect(error?.code == .unavailable)
        #expect(server.requests.count == 3)
    }

    @Test func `a FIFO queue gets group and deduplication ids`() throws {
        let server = LoopbackServer { Self.answer($0) { _ in nil } }
        let queue = SQSMessageQueue(queueURL: "https://sqs/1/q.fifo", client(server))
        try queue.send("set/1", from: 7, ["a", "b"])
        let entries = try JSON(parsing: server.requests[0].body)["Entries"]
        #expect(
            entries == [
                [
                    "Id": "0", "MessageBody": "a", "MessageGroupId": "set/1",
                    "MessageDeduplicationId": "set/1-7",
                ],
                [
                    "Id": "1", "MessageBody": "b", "MessageGroupId": "set/1",
                    "MessageDeduplicationId": "set/1-8",
                ],
            ])
        #expect(SQSMessageQueue.identity(String(repeating: "x", count: 129)).utf8.count == 64)
    }
}

@Suite struct S3ObjectStoreTests {
    @Test func `a read is split into ranges of the pinned version`() throws {
        let size = 20 << 20
        var marked = [UInt8](repeating: 0, count: size)
        for at in stride(from: 0, to: size, by: 997) { marked[at] = UInt8(at / 997 % 251) }
        let object = marked
        let server = LoopbackServer { request in
            let bounds = request.headers["Range"]!.dropFirst(6).split(separator: "-").map {
                Int($0)!
            }
            return .response(206, [:], Array(object[bounds[0]...bounds[1]]))
        }
        let reader = try S3ObjectStore(client(server)).openObject(
            ObjectReference(
                bucket: "bucket", key: "k", versionID: "v1", eTag: "e1", sizeBytes: size))
        var bytes = [UInt8](repeating: 0, count: size)
        let count = try bytes.withUnsafeMutableBytes { try reader.read(at: 100, into: $0) }
        #expect(count == size - 100)
        #expect(bytes[..<count] == object[100...])
        #expect(server.requests.count == 3)
        for request in server.requests {
            #expect(request.target == "/bucket/k?versionId=v1")
            #expect(request.headers["If-Match"] == "\"e1\"")
        }
        try reader.checkVersion()
        #expect(server.requests.count == 3)
    }

    @Test(arguments: [412, 404, 416])
    func `a version that is gone is named so`(status: Int) throws {
        let server = LoopbackServer { _ in .response(status) }
        let reader = try S3ObjectStore(client(server)).openObject(
            ObjectReference(bucket: "bucket", key: "k", eTag: "e1", sizeBytes: 10))
        let read = #expect(throws: StoreError.self) { try reader.text(at: 0, 10) }
        #expect(read?.code == .versionChanged)
    }

    @Test(arguments: [(200, "e1", false), (200, "e2", true), (404, "", true)])
    func `without versions the ETag is asked for at the end`(
        status: Int, eTag: String, isChanged: Bool
    ) throws {
        let server = LoopbackServer { _ in .response(status, ["ETag": "\"\(eTag)\""]) }
        let reader = try S3ObjectStore(client(server)).openObject(
            ObjectReference(bucket: "bucket", key: "k", eTag: "e1", sizeBytes: 10))
        if isChanged {
            let error = #expect(throws: StoreError.self) { try reader.checkVersion() }
            #expect(error?.code == .versionChanged)
        } else {
            try reader.checkVersion()
        }
    }

    @Test(arguments: [(503, "Unavailable"), (403, "AccessDenied"), (404, "NoSuchKey")])
    func `errors have the codes that retriers know`(status: Int, code: String) {
        let server = LoopbackServer { _ in .response(status) }
        let error = #expect(throws: StoreError.self) {
            try S3ObjectStore(client(server)).getObject(bucket: "bucket", key: "k")
        }
        #expect(error?.code.rawValue == code)
    }
}

@Suite struct StoreURITests {
    @Test func `the scheme chooses`() throws {
        let local = try Stores.objectStore(uri: "file:///home/x/my%20buckets/")
        #expect((local as? LocalObjectStore)?.root == "/home/x/my buckets")
        #expect(try Stores.objectStore(uri: "s3://") is S3ObjectStore)
        let queue = try Stores.messageQueue(uri: "file:///q")
        #expect((queue as? LocalMessageQueue)?.directory == "/q")
        for uri in [
            "https://sqs.eu-west-1.amazonaws.com/1/q", "sqs://sqs.eu-west-1.amazonaws.com/1/q",
        ] {
            let queue = try Stores.messageQueue(uri: uri) as? SQSMessageQueue
            #expect(queue?.queueURL == "https://sqs.eu-west-1.amazonaws.com/1/q")
        }
        #expect(
            (try Stores.table(uri: "dynamodb://my.table") as? DynamoDBTable)?.name == "my.table")
    }

    @Test(arguments: [
        "", "file:", "file://", "file:///", "file://host/x", "file:x", "file:///a%", "file:///a%00",
        "file:///%FF", "ftp://x", "s3", "dynamodb://", "dynamodb://a/b", "/home/x",
    ])
    func `what is no store is refused`(uri: String) {
        #expect(throws: StoreError.self) { try Stores.objectStore(uri: uri) }
        #expect(throws: StoreError.self) { try Stores.messageQueue(uri: uri) }
        #expect(throws: StoreError.self) { try Stores.table(uri: uri) }
    }
}
