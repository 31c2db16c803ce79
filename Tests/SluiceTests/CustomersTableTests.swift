import JSON
import LocalDynamoDB
import System
import Testing

/// An item per customer beside the messages, in the home's tables.
struct CustomersTableTests {
    let sluice: SluiceProcess
    init() throws { sluice = try SluiceProcess() }

    /// The items of the table, in the order of their keys.
    private func items() throws -> [JSON] {
        let store = try TableStore(sluice.home + "/tables")
        return try store.call("Scan", ["TableName": "customers"])["Items"]?.array ?? []
    }

    @Test
    func
        `the table holds what the messages say, also after a failed step, and a new run replaces it`()
        throws
    {
        let set = "\(Place.samples)/reference"
        let keep = ["--customers-table"]
        // The process is killed while it has the step's call.
        let failed = try sluice.start(["run", set, "--drill", "emit/kill"] + keep).finish()
        #expect(failed.code == 1)
        let rerun = try sluice.start(["rerun", "20240105-1", "--out", "-"] + keep).finish()
        #expect(rerun.code == 0, "\(rerun.error)")
        let messages = try rerun.lines.map { try JSON(parsing: $0) }
        #expect(messages.count == 8)
        var seen = try items()
        #expect(seen.count == 8)
        for message in messages {
            let item = try #require(
                seen.first { $0["customer_reference"]?["S"] == message["customer_reference"] })
            #expect(
                item["number_of_orders"]?["N"]?.string == message["number_of_orders"]?.serialized())
            let amount = item["total_amount_spent"]?["N"]?.string.flatMap { JSONNumber($0) }
            #expect(amount.map { .number($0) } == message["total_amount_spent"])
            #expect(item["file_set"] == ["S": "20240105"])
            #expect(item["run"] == ["N": "1"])
        }
        let again = try sluice.start(["rerun", "20240105-1", "--from-start", "--json"] + keep)
            .finish()
        #expect(again.json?["summary"]?["customerItems"] == 8)
        #expect(again.json?["summary"]?["newerCustomerItems"] == 0)
        seen = try items()
        #expect(seen.count == 8)
        #expect(seen.allSatisfy { $0["run"] == ["N": "2"] })
    }

    @Test func `without being asked for there is no table`() throws {
        let run = try sluice("run", "\(Place.samples)/reference", "--json")
        #expect(run.code == 0)
        #expect(run.json?["summary"]?["customerItems"] == nil)
        #expect(throws: TableError.self) { try items() }
    }
}
