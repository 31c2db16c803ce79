import Glibc
import JSON
import System
import Testing

@testable import Engine

/// Definitions, inputs and requests that nobody means well with: each gets one of AWS's errors or a
/// regular end. A crash or a hang ends the process, after the seed was printed.
///
/// `SLUICE_FUZZ_SECONDS` gives each test more time than its two seconds, `SLUICE_FUZZ_SEED` repeats
/// one, and what is tried is written to the file `SLUICE_FUZZ_LOG` before it is.
@Suite(.serialized) struct FuzzTests {
    static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// Calls `body` with one seed after the other until the time is over.
    static func fuzz(_ what: String, _ body: (UInt64) throws -> Void) throws {
        let first = environment("SLUICE_FUZZ_SEED").flatMap { UInt64($0) }
        let seed = first ?? UInt64.random(in: 0..<1_000_000_000)
        let seconds = environment("SLUICE_FUZZ_SECONDS").flatMap { Int($0) } ?? 2
        let end = monotonicNanoseconds() + seconds * 1_000_000_000
        print("fuzzing \(what) from SLUICE_FUZZ_SEED=\(seed)")
        let watchdog = Watchdog()
        var count: UInt64 = 0
        while monotonicNanoseconds() < end {
            watchdog.begins("\(what), SLUICE_FUZZ_SEED=\(seed + count)")
            try body(seed + count)
            count += 1
        }
        watchdog.begins(nil)
        print("\(count) \(what) were tried")
    }

    static func log(_ text: @autoclosure () -> String) {
        guard let path = environment("SLUICE_FUZZ_LOG") else { return }
        try? FileSystem.replace(path, with: text())
    }

    /// The definitions of this repository and of the recorded cases, which must not be missed
    /// silently.
    static func definitions() throws -> [(definition: JSON, input: JSON)] {
        let root = RedriveTableTests.root
        let own = try FileSystem.contents(
            of: root + "/statemachine/customer-messages.asl.json")
        var found: [(JSON, JSON)] = [(try JSON(parsing: own), ["a": [1, 2]])]
        found += try RedriveCase.all.map { row in
            let startAt = row.states.split(separator: "\"")[0]
            let text = #"{"StartAt": "\#(startAt)", "States": {\#(row.states)}}"#
            return (try JSON(parsing: text), row.input)
        }
        let cases = root + "/../shared/asl-cases/cases.json"
        if let bytes = try? FileSystem.contents(of: cases) {
            found += try (JSON(parsing: bytes)["cases"]?.array ?? []).compactMap { row in
                row["definition"].map { ($0, row["input"] ?? [:]) }
            }
        } else {
            print("fuzzing without the recorded cases: \(cases) is not there")
        }
        return found
    }

    /// What an operation answers, or the code of its error, which must not be one of ours.
    static func call(_ rig: Rig, _ action: String, _ request: JSON, _ seed: UInt64) -> JSON? {
        do {
            return try rig.call(action, request)
        } catch let error as ServiceError {
            let isOurs = ["InternalFailure", "UnknownOperationException", "ServiceUnavailable"]
                .contains(error.code)
            #expect(!isOurs, "\(action), SLUICE_FUZZ_SEED=\(seed): \(error)")
            return nil
        } catch {
            Issue.record("\(action), SLUICE_FUZZ_SEED=\(seed): \(error)")
            return nil
        }
    }

    @Test func `mutated definitions and inputs end with an error of AWS's or regularly`() throws {
        let pool = try Self.definitions()
        var rig = try Self.rig()
        var accepted = 0
        var count = 0
        defer { print("\(accepted) of the definitions were accepted") }
        try Self.fuzz("definitions") { seed in
            // Its time is skipped, by years: so it begins anew now and then.
            count += 1
            if count % 200 == 0 { rig = try Self.rig() }
            var mutator = Mutator(seed: seed, pool: pool.map(\.definition) + pool.map(\.input))
            let (definition, goodInput) = mutator.pick(pool)
            let isVariant = mutator.below(3) > 0
            var text =
                (isVariant ? mutator.variant(of: definition) : mutator.mutant(of: definition))
                .serialized()
            if mutator.below(20) == 0 {
                text = String(decoding: mutator.mutated(Array(text.utf8)), as: UTF8.self)
            }
            let input: String =
                switch mutator.below(10) {
                case 0: mutator.mutated("{\"a\": [1, 2]}")
                case 1..<5: goodInput.serialized()
                default: mutator.mutant(of: goodInput).serialized()
                }
            Self.log(text + "\n" + input + "\n")
            let machine = Self.call(
                rig, "CreateStateMachine",
                [
                    "name": .string("m\(seed)"), "definition": .string(text),
                    "roleArn": "arn:aws:iam::000000000000:role/r",
                    "type": mutator.below(4) == 0 ? "EXPRESS" : "STANDARD",
                ], seed)
            guard let arn = machine?["stateMachineArn"] else { return }
            accepted += 1
            let started = Self.call(
                rig, "StartExecution", ["stateMachineArn": arn, "input": .string(input)], seed)
            if let execution = started?["executionArn"] {
                Self.finish(rig, execution, seed, redriving: mutator.below(3) == 0)
            }
            _ = Self.call(rig, "DeleteStateMachine", ["stateMachineArn": arn], seed)
        }
    }

