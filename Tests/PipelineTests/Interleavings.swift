import JSON
import MeantSets
import Stores
import System

@testable import Pipeline

/// Lets one of several threads take one step at a time, in an order that is chosen from outside.
///
/// A step is one operation on the table or on executions: all else a handler does is its own.
final class Schedule: Sendable {
    private struct State {
        var turn: Int?
        var waiting: Set<Int> = []
        var ended: Set<Int> = []
    }
    private let state = Monitor(State())

    /// Waits until it is this thread's turn.
    func step(_ thread: Int) {
        state.withLock { _ = $0.waiting.insert(thread) }
        _ = state.wait { state -> Bool? in
            guard state.turn == thread else { return nil }
            state.turn = nil
            state.waiting.remove(thread)
            return true
        }
    }

    private func end(_ thread: Int) { state.withLock { _ = $0.ended.insert(thread) } }

    /// Runs the bodies, each in a thread of its own, by the given choices; past them the first that can goes on.
    /// - Returns: for each step which of how many threads was chosen.
    static func run(
        _ bodies: [@Sendable (Schedule, Int) -> Void], choices: [Int], clampingChoices: Bool = false
    ) -> [(chosen: Int, of: Int)] {
        let schedule = Schedule()
        let threads = bodies.enumerated().map { index, body in
            Thread(stackBytes: 1 << 19) {
                body(schedule, index)
                schedule.end(index)
            }
        }
        var taken: [(chosen: Int, of: Int)] = []
        while true {
            let waiting = schedule.state.wait { state -> [Int]? in
                let isQuiet =
                    state.turn == nil && state.waiting.count + state.ended.count == bodies.count
                return isQuiet ? state.waiting.sorted() : nil
            }
            guard let waiting, !waiting.isEmpty else { break }
            var chosen = taken.count < choices.count ? choices[taken.count] : 0
            if clampingChoices { chosen %= waiting.count }
            taken.append((chosen, waiting.count))
            schedule.state.withLock { $0.turn = waiting[chosen] }
        }
        for thread in threads { thread.join() }
        return taken
    }

    /// Runs what `make` makes under every order of its steps there is, depth first; when there are more
    /// than `limit`, under that many more that are drawn at random.
    /// - Returns: how many orders were run.
    static func explore(
        limit: Int = 300,
        _ make: () throws -> (
            bodies: [@Sendable (Schedule, Int) -> Void], check: ([Int]) throws -> Void
        )
    ) throws -> Int {
        var choices: [Int] = []
        for count in 1...limit {
            let (bodies, check) = try make()
            let taken = run(bodies, choices: choices)
            try check(taken.map(\.chosen))
            guard let last = taken.lastIndex(where: { $0.chosen + 1 < $0.of }) else { return count }
            choices = taken[..<last].map(\.chosen) + [taken[last].chosen + 1]
        }
        let seed = UInt64.random(in: 0 ... .max)
        print("more than \(limit) orders: as many more are drawn with seed \(seed)")
        var random = SplitMix(seed: seed)
        for _ in 0..<limit {
            let (bodies, check) = try make()
            let choices = (0..<60).map { _ in random.next(below: bodies.count) }
            try check(run(bodies, choices: choices, clampingChoices: true).map(\.chosen))
        }
        return 2 * limit
    }
}

/// A table whose every operation waits for its thread's turn, but for those on items that only one
/// thread touches: their place in the order changes nothing.
struct SteppedTable: Table {
    let table: MemoryTable
    let schedule: Schedule
    let thread: Int
    /// Sort keys of the items that several threads touch.
    let contested = ["orders", "file", "run"]

    func getItem(key: TableKey) throws(StoreError) -> JSONObject? {
        if contested.contains(key.sort) { schedule.step(thread) }
        return try table.getItem(key: key)
    }

    func updateItem(
        key: TableKey, set: JSONObject, remove: [String], condition: TableCondition?
    ) throws(StoreError) -> TableUpdate {
        if contested.contains(key.sort) { schedule.step(thread) }
        return try table.updateItem(key: key, set: set, remove: remove, condition: condition)
    }
}

/// Executions likewise.
struct SteppedExecutions: Executions {
    let executions: RecordedExecutions
    let schedule: Schedule
    let thread: Int

    func job(ofStateMachine arn: String) -> (any Job.Type)? {
        executions.job(ofStateMachine: arn)
    }

    func start(_ job: String, name: String, input: JSON) throws -> Bool {
        schedule.step(thread)
        return try executions.start(job, name: name, input: input)
    }

    func sendTaskSuccess(token: String, output: JSON) throws -> Bool {
        schedule.step(thread)
        return try executions.sendTaskSuccess(token: token, output: output)
    }
}
