import JSON
import SQLite
import System
import Testing

@testable import Engine

/// What the next start makes of tasks that were never begun, and of ends that nobody has heard of.
@Suite struct RestartTests {
    /// A task that must not fail even once: it has no Retry.
    static let once: JSON = [
        "StartAt": "T",
        "States": [
            "T": [
                "Type": "Task", "End": true, "TimeoutSeconds": 60,
                "Resource": "arn:aws:lambda:us-east-1:000000000000:function:f",
            ]
        ],
    ]

    /// A Map over its input with a child execution for each item.
    private static func distributedMap(startAt: String, _ states: JSON) -> JSON {
        [
            "StartAt": "M",
            "States": [
                "M": [
                    "Type": "Map", "End": true,
                    "ItemProcessor": [
                        "ProcessorConfig": ["Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"],
                        "StartAt": .string(startAt), "States": states,
                    ],
                ]
            ],
        ]
    }

    /// An engine with a clock that stands still unless it is moved.
    private final class Bench {
        let directory = "/tmp/engine-tests." + randomHexadecimal(bytes: 8)
        let clock = ManualClock()
        let invoker = FakeInvoker()
        let events = Monitor<[JSON]>([])
        var childConcurrency = 10
        private(set) var engine: Engine!

        init(childConcurrency: Int = 10) throws {
            self.childConcurrency = childConcurrency
            try FileSystem.makeDirectory(directory)
            try open()
        }

        deinit {
            engine.shutdown()
            try? FileSystem.removeTree(directory)
        }

        func open() throws {
            var configuration = EngineConfiguration(
                storePath: directory + "/store.db", invoker: invoker, objects: FakeObjects())
            configuration.clock = clock
            configuration.childConcurrency = childConcurrency
            configuration.keepsEndsUntilAcknowledged = true
            configuration.onStatusChange = { [events] event in
                events.withLock { $0.append(event) }
            }
            engine = try Engine(configuration)
        }

        func start(_ definition: JSON, names: [String] = ["a"], input: JSON = [:]) throws -> String
        {
            let machine = try engine.call(
                "CreateStateMachine",
                [
                    "name": "m", "definition": .string(definition.serialized()),
                    "roleArn": "arn:aws:iam::000000000000:role/test",
                ])["stateMachineArn"]
            var arn: JSON?
            for name in names {
                arn = try engine.call(
                    "StartExecution",
                    [
                        "stateMachineArn": machine ?? .null, "name": .string(name),
                        "input": .string(input.serialized()),
                    ])["executionArn"]
            }
            return arn?.string ?? ""
        }

        /// The events of the next ends.
        func ends(_ count: Int = 1) throws -> [JSON] {
            let found = events.soon { all -> [JSON]? in
                let ends = all.filter { $0["detail"]?["status"] != "RUNNING" }
                guard ends.count >= count else { return nil }
                all = []
                return ends
            }
            return try #require(found)
        }

        /// Until the engine has written down that a task was not begun.
        func waitUntilUnbegun() throws {
            let database = try Database(directory + "/store.db", access: .readOnly)
            // Each look is a call of the engine, which takes its time.
            for _ in 0..<100_000 {
                _ = try engine.call("ListStateMachines", [:])
                let flows = try database.rows("SELECT flow FROM flows") { $0.text(0) }
                if flows.contains(where: { $0.contains("\"unbegun\":true") }) { return }
            }
            Issue.record("never written down")
        }
    }

