import JSON
import MeantSets
import Stores
import Synchronization
import System
import Testing

@testable import Pipeline

/// Two or three calls of `arrive` at once, in every order of their operations or many of them.
@Suite struct ArriveInterleavingTests {
    typealias Body = @Sendable (Schedule, Int) -> Void

    /// A thread that handles events one after the other, waiting for its turn at every operation.
    static func handle(_ rig: ArriveRig, _ events: [JSON]) -> Body {
        let (environment, table, executions) = (
            rig.environment, rig.workplace.table, rig.executions
        )
        return { schedule, thread in
            var stepped = environment
            stepped.table = SteppedTable(table: table, schedule: schedule, thread: thread)
            stepped.executions = SteppedExecutions(
                executions: executions, schedule: schedule, thread: thread)
            // What fails is seen in what does not happen.
            for event in events { _ = try? Arrive(stepped).handle(event) }
        }
    }

    /// A set whose other two files are there and whose run waits for the orders.
    static func rig() throws -> ArriveRig {
        let rig = try ArriveRig()
        try rig.drop(ArriveRig.file(.customers), ArriveRig.file(.items))
        try rig.wait(.customers)
        try rig.wait(.items)
        return rig
    }

    @Test func `a file and who waits for it never miss each other`() throws {
        let orders = try Schedule.explore {
            let rig = try Self.rig()
            rig.executions.wait(ArriveRig.token(.orders, 1))
            let bodies = [
                Self.handle(rig, [S3Event.json([ArriveRig.file(.orders)])]),
                Self.handle(rig, [ArriveRig.waitEvent(.orders)]),
            ]
            return (
                bodies,
                { order in
                    #expect(rig.answered(.orders) == "v1", "\(order)")
                    #expect(rig.executions.state.withLock { $0.answers.count } == 3, "\(order)")
                    #expect(rig.executions.names == ["S-1"], "\(order)")
                    try rig.end()
                    #expect(rig.executions.names == ["S-1"], "after the end, \(order)")
                }
            )
        }
        #expect(orders >= 10)
    }