    /// Lets an execution go on for a while, stops it, and looks at what it left.
    private static func finish(_ rig: Rig, _ arn: JSON, _ seed: UInt64, redriving: Bool) {
        rig.waitAWhile(for: arn.string ?? "")
        _ = call(rig, "StopExecution", ["executionArn": arn], seed)
        let end = call(rig, "DescribeExecution", ["executionArn": arn], seed)
        // Express executions cannot be stopped; they end by themselves.
        let isExpress = arn.string?.contains(":express:") ?? false
        #expect(isExpress || end?["status"] != "RUNNING", "SLUICE_FUZZ_SEED=\(seed)")
        let history = call(rig, "GetExecutionHistory", ["executionArn": arn], seed)
        #expect(history?["events"]?[0]?["type"] == "ExecutionStarted", "SLUICE_FUZZ_SEED=\(seed)")
        guard redriving, end?["redriveStatus"] == "REDRIVABLE" else { return }
        _ = call(rig, "RedriveExecution", ["executionArn": arn], seed)
        rig.waitAWhile(for: arn.string ?? "")
        _ = call(rig, "StopExecution", ["executionArn": arn], seed)
    }

    /// Functions that succeed, fail, answer much, or answer never.
    private static func rig() throws -> Rig {
        let rig = try Rig(skipsTime: true)
        let answers: [@Sendable (LambdaInvocation) -> LambdaResult?] = [
            { .success($0.payload) }, { _ in .error("States.TaskFailed") }, { _ in nil },
            { _ in .success(.string(String(repeating: "x", count: 300_000))) },
            { _ in .functionError("none") }, { _ in .success(nil) },
        ]
        rig.invoker.otherwise.withLock { otherwise in
            otherwise = { invocation in
                answers[Int(invocation.id % UInt64(answers.count))](invocation)
            }
        }
        return rig
    }

    @Test func `mutated requests get an error of AWS's or an answer`() throws {
        let rig = try Self.rig()
        let machine = try rig.machine(OperationTests.wait)
        let requests = try Self.requests(rig, machine)
        try Self.fuzz("requests") { seed in
            var mutator = Mutator(seed: seed, pool: requests.map(\.1))
            let (action, request) = mutator.pick(requests)
            let mutant = mutator.mutated(request)
            Self.log("\(action) \(mutant)\n")
            _ = Self.call(rig, action, mutant, seed)
        }
    }

    /// A good request of every operation.
    private static func requests(_ rig: Rig, _ machine: String) throws -> [(String, JSON)] {
        let arn = JSON.string(machine)
        let execution = JSON.string(try rig.start(machine, name: "a"))
        let run = "arn:aws:states:us-east-1:000000000000:mapRun:machine/M:1"
        let token = JSON.string(TaskToken(execution: 1, nonce: randomUUID()).text)
        let known: [String: JSON] = [
            "CreateStateMachine": [
                "name": "n", "definition": .string(OperationTests.pass.serialized()),
                "roleArn": "arn:aws:iam::000000000000:role/r", "type": "STANDARD",
                "tags": [["key": "k", "value": "v"]],
            ],
            "DeleteStateMachine": ["stateMachineArn": "x"],
            "DescribeExecution": ["executionArn": execution],
            "DescribeMapRun": ["mapRunArn": .string(run)],
            "GetExecutionHistory": [
                "executionArn": execution, "maxResults": 10, "reverseOrder": true,
                "includeExecutionData": false, "nextToken": "1",
            ],
            "ListExecutions": [
                "stateMachineArn": arn, "statusFilter": "RUNNING", "maxResults": 2,
                "nextToken": "3",
            ],
            "RedriveExecution": ["executionArn": execution, "clientToken": "t"],
            "SendTaskFailure": ["taskToken": token, "error": "e", "cause": "c"],
            "SendTaskHeartbeat": ["taskToken": token],
            "SendTaskSuccess": ["taskToken": token, "output": "{}"],
            "StartExecution": ["stateMachineArn": arn, "name": "b", "input": "{}"],
            "StopExecution": ["executionArn": execution, "error": "e", "cause": "c"],
            "TagResource": ["resourceArn": arn, "tags": [["key": "k", "value": "v"]]],
            "UntagResource": ["resourceArn": arn, "tagKeys": ["k"]],
            "UpdateMapRun": [
                "mapRunArn": .string(run), "maxConcurrency": 1, "toleratedFailurePercentage": 2,
                "toleratedFailureCount": 3,
            ],
            "UpdateStateMachine": [
                "stateMachineArn": arn, "definition": .string(OperationTests.wait.serialized()),
            ],
        ]
        return Operation.all.keys.sorted().map { action in
            (action, known[action] ?? ["stateMachineArn": arn, "executionArn": execution])
        }
    }
}

/// Ends the process with the seed when one try takes longer than a minute.
private final class Watchdog: Sendable {
    private let current = Monitor<(what: String, since: Int)?>(nil)
    private let isDone = Monitor(false)

    init() {
        _ = Thread { [current, isDone] in
            while !isDone.withLock({ $0 }) {
                _ = isDone.wait(untilNanoseconds: monotonicNanoseconds() + 1_000_000_000) {
                    $0 ? true : nil
                }
                guard let (what, since) = current.withLock({ $0 }),
                    monotonicNanoseconds() - since > 60_000_000_000
                else { continue }
                fatalError("a minute has passed with \(what)")
            }
        }
    }

    deinit { isDone.withLock { $0 = true } }

    func begins(_ what: String?) {
        current.withLock { $0 = what.map { ($0, monotonicNanoseconds()) } }
    }
}