    @Test func `a task that was not begun begins at the next start, once, without a failure`()
        throws
    {
        let bench = try Bench()
        bench.invoker.on("f") { _ in .notBegun }
        let arn = try bench.start(Self.once, input: ["a": 1])
        try bench.waitUntilUnbegun()
        bench.engine.shutdown()
        // Longer than the task may take: none of it was spent in a worker.
        bench.clock.advance(to: bench.clock.now() + 3600)
        bench.invoker.on("f") { .success($0.payload) }
        try bench.open()
        bench.engine.resume()
        let detail = try bench.ends().first?["detail"]
        #expect(detail?["status"] == "SUCCEEDED", "\(detail ?? .null)")
        #expect(detail?["output"]?.parsed == ["a": 1])
        #expect(bench.invoker.log.withLock { $0.map(\.attempt) } == [0, 0])
        let history = try bench.engine.call("GetExecutionHistory", ["executionArn": .string(arn)])
        #expect(
            history["events"]?.array?.compactMap { $0["type"]?.string } == [
                "ExecutionStarted", "TaskStateEntered", "LambdaFunctionScheduled",
                "LambdaFunctionStarted", "LambdaFunctionSucceeded", "TaskStateExited",
                "ExecutionSucceeded",
            ])
    }

    @Test func `killed after it was begun, it is a lost worker like any other`() throws {
        let bench = try Bench()
        bench.invoker.on("f") { _ in .notBegun }
        _ = try bench.start(Self.once)
        try bench.waitUntilUnbegun()
        bench.engine.shutdown()
        bench.invoker.on("f") { _ in nil }
        try bench.open()
        bench.engine.resume()
        #expect(bench.invoker.log.soon { $0.count == 2 ? true : nil } == true)
        bench.engine.crash()
        try bench.open()
        bench.engine.resume()
        #expect(try bench.ends().first?["detail"]?["error"] == "Lambda.ServiceException")
    }

    @Test func `the end of an execution is told at every start until somebody has taken it`() throws
    {
        let bench = try Bench()
        bench.invoker.on("f") { .success($0.payload) }
        _ = try bench.start(Self.once, names: ["a", "b"])
        let ends = try bench.ends(2)
        bench.engine.acknowledge(ends[0])
        // In the mailbox behind the acknowledgement.
        bench.engine.resume()
        bench.engine.crash()
        try bench.open()
        bench.engine.resume()
        let kept = try bench.ends()
        #expect(kept.map { $0["id"] } == [ends[1]["id"]])
        bench.engine.acknowledge(kept[0])
        // Nothing is kept any more; what ends now is told as ever.
        _ = try bench.start(Self.once, names: ["c"])
        bench.engine.acknowledge(try bench.ends()[0])
        bench.engine.shutdown()
        try bench.open()
        bench.engine.resume()
        bench.engine.shutdown()
        #expect(bench.events.withLock { $0 } == [])
    }

    @Test(arguments: [(2, "SUCCEEDED"), (1000, "FAILED")])
    func `a Map of more items than workers does not time out where its children are few`(
        childConcurrency: Int, status: String
    ) throws {
        let bench = try Bench(childConcurrency: childConcurrency)
        let (clock, engine) = (bench.clock, bench.engine!)
        // One worker: each call takes ten seconds, and all others wait meanwhile.
        bench.invoker.on("f") { invocation in
            clock.advance(to: clock.now() + 10)
            // Comes back when the engine has looked at the clock.
            engine.resume()
            return .success(invocation.payload)
        }
        let definition = Self.distributedMap(startAt: "T", Self.once["States"] ?? .null)
        _ = try bench.start(definition, input: .array((0..<20).map { JSON($0) }))
        #expect(try bench.ends().first?["detail"]?["status"]?.string == status)
    }

    @Test func `children that wait for more than functions all run at once`() throws {
        let bench = try Bench(childConcurrency: 2)
        let definition = Self.distributedMap(
            startAt: "W", ["W": ["Type": "Wait", "Seconds": 60, "End": true]])
        let execution = try bench.start(definition, input: .array((0..<20).map { JSON($0) }))
        var running = 0
        // Each look waits for the engine: no sleep is needed.
        for _ in 0..<10_000 where running < 20 {
            bench.engine.resume()
            let runs = try bench.engine.call("ListMapRuns", ["executionArn": .string(execution)])
            guard let run = runs["mapRuns"]?[0]?["mapRunArn"] else { continue }
            running =
                try bench.engine.call("ListExecutions", ["mapRunArn": run])["executions"]?
                .array?.count ?? 0
        }
        #expect(running == 20)
        bench.clock.advance(to: bench.clock.now() + 60)
        bench.engine.clockMoved()
        #expect(try bench.ends().first?["detail"]?["status"]?.string == "SUCCEEDED")
    }
}