    @Test func `the first two files of a set start one run`() throws {
        let orders = try Schedule.explore {
            let rig = try ArriveRig()
            let bodies = [
                Self.handle(rig, [S3Event.json([ArriveRig.file(.orders)])]),
                Self.handle(rig, [S3Event.json([ArriveRig.file(.customers)])]),
            ]
            return (
                bodies,
                { order in
                    #expect(rig.executions.names == ["S-1"], "\(order)")
                    try rig.waitAll()
                    try rig.drop(ArriveRig.file(.items))
                    for kind in CustomerMessages.inputs { #expect(rig.answered(kind) == "v1") }
                    #expect(rig.executions.names == ["S-1"], "\(order)")
                }
            )
        }
        #expect(orders >= 10)
    }

    @Test func `a correction while a state begins to wait is taken now or by the next run`() throws
    {
        let orders = try Schedule.explore {
            let rig = try Self.rig()
            rig.executions.wait(ArriveRig.token(.orders, 1))
            try rig.drop(ArriveRig.file(.orders))
            let bodies = [
                Self.handle(rig, [S3Event.json([ArriveRig.file(.orders, version: 2)])]),
                Self.handle(rig, [ArriveRig.waitEvent(.orders)]),
            ]
            return (
                bodies,
                { order in
                    let version = rig.answered(.orders)
                    #expect(version == "v1" || version == "v2", "\(order)")
                    #expect(rig.executions.names == ["S-1"], "\(order)")
                    try rig.end()
                    let expected = version == "v2" ? ["S-1"] : ["S-1", "S-2"]
                    #expect(rig.executions.names == expected, "\(order)")
                    try rig.waitAll(run: 2)
                    if version == "v1" { #expect(rig.answered(.orders, run: 2) == "v2") }
                }
            )
        }
        #expect(orders >= 10)
    }

    @Test func `two versions and a state at once: one answer, and the newer version in the end`()
        throws
    {
        var rounds = 0
        for seed in 0..<UInt64(300) {
            var random = SplitMix(seed: seed)
            let rig = try Self.rig()
            rig.executions.wait(ArriveRig.token(.orders, 1))
            let bodies = [
                Self.handle(rig, [S3Event.json([ArriveRig.file(.orders, version: 2)])]),
                Self.handle(rig, [S3Event.json([ArriveRig.file(.orders)])]),
                Self.handle(rig, [ArriveRig.waitEvent(.orders)]),
            ]
            // Random choices; where fewer threads are left the first goes on.
            let choices = (0..<40).map { _ in random.next(below: 3) }
            _ = Schedule.run(bodies, choices: choices, clampingChoices: true)
            let version = rig.answered(.orders)
            #expect(version != nil, "seed \(seed)")
            #expect(rig.executions.state.withLock { $0.answers.count } == 3, "seed \(seed)")
            try rig.end()
            let expected = version == "v2" ? ["S-1"] : ["S-1", "S-2"]
            #expect(rig.executions.names == expected, "seed \(seed)")
            rounds += 1
        }
        #expect(rounds == 300)
    }

    @Test func `a correction while the run ends starts one more run`() throws {
        let orders = try Schedule.explore {
            let rig = try Self.rig()
            try rig.wait(.orders)
            try rig.drop(ArriveRig.file(.orders))
            let (executions, event) = (rig.executions, rig.endEvent())
            let handle = Self.handle(rig, [event])
            let bodies: [Body] = [
                Self.handle(rig, [S3Event.json([ArriveRig.file(.orders, version: 2)])]),
                { schedule, thread in
                    schedule.step(thread)
                    executions.close("S-1")
                    handle(schedule, thread)
                },
            ]
            return (
                bodies,
                { order in
                    #expect(rig.executions.names == ["S-1", "S-2"], "\(order)")
                    try rig.waitAll(run: 2)
                    #expect(rig.answered(.orders, run: 2) == "v2", "\(order)")
                }
            )
        }
        #expect(orders >= 10)
    }

    @Test func `a file at the moment of the deadline is taken, or a run follows`() throws {
        let orders = try Schedule.explore {
            let rig = try Self.rig()
            try rig.wait(.orders)
            let (environment, table, executions) = (
                rig.environment, rig.workplace.table, rig.executions
            )
            let taken = Monitor<Bool>(false)
            let end = rig.endEvent(status: "FAILED", error: "Sluice.IncompleteFileSet")
            let handle = Self.handle(rig, [end])
            let bodies: [Body] = [
                Self.handle(rig, [S3Event.json([ArriveRig.file(.orders)])]),
                { schedule, thread in
                    // The state times out, unless it was told before.
                    schedule.step(thread)
                    let timesOut = executions.state.withLock {
                        $0.waiting.remove(ArriveRig.token(.orders, 1)) != nil
                    }
                    guard timesOut else { return }
                    var stepped = environment
                    stepped.table = SteppedTable(table: table, schedule: schedule, thread: thread)
                    do {
                        _ = try Arrive(stepped).handle(ArriveRig.expireEvent(.orders))
                        taken.withLock { $0 = true }
                    } catch {
                        schedule.step(thread)
                        executions.close("S-1")
                        handle(schedule, thread)
                    }
                },
            ]
            return (
                bodies,
                { order in
                    let isTaken = taken.withLock { $0 } || rig.answered(.orders) == "v1"
                    #expect(
                        rig.executions.names == (isTaken ? ["S-1"] : ["S-1", "S-2"]), "\(order)")
                    if isTaken { try rig.end() }
                    #expect(rig.executions.names.count == (isTaken ? 1 : 2), "\(order)")
                }
            )
        }
        #expect(orders >= 10)
    }

    @Test(arguments: [[1, 2], [2, 1], [1, 1]])
    func `of a job of one file two events at once start a run for each version that is newer`(
        versions: [Int]
    ) throws {
        let orders = try Schedule.explore {
            let rig = try SingleFileRunTests.rig()
            let bodies = versions.map {
                Self.handle(rig, [S3Event.json([SingleFileRunTests.file($0)])])
            }
            return (
                bodies,
                { order in
                    let taken = SingleFileRunTests.taken(rig)
                    // Executions may start in another order than their numbers'.
                    let allowed = [["1 v1"], ["1 v2"], ["1 v1", "2 v2"]]
                    #expect(allowed.contains(taken.sorted()), "\(order)")
                    #expect(taken.contains { $0.hasSuffix("v\(versions.max() ?? 0)") }, "\(order)")
                    for version in versions { try rig.drop(SingleFileRunTests.file(version)) }
                    #expect(SingleFileRunTests.taken(rig) == taken, "told again, \(order)")
                }
            )
        }
        #expect(orders >= 10)
    }
}
