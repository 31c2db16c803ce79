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
            var database = MemoryDynamoDB(key: "id")
            /// How often the write of an item is still refused, by its key.
            var refusals: [String: Int] = [:]
            var refusal = #"{"__type":"x#ProvisionedThroughputExceededException"}"#
            var inputs: [JSON] = []
        }
        let state = Mutex(State())
        var server: LoopbackServer {
            LoopbackServer { [self] request in
                let target = request.headers["X-Amz-Target"] ?? ""
                guard let input = try? JSON(parsing: request.body) else { return .response(400) }
                return state.withLock {
                    answer(String(target.split(separator: ".").last ?? ""), input, &$0)
                }
            }
        }

        private func answer(
            _ operation: String, _ input: JSON, _ state: inout State
        ) -> LoopbackServer.Answer {
            state.inputs.append(input)
            let id = (input["Item"] ?? input["Key"])?["id"]?["S"]?.string ?? ""
            if let left = state.refusals[id], left > 0 {
                state.refusals[id] = left - 1
                return .text(400, state.refusal)
            }
            do throws(MemoryDynamoDB.Failure) {
                try state.database.call(operation, input)
                return .text(200, "{}")
            } catch {
                switch error {
                case .validation(let message):
                    Issue.record("\(message)")
                    return .text(400, #"{"__type":"x#ValidationException"}"#)
                case .conditionFailed(let item):
                    var answer: JSONObject = ["__type": "x#ConditionalCheckFailedException"]
                    if input["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD", let item {
                        answer["Item"] = .object(item)
                    }
                    return .text(400, JSON.object(answer).serialized())
                }
            }
        }

        /// What an attribute is, by the items' keys.
        func values(of attribute: String) -> [String: String] {
            state.withLock { $0.database.items.compactMapValues { $0[attribute]?["S"]?.string } }
        }
    }

    let service = Service()

    private func table(_ server: LoopbackServer, inFlight: Int = 32) -> DynamoDBItemTable {
        DynamoDBItemTable(
            name: "customers",
            AWSClient(
                AWSConfiguration(endpointURL: server.origin),
                retries: RetryPolicy(pause: { _ in }, random: { 0 })), requestsInFlight: inFlight)
    }

    private func rows(_ count: Int, _ text: String) -> [[String?]] {
        (0..<count).map { ["c\($0)", text] }
    }

    @Test func `a row is merged into its item, unless a newer one is there`() throws {
        let server = service.server
        let layout = Rows.layout(["id", "a", "b"])
        #expect(try table(server).write([["c0", "x", nil]], layout) == ItemCounts(written: 1))
        let input = try #require(service.state.withLock { $0.inputs.first })
        let order = try #require(layout.order)
        #expect(
            input == [
                "TableName": "customers", "Key": ["id": ["S": "c0"]],
                "UpdateExpression": "SET #v=:me,#h=:me,#1=:1 REMOVE #2",
                "ConditionExpression": "attribute_not_exists(#v) OR #v<=:me",
                "ExpressionAttributeNames": [
                    "#v": "_v", "#h": .string("_v_" + order.columnsHash), "#1": "a", "#2": "b",
                ],
                "ExpressionAttributeValues": [
                    ":me": ["S": .string(order.version)], ":1": ["S": "x"],
                ],
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            ])
    }

    @Test func `a row replaces its item, unless a newer one is there`() throws {
        let server = service.server
        let layout = Rows.layout(start: 2, .replace)
        #expect(try table(server).write(rows(1, "x"), layout) == ItemCounts(written: 1))
        let input = try #require(service.state.withLock { $0.inputs.first })
        let version: JSON = ["S": .string(try #require(layout.order).version)]
        #expect(
            input == [
                "TableName": "customers",
                "Item": ["id": ["S": "c0"], "n": ["S": "x"], "_v": version, "_v_all": version],
                "ConditionExpression": "attribute_not_exists(#v) OR #v<=:me",
                "ExpressionAttributeNames": ["#v": "_v"],
                "ExpressionAttributeValues": [":me": version],
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            ])
        #expect(try table(server).write(rows(3, "y"), layout) == ItemCounts(written: 3))
        let older = Rows.layout(start: 1, .replace)
        #expect(
            try table(server).write(rows(4, "z"), older) == ItemCounts(written: 1, superseded: 3))
        #expect(service.values(of: "n") == ["c0": "y", "c1": "y", "c2": "y", "c3": "z"])
        #expect(try table(server).write([], layout) == ItemCounts())
    }

    @Test func `of a late run the attributes that no newer one has are written`() throws {
        let server = service.server
        let sets = ColumnSets(MemoryTable(), partition: "t")
        // The names are kept by another process: this one looks them up when it meets the hash.
        let newer = Rows.layout(["id", "name", "phone"], start: 2)
        let older = Rows.layout(["id", "name", "mail"], start: 1)
        try sets.add(newer.attributes)
        try sets.add(older.attributes)
        let fresh = ColumnSets(sets.table, partition: "t")
        let table = table(server)
        #expect(try table.write([["k", "new", "1"]], newer, fresh) == ItemCounts(written: 1))
        for _ in 0..<2 {
            let counts = try table.write([["k", "old", "m"]], older, fresh)
            // Again by a redrive: it has been written before.
            #expect(counts.merged + counts.written == 1 && counts.superseded == 0)
        }
        #expect(service.values(of: "name") == ["k": "new"])
        #expect(service.values(of: "phone") == ["k": "1"])
        #expect(service.values(of: "mail") == ["k": "m"])
        #expect(
            try table.write(
                [["k", nil, nil]], Rows.layout(["id", "name", "mail"], start: 0), fresh)
                == ItemCounts(superseded: 1))
    }

    @Test func `throttled writes are repeated as long as others get through`() throws {
        let server = service.server
        // Far more refusals than one request has attempts.
        service.state.withLock { state in
            for index in 0..<60 { state.refusals["c\(index)"] = index % 17 }
        }
        #expect(try table(server).write(rows(60, "1"), Rows.layout()).written == 60)
        #expect(service.state.withLock { $0.database.items.count } == 60)
    }

    @Test func `throttled rows of a table without versions are repeated too`() throws {
        let server = service.server
        let layout = Rows.layout(isOrdered: false)
        service.state.withLock { $0.refusals = ["c1": 9] }
        #expect(try table(server).write(rows(40, "1"), layout).written == 40)
        #expect(
            try table(server).write(
                rows(30, "2"), Rows.layout(start: 1, .replace, isOrdered: false)
            ).written
                == 30)
        #expect(service.values(of: "n").values.filter { $0 == "2" }.count == 30)
        #expect(service.state.withLock { $0.database.items["c39"]?.names } == ["id", "n"])
    }

    @Test(arguments: [
        (#"{"__type":"x#ThrottlingException"}"#, "Unavailable", false),
        (
            #"{"__type":"x#ResourceNotFoundException","message":"m"}"#, "ResourceNotFoundException",
            false
        ),
        (#"{"__type":"x#AccessDeniedException"}"#, "AccessDenied", false),
        (
            #"{"__type":"x#ValidationException","message":"Item size to update has exceeded the maximum allowed size"}"#,
            "ItemTooLarge", true
        ),
    ])
    func `what is not written is an error, and its message shows no key`(
        refusal: String, code: String, namesKey: Bool
    ) throws {
        let server = service.server
        service.state.withLock { $0.refusals["c1"] = .max }
        service.state.withLock { $0.refusal = refusal }
        let failure = #expect(throws: StoreError.self) {
            try table(server).write(rows(3, "x"), Rows.layout())
        }
        #expect(failure?.code.rawValue == code)
        #expect(failure?.subject == "customers")
        #expect(failure?.description.contains("c1") == false)
        #expect(failure?.key == (namesKey ? "c1" : nil))
    }

    @Test func `another program's version is an error with the key, and nothing is written`() throws
    {
        let server = service.server
        service.state.withLock {
            $0.database.items["k"] = ["id": ["S": "k"], "_v": ["N": "3"], "n": ["S": "x"]]
        }
        let failure = #expect(throws: StoreError.self) {
            try table(server).write([["k", "y"]], Rows.layout())
        }
        #expect(failure?.code == .foreignVersion && failure?.key == "k")
        #expect(service.values(of: "n") == ["k": "x"])
    }

    @Test func `a hash that no run has kept is another program's`() throws {
        let server = service.server
        let newer = Rows.layout(["id", "a"], start: 2)
        _ = try table(server).write([["k", "1"]], newer)
        for sets in [nil, ColumnSets(MemoryTable(), partition: "t")] {
            let failure = #expect(throws: StoreError.self) {
                try table(server).write([["k", "2"]], Rows.layout(["id", "b"]), sets)
            }
            #expect(failure?.code == .foreignVersion)
        }
    }

    @Test func `more columns than an expression holds are refused before the first write`() throws {
        let server = service.server
        let most = (300...500).last { count in
            let layout = Rows.layout((0..<count).map { "column \($0)" })
            do throws(StoreError) {
                try table(server).check(layout)
                return true
            } catch { return false }
        }
        let count = try #require(most)
        #expect(count > 400)
        let names = (0..<count).map { "column \($0)" }
        let wide = Rows.layout(["id"] + names.dropFirst())
        #expect(
            try table(server).write([["k"] + names.dropFirst().map { $0 as String? }], wide).written
                == 1)
        #expect(
            try table(server).write([["k"] + names.dropFirst().map { _ in nil }], wide).written == 1
        )
        // One more is too many for an update, and not for an item that is replaced, however late.
        let wider = names + ["one more"]
        let failure = #expect(throws: StoreError.self) {
            try table(server).write([wider], Rows.layout(["id"] + wider.dropFirst()))
        }
        #expect(failure?.code == .tooManyColumns)
        let sets = ColumnSets(MemoryTable(), partition: "t")
        try sets.add(["last"])
        _ = try table(server).write([["late", "x"]], Rows.layout(["id", "last"], start: 9), sets)
        let late = Rows.layout(["id"] + wider.dropFirst(), start: 5, .replace)
        #expect(
            try table(server).write(
                [["late"] + wider.dropFirst().map { $0 as String? }], late, sets
            ).merged == 1)
        #expect(service.values(of: "one more") == ["late": "one more"])
        #expect(service.values(of: "last") == ["late": "x"])
    }

    @Test func `a table is described by its key`() throws {
        let server = LoopbackServer { request in
            request.text.contains("none")
                ? .text(400, #"{"__type":"x#ResourceNotFoundException"}"#)
                : .text(
                    200,
                    #"{"Table":{"KeySchema":[{"AttributeName":"s","KeyType":"RANGE"},{"AttributeName":"p","KeyType":"HASH"}],"AttributeDefinitions":[{"AttributeName":"p","AttributeType":"N"},{"AttributeName":"s","AttributeType":"S"}]}}"#
                )
        }
        #expect(
            try table(server).describe()
                == [ItemKeyAttribute("p", type: "N"), ItemKeyAttribute("s", type: "S")])
        let client = AWSClient(AWSConfiguration(endpointURL: server.origin))
        #expect(try DynamoDBItemTable(name: "none", client).describe() == nil)
        #expect(try LocalItemTable(name: "none", client).describe() == nil)
    }

    @Test func `fewer requests are under way while a service throttles`() {
        var inFlight = InFlight(maximum: 32)
        var limits: [Int] = []
        for isThrottled in [true, true, false, true, true, true, true, false, false] {
            inFlight.waveEnded(isThrottled: isThrottled)
            limits.append(inFlight.limit)
        }
        #expect(limits == [16, 8, 12, 6, 3, 1, 1, 5, 9])
    }

    @Test(arguments: [
        "dynamodb://", "dynamodb://ab", "sluice-table://a b", "customers", "dynamodb://a\u{0}bc",
    ])
    func `a name that is none is refused`(uri: String) {
        #expect(throws: StoreError.self) { try itemTable(uri: uri) }
    }

    @Test func `the scheme chooses the table`() throws {
        #expect(try itemTable(uri: "dynamodb://customers").writesSideBySide)
        let local = try itemTable(uri: "sluice-table://customers")
        #expect(local.name == "customers" && !local.writesSideBySide && local.mayBeCreated)
    }
}
