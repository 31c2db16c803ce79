import JSON
import System
import Testing

@testable import Engine

/// What is left after the engine's end at any moment, and what is made of it.
@Suite struct DurabilityTests {
    static func definition(_ count: Int) throws -> JSON {
        let retry = #""Retry": [{"ErrorEquals": ["Lambda.ServiceException"], "MaxAttempts": 99}]"#
        let items = (0..<count).map { "\($0)" }.joined(separator: ",")
        return try JSON(
            parsing: """
                {"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
                  {"StartAt": "Items", "States": {
                    "Items": {"Type": "Pass", "Result": [\(items)], "Next": "M"},
                    "M": {"Type": "Map", "MaxConcurrency": 4, "End": true, "ItemProcessor": {
                      "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                      "StartAt": "One", "States": {
                        "One": {"Type": "Task", "Next": "Two", \(retry),
                          "Resource": "arn:aws:lambda:us-east-1:000000000000:function:double"},
                        "Two": {"Type": "Task", "End": true, \(retry),
                          "Resource": "arn:aws:lambda:us-east-1:000000000000:function:double"}}}}}},
                  {"StartAt": "Inline", "States": {"Inline": {"Type": "Map", "End": true,
                    "ItemsPath": "$.list", "ItemProcessor": {"StartAt": "Three", "States": {
                      "Three": {"Type": "Task", "End": true, \(retry),
                        "Resource": "arn:aws:lambda:us-east-1:000000000000:function:double"}}}}}},
                  {"StartAt": "Sleep", "States": {"Sleep": {"Type": "Wait", "Seconds": 3,
                    "End": true}}}]}}}
                """)
    }

    /// Every execution there is: the parent and its Map Runs' children.
    static func executions(_ rig: Rig, _ parent: String) throws -> [String] {
        let runs = try rig.call("ListMapRuns", ["executionArn": .string(parent)])["mapRuns"]
        return try [parent]
            + (runs?.array ?? []).flatMap { run -> [String] in
                let list = try rig.call(
                    "ListExecutions",
                    ["mapRunArn": run["mapRunArn"] ?? .null, "maxResults": 1000])
                return list["executions"]?.array?.compactMap { $0["executionArn"]?.string } ?? []
            }
    }

    /// `execution state` of every task of a child whose success is recorded.
    static func successes(_ rig: Rig, _ parent: String) throws -> Set<String> {
        var found: Set<String> = []
        for arn in try executions(rig, parent) where arn != parent {
            var state = ""
            for event in try rig.history(arn) {
                state = event["stateEnteredEventDetails"]?["name"]?.string ?? state
                if event["type"] == "LambdaFunctionSucceeded" { found.insert("\(arn) \(state)") }
            }
        }
        return found
    }

    @Test func `killed at any moment, it goes on and asks for nothing twice that it has`() throws {
        let seed = UInt64.random(in: 0..<1 << 32)
        print("durability seed \(seed)")
        var random = SplitMix(state: seed)
        let rig = try Rig(skipsTime: true)
        let calls = Monitor(0)
        rig.invoker.on("double") { invocation in
            calls.withLock { $0 += 1 }
            return .success(JSON((invocation.payload.int ?? 0) * 2))
        }
        let count = 25
        let arn = try rig.start(
            try rig.machine(try Self.definition(count)), ["list": [1, 2, 3, 4, 5]])
        var kills = 0
        // How many invocations there had been at each kill, and what was recorded by then.
        var had: [(logged: Int, recorded: Set<String>)] = []
        for _ in 0..<12 {
            let until = calls.withLock { $0 } + Int(random.next() % 8) + 1
            let deadline = monotonicNanoseconds() + 2_000_000_000
            let isThere = calls.wait(untilNanoseconds: deadline) { $0 >= until ? true : nil }
            if isThere == nil { break }
            rig.engine.crash()
            kills += 1
            let logged = rig.invoker.log.withLock { $0.count }
            try rig.reopen(resuming: false)
            had.append((logged, try Self.successes(rig, arn)))
            rig.engine.resume()
        }
        let end = try rig.end(of: arn)
        #expect(kills > 2)
        #expect(end["status"] == "SUCCEEDED", "\(end)")
        #expect(
            end["output"]?.parsed == [
                .array((0..<count).map { JSON($0 * 4) }), [2, 4, 6, 8, 10],
                ["list": [1, 2, 3, 4, 5]],
            ])
        let log = rig.invoker.log.withLock { $0 }
        for (logged, recorded) in had {
            for later in log[logged...] {
                #expect(!recorded.contains("\(later.executionARN) \(later.stateName)"))
            }
        }
        for execution in try Self.executions(rig, arn) {
            let history = try rig.history(execution)
            #expect(history.compactMap { $0["id"]?.int } == Array(1...history.count))
            let ends = history.filter {
                $0["type"]?.string?.hasPrefix("ExecutionSucceeded") ?? false
            }
            #expect(ends.count == 1)
            if execution != arn {
                let tasks = history.filter { $0["type"] == "LambdaFunctionSucceeded" }
                #expect(tasks.count == 2)
            }
        }
    }

    @Test func `a token given out before the end is good after it`() throws {
        let (rig, tokens) = try MainJobTests.rig()
        // The workers have answered once their TaskSubmitted is written.
        let submitted = Monitor(0)
        rig.engine.observe { _, event in
            if event["type"] == "TaskSubmitted" { submitted.withLock { $0 += 1 } }
        }
        let arn = try rig.start(try rig.machine(try MainJobTests.definition()))
        _ = submitted.soon { $0 == 3 ? true : nil }
        try rig.reopen()
        try MainJobTests.deliver(rig, tokens)
        #expect(try rig.end(of: arn)["status"] == "SUCCEEDED")
    }

    @Test func `two engines cannot have one store`() throws {
        let rig = try Rig()
        #expect(throws: EngineError.self) {
            _ = try Engine(
                EngineConfiguration(
                    storePath: rig.directory + "/store.db", invoker: rig.invoker,
                    objects: rig.objects))
        }
    }
}

/// Sebastiano Vigna's SplitMix64, for repeatable random tests.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
