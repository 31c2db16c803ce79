import AWSClient
import HTTP
import JSON
import LoopbackServer
import Synchronization
import System
import Testing

@testable import Stores

@Suite struct DynamoDBItemTableTests {
    /// A table behind a server that refuses some writes before it takes them.
    final class Service: Sendable {
        struct State {
            var items: [String: JSON] = [:]
            /// How often the write of an item is still refused, by its key.
            var refusals: [String: Int] = [:]
            var refusal = #"{"__type":"x#ProvisionedThroughputExceededException"}"#
            var status = 400
            var inputs: [JSON] = []
        }
        let state = Mutex(State())
        var server: LoopbackServer {
            LoopbackServer { [self] request in
                #expect(request.headers["X-Amz-Target"] == "DynamoDB_20120810.PutItem")
                guard let input = try? JSON(parsing: request.body) else { return .response(400) }
                return state.withLock { answer(input, &$0) }
            }
        }

        private func answer(_ input: JSON, _ state: inout State) -> LoopbackServer.Answer {
            state.inputs.append(input)
            let id = input["Item"]?["id"]?["S"]?.string ?? ""
            if let left = state.refusals[id], left > 0 {
                state.refusals[id] = left - 1
                return .text(state.status, state.refusal)
            }
            let new = input["ExpressionAttributeValues"]?[":order"]?["S"]?.string ?? ""
            if let old = state.items[id]?["order"]?["S"]?.string,
                old.utf8.lexicographicallyPrecedes(
                    new.utf8) == false, old != new
            {
                return .text(400, #"{"__type":"x#ConditionalCheckFailedException"}"#)
            }
            state.items[id] = input["Item"]
            return .text(200, "{}")
        }
    }

    private func table(_ server: LoopbackServer) -> DynamoDBItemTable {
        DynamoDBItemTable(
            name: "customers",
            AWSClient(
                AWSConfiguration(endpointURL: server.origin),
                retries: RetryPolicy(pause: { _ in }, random: { 0 })))
    }

    private func items(_ count: Int, order: String) -> [JSONObject] {
        (0..<count).map { ["id": .string("c\($0)"), "n": JSON($0), "order": .string(order)] }
    }

    @Test func `an item is put whole, unless a newer one is there`() throws {
        let service = Service()
        let server = service.server
        #expect(try table(server).putItems(items(1, order: "2"), newestBy: "order") == 0)
        let input = try #require(service.state.withLock { $0.inputs.first })
        #expect(
            input == [
                "TableName": "customers",
                "Item": ["id": ["S": "c0"], "n": ["N": "0"], "order": ["S": "2"]],
                "ConditionExpression": "attribute_not_exists(#order) OR #order <= :order",
                "ExpressionAttributeNames": ["#order": "order"],
                "ExpressionAttributeValues": [":order": ["S": "2"]],
            ])
        #expect(try table(server).putItems(items(3, order: "2"), newestBy: "order") == 0)
        #expect(try table(server).putItems(items(4, order: "1"), newestBy: "order") == 3)
        #expect(
            service.state.withLock { $0.items.mapValues { $0["order"]?["S"]?.string } }
                == ["c0": "2", "c1": "2", "c2": "2", "c3": "1"])
        #expect(try table(server).putItems([], newestBy: "order") == 0)
    }

    @Test func `throttled writes are repeated as long as others get through`() throws {
        let service = Service()
        let server = service.server
        // Far more refusals than one request has attempts.
        service.state.withLock { state in
            for index in 0..<60 { state.refusals["c\(index)"] = index % 17 }
        }
        #expect(try table(server).putItems(items(60, order: "1"), newestBy: "order") == 0)
        #expect(service.state.withLock { $0.items.count } == 60)
    }

    @Test(arguments: [
        (#"{"__type":"x#ThrottlingException"}"#, "Unavailable"),
        (#"{"__type":"x#ResourceNotFoundException","message":"m"}"#, "ResourceNotFoundException"),
        (#"{"__type":"x#AccessDeniedException"}"#, "AccessDenied"),
    ])
    func `what is not written is an error, and the message shows no item`(
        refusal: String, code: String
    ) throws {
        let service = Service()
        let server = service.server
        service.state.withLock { $0.refusals["c1"] = .max }
        service.state.withLock { $0.refusal = refusal }
        let failure = #expect(throws: StoreError.self) {
            try table(server).putItems(items(3, order: "1"), newestBy: "order")
        }
        #expect(failure?.code.rawValue == code)
        #expect(failure?.subject == "customers")
        #expect(failure?.message.contains("c1") == false)
    }

    @Test(arguments: ["", "ab", "a b", "dynamodb://customers", "a\u{0}bc"])
    func `a name that is none is refused`(name: String) {
        #expect(throws: StoreError.self) { try itemTable(name: name) }
    }
}
