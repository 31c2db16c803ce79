import JSON
import Testing

@testable import Stores

/// Runs whose writes of one item interleave in every way that chance finds, against the item that comes
/// of the same runs one after the other. The requests are the very ones that are sent.
@Suite struct RunOrderScheduleTests {
    /// What is made wrong, to show that it would be seen.
    enum Variant {
        case asItIs
        /// What is refused is taken as superseded: one version an item.
        case oneVersion
        /// The second write does not look at the late counter.
        case withoutLateCounter
    }

    struct Run {
        var requests: ItemRequests
        var row: ItemRequests.Row
        /// What is sent next; nil when it is done.
        var request: ItemRequest?
        var redrives: Int

        /// Sends a request and takes in what comes back.
        mutating func step(
            _ database: inout MemoryDynamoDB, _ known: [String: [String]], _ variant: Variant,
            losesAnswer: Bool
        ) throws {
            guard var request else { return }
            if variant == .withoutLateCounter, request.isPartial {
                request = Self.withoutLateCounter(request)
            }
            do throws(MemoryDynamoDB.Failure) {
                try database.call(request.operation, request.input)
                // When the answer is lost, the very same is sent again.
                if !losesAnswer { self.request = nil }
            } catch {
                guard case .conditionFailed(let old) = error else { throw error }
                if variant == .oneVersion {
                    self.request = nil
                } else {
                    switch try requests.afterRefusal(of: row, old: old, known: known) {
                    case .request(let next): self.request = next
                    case .superseded, .done: self.request = nil
                    case .needsColumns(let hashes): Issue.record("unknown \(hashes)")
                    }
                }
            }
            if self.request == nil, redrives > 0 {
                redrives -= 1
                self.request = requests.first(row)
            }
        }

        private static func withoutLateCounter(_ request: ItemRequest) -> ItemRequest {
            guard var input = request.input.object else { return request }
            input["ConditionExpression"] = "#v=:seen"
            var values = input["ExpressionAttributeValues"]?.object
            values?[":n"] = nil
            input["ExpressionAttributeValues"] = values.map { .object($0) }
            return ItemRequest(
                operation: request.operation, input: .object(input), isPartial: true)
        }

        /// What the run makes of an item when it is alone.
        func applied(to old: JSONObject?) -> JSONObject {
            var item: JSONObject = ["id": ["S": "k"]]
            if requests.layout.mode == .merge, let old { item = old }
            for (column, value) in zip(requests.layout.columns, row) { item[column.name] = value }
            return item
        }
    }

    static func run(_ number: Int, _ dice: Dice) -> Run {
        var columns = [ItemColumn("id")]
        for name in ["a", "b", "c", "d"] where dice.below(2) == 0 { columns.append(.init(name)) }
        let mode: RunOrder.Mode = dice.below(3) == 0 ? .replace : .merge
        let order = RunOrder(
            startMilliseconds: 1_700_000_000_000 + dice.below(4), executionName: "run-\(number)",
            mode: mode, columns: columns.dropFirst().map(\.name))
        let layout = ItemLayout(key: "id", columns: columns, mode: mode, order: order)
        let requests = ItemRequests(table: "t", layout: layout)
        var row: ItemRequests.Row = [["S": "k"]]
        for _ in columns.dropFirst() {
            row.append(dice.below(5) == 0 ? nil : ["S": .string("of \(number)")])
        }
        return Run(
            requests: requests, row: row, request: requests.first(row),
            redrives: dice.below(4) == 0 ? 1 : 0)
    }

    /// How many of so many random schedules end otherwise than in order.
    static func wrong(of count: Int, _ variant: Variant, _ dice: Dice) throws -> Int {
        var wrong = 0
        for _ in 0..<count {
            var runs = (0..<2 + dice.below(4)).map { run($0, dice) }
            var known: [String: [String]] = [:]
            for run in runs {
                known[run.requests.layout.order?.columnsHash ?? ""] = run.requests.layout.attributes
            }
            let inOrder = runs.sorted {
                RunOrder.isOlder(
                    $0.requests.layout.order?.version ?? "",
                    than: $1.requests.layout.order?.version ?? "")
            }
            let expected = inOrder.reduce(nil as JSONObject?) { $1.applied(to: $0) }
            var database = MemoryDynamoDB(key: "id")
            var steps = 0
            while true {
                let open = runs.indices.filter { runs[$0].request != nil }
                if open.isEmpty { break }
                steps += 1
                try #require(steps < 1000, "no schedule takes so long")
                // Often the same run twice, so that whole runs come late as well.
                let index = open[dice.below(open.count)]
                for _ in 0..<1 + dice.below(3) {
                    try runs[index].step(
                        &database, known, variant, losesAnswer: dice.below(10) == 0)
                }
            }
            let item = database.items["k"].map { item in
                JSONObject(
                    item.filter { !RunOrder.isControl($0.name, attribute: "_v") }
                        .map { ($0.name, $0.value) })
            }
            if item.map({ JSON.object($0) }) != expected.map({ JSON.object($0) }) { wrong += 1 }
        }
        return wrong
    }

    @Test func `the item ends as if the runs had come in the order of their start`() throws {
        let dice = Dice()
        #expect(try Self.wrong(of: 6000, .asItIs, dice) == 0, "seed \(dice.seed)")
    }

    @Test func `one version an item goes wrong, and so it does without the late counter`() throws {
        let dice = Dice()
        #expect(try Self.wrong(of: 2000, .oneVersion, dice) > 200, "seed \(dice.seed)")
        #expect(try Self.wrong(of: 6000, .withoutLateCounter, dice) > 0, "seed \(dice.seed)")
    }
}
