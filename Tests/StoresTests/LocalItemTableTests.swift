import AWSClient
import HTTP
import JSON
import LoopbackServer
import Testing

@testable import Stores

@Suite struct LocalItemTableTests {
    private func table(_ server: LoopbackServer) -> LocalItemTable {
        LocalItemTable(
            name: "people",
            AWSClient(
                AWSConfiguration(endpointURLs: [.dynamoDB: server.origin]),
                retries: RetryPolicy(pause: { _ in }, random: { 0 })))
    }

    /// The header and the rows of a request's body.
    private func parts(_ body: [UInt8]) throws -> (header: JSON, rows: [UInt8]) {
        let count = body.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        return (try JSON(parsing: Array(body[4..<4 + count])), Array(body[(4 + count)...]))
    }

    @Test func `rows go in one request, as they are`() throws {
        let server = LoopbackServer { _ in
            .text(200, #"{"Written":2,"Superseded":1,"Merged":3}"#)
        }
        let sets = ColumnSets(MemoryTable(), partition: "t")
        try sets.add(["n"])
        let layout = Rows.layout(start: 3)
        let rows: [[String?]] = [["a", "1"], ["b", nil]]
        let counts = try table(server).write(rows, layout, sets)
        #expect(counts == ItemCounts(written: 2, superseded: 1, merged: 3))
        let request = try #require(server.requests.first)
        #expect(request.headers["X-Amz-Target"] == "SluiceTables_20261125.LoadItems")
        let (header, sent) = try parts(request.body)
        let order = try #require(layout.order)
        #expect(
            header == [
                "TableName": "people", "Key": "id",
                "Columns": [["Name": "id", "Type": "S"], ["Name": "n", "Type": "S"]],
                "Mode": "merge", "Version": .string(order.version), "VersionAttribute": "_v",
                "ColumnsHash": .string(order.columnsHash),
                "KnownColumns": .object([order.columnsHash: ["n"]]),
            ])
        #expect(sent == Rows.bytes(rows))
    }

    @Test func `without versions the header has none`() throws {
        let server = LoopbackServer { _ in .text(200, #"{"Written":1}"#) }
        let layout = Rows.layout(start: 1, .replace, isOrdered: false)
        #expect(try table(server).write([["a", "1"]], layout) == ItemCounts(written: 1))
        let header = try parts(try #require(server.requests.first).body).header
        #expect(header.object?.names == ["TableName", "Key", "Columns", "Mode"])
    }

    @Test func `columns of other runs are looked up when they are asked for`() throws {
        let sets = ColumnSets(MemoryTable(), partition: "t")
        let hash = try sets.add(["x", "y"])
        let server = LoopbackServer { request in
            request.text.contains(#"["x","y"]"#)
                ? .text(200, #"{"Written":1}"#)
                : .text(400, #"{"__type":"UnknownColumns","message":"m","Hashes":["\#(hash)"]}"#)
        }
        let fresh = ColumnSets(sets.table, partition: "t")
        #expect(try table(server).write([["a", "1"]], Rows.layout(), fresh).written == 1)
        #expect(server.requests.count == 2)
        let missing = ColumnSets(MemoryTable(), partition: "t")
        for sets in [nil, missing] {
            let failure = #expect(throws: StoreError.self) {
                try table(server).write([["a", "1"]], Rows.layout(), sets)
            }
            #expect(failure?.code == .foreignVersion)
        }
    }

    @Test func `errors keep their codes, and lost answers are asked for again`() throws {
        let server = LoopbackServer { _ in
            .text(400, #"{"__type":"x#ForeignVersion","message":"m"}"#)
        }
        let failure = #expect(throws: StoreError.self) {
            try table(server).write([["a", "1"]], Rows.layout())
        }
        #expect(failure?.code == .foreignVersion)
        let count = Dice(seed: 1)
        let flaky = LoopbackServer { _ in
            count.fault(0, of: [.resetAfter]) != nil ? .reset : .text(200, #"{"Written":1}"#)
        }
        #expect(try table(flaky).write([["a", "1"]], Rows.layout()).written == 1)
    }

    @Test func `rows never go to AWS`() {
        let table = LocalItemTable(name: "people", AWSClient(AWSConfiguration(region: "eu-west-1")))
        let failure = #expect(throws: StoreError.self) {
            try table.write([["a", "1"]], Rows.layout())
        }
        #expect(failure?.code.rawValue == "InvalidConfiguration")
    }

    @Test func `a table is made once`() throws {
        let server = LoopbackServer { _ in .text(400, #"{"__type":"x#ResourceInUseException"}"#) }
        try table(server).create(key: ItemKeyAttribute("id", type: "N"))
        let input = try JSON(parsing: try #require(server.requests.first).body)
        #expect(input["KeySchema"] == [["AttributeName": "id", "KeyType": "HASH"]])
        #expect(input["AttributeDefinitions"] == [["AttributeName": "id", "AttributeType": "N"]])
        #expect(throws: StoreError.self) {
            try DynamoDBItemTable(name: "people").create(key: ItemKeyAttribute("id"))
        }
    }
}
