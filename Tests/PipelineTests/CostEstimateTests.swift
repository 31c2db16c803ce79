import JSON
import Stores
import Testing

@testable import Pipeline

@Suite struct CostEstimateTests {
    static let usage = RunUsage(
        files: [
            .init(sizeBytes: 10 << 20, chunks: 2, reparsedChunks: 0),
            .init(sizeBytes: 1, chunks: 1, reparsedChunks: 0),
            .init(sizeBytes: 30 << 20, chunks: 8, reparsedChunks: 3),
        ], stageTasks: [2, 2],
        stages: StageUsage(
            putRequests: 2 + [4001, 7].reduce(0) { $0 + Outbox.groups(messages: $1) },
            getRequests: 206,
            queueRequests: [4001, 7].reduce(0) { $0 + Outbox.queueRequests(messages: $1) }),
        megabyteMilliseconds: 1769 * 1001)

    @Test func `a run's use follows from its size`() {
        let usage = Self.usage
        // 3 × 6, 3 for what was read again, 5, and 14 chunks, 2 joins, 2 senders.
        #expect(usage.stateTransitions == 18 + 3 + 5 + 18)
        #expect(usage.lambdaRequests == 12 + 1 + 3 + 18)
        // 4,001 are 200 batches twice and one of one.
        #expect(usage.queueRequests == 401 + 1)
        // 14 chunks and 2 joins with two objects each, 2 reports, 3 + 1 checkpoints, 2 × 3 + 3, 3 × 5.
        #expect(usage.putRequests == 32 + 2 + 4 + 9 + 15)
    }

    /// By hand, with the prices of x86 and arm64.
    @Test func `amounts are exact and add up`() throws {
        let json = CostEstimate(Self.usage).json
        #expect(json["isEstimate"] == true)
        #expect(json["currency"] == "USD")
        #expect(json["prices"] == ["region": "us-east-1", "date": "2025-11"])
        let lines = json["lines"]?.array ?? []
        let amounts = Dictionary(
            uniqueKeysWithValues: lines.map {
                ($0["name"]?.string ?? "", $0["amount"]?.serialized() ?? "")
            })
        #expect(amounts["stateTransitions"] == "0.0011")
        #expect(amounts["lambdaRequests"] == "0.0000068")
        #expect(amounts["sqsRequests"] == "0.0001608")
        #expect(amounts["s3PutRequests"] == "0.00031")
        #expect(amounts["dynamoDBWrites"] == nil)
        let duration = try #require(lines.first { $0["name"] == "lambdaDuration" })
        // 1,769 MB for 1.001 s.
        #expect(duration["quantity"]?.serialized() == "1.7292666015625")
        #expect(amounts["s3GetRequests"] == "0.0001124")
        #if arch(arm64)
        let expected = (duration: "0.0000230570033052734375", total: "0.0017130570033052734375")
        #else
        let expected = (duration: "0.00002882116766826171875", total: "0.00171882116766826171875")
        #endif
        #expect(duration["amount"]?.serialized() == expected.duration)
        #expect(json["total"]?.serialized() == expected.total)
    }

    @Test func `items in the table are counted, and the largest run overflows nothing`() {
        var usage = Self.usage
        usage.stages.tableWrites = 1_000_000_000
        usage.stages.queueRequests = 4096 * Outbox.queueRequests(messages: 1_000_000)
        usage.stageTasks = [4096, 4096]
        usage.files = Array(
            repeating: .init(sizeBytes: 1 << 50, chunks: 100_000, reparsedChunks: 100_000),
            count: 3)
        usage.megabyteMilliseconds = 10_240 * 900_000 * 400_000
        let json = CostEstimate(usage).json
        let writes = json["lines"]?.array?.first { $0["name"] == "dynamoDBWrites" }
        #expect(writes?["amount"]?.serialized() == "625.00")
        #expect((json["total"]?.number?.double ?? 0) > 60_000)
    }

    @Test func `the summary of a run has it, with the time of its steps`() throws {
        let workplace = try Workplace()
        var files: [JobInput: ObjectReference] = [:]
        for (kind, text) in CustomerItemsTests.files([("A", "1"), ("B", "2")]) {
            files[kind] = try workplace.drop("\(kind.name)_1.csv", Array(text.utf8))
        }
        var environment = workplace.environment()
        environment.memoryMegabytes = 1024
        let cost = try JobDriver(environment: environment).execute(files)["cost"]
        let lines = cost?["lines"]?.array ?? []
        func quantity(_ name: String) -> Double? {
            lines.first { $0["name"]?.string == name }?["quantity"]?.number?.double
        }
        #expect(quantity("stateTransitions") == 28)
        #expect(quantity("lambdaRequests") == 20)
        #expect(quantity("sqsRequests") == 1)
        // Five tasks took a millisecond each at least.
        #expect(quantity("lambdaDuration").map { $0 >= 0.005 && $0 < 600 } == true)
    }
}
