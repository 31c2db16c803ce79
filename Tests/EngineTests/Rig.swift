import JSON
import System

@testable import Engine

/// Functions by name, run at once on a thread of their own.
final class FakeInvoker: LambdaInvoker {
    typealias Function = @Sendable (LambdaInvocation) -> LambdaResult?

    let functions = Monitor<[String: Function]>([:])
    /// What functions do that are not named.
    let otherwise = Monitor<Function?>(nil)
    let log = Monitor<[LambdaInvocation]>([])
    let cancelled = Monitor<[LambdaInvocation.ID]>([])
    private let mailbox = Mailbox<@Sendable () -> Void>()

    init() {
        _ = Thread { [mailbox] in
            while let jobs = mailbox.takeAll() { for job in jobs { job() } }
        }
    }

    deinit { mailbox.close() }

    func on(_ name: String, _ function: @escaping Function) {
        functions.withLock { $0[name] = function }
    }

    func invoke(
        _ invocation: LambdaInvocation, completion: @escaping @Sendable (LambdaResult) -> Void
    ) {
        log.withLock { $0.append(invocation) }
        let function =
            functions.withLock { $0[invocation.functionName] } ?? otherwise.withLock { $0 }
        mailbox.put {
            guard let function else {
                return completion(
                    .serviceError(
                        error: "Lambda.ResourceNotFoundException",
                        cause: "Function not found: \(invocation.functionName)"))
            }
            if let result = function(invocation) { completion(result) }
        }
    }

    func cancel(_ id: LambdaInvocation.ID) { cancelled.withLock { $0.append(id) } }

    func invocations(of name: String) -> [LambdaInvocation] {
        log.withLock { $0.filter { $0.functionName == name } }
    }
}

/// Buckets in memory.
final class FakeObjects: ObjectSource {
    struct Missing: Error {}
    struct ReadOnly: Error {}
    let objects = Monitor<[String: [UInt8]]>([:])
    /// Whether putting fails.
    let isReadOnly = Monitor(false)

    func getObject(bucket: String, key: String) throws -> [UInt8] {
        guard let bytes = objects.withLock({ $0["\(bucket)/\(key)"] }) else { throw Missing() }
        return bytes
    }

    func putObject(bucket: String, key: String, bytes: [UInt8]) throws {
        if isReadOnly.withLock({ $0 }) { throw ReadOnly() }
        objects.withLock { $0["\(bucket)/\(key)"] = bytes }
    }

    func listObjects(bucket: String, prefix: String) throws -> [ListedObject] {
        objects.withLock { objects in
            objects.filter { $0.key.hasPrefix("\(bucket)/\(prefix)") }.map { path, bytes in
                ListedObject(
                    key: String(path.dropFirst(bucket.count + 1)), sizeBytes: bytes.count,
                    lastModifiedSeconds: 1_700_000_000, eTag: "e\(bytes.count)")
            }
        }.sorted { $0.key < $1.key }
    }

    func json(_ path: String) throws -> JSON {
        try JSON(parsing: objects.withLock { $0[path] } ?? [])
    }
}

/// Services that answer as they are told to; without an answer a call fails.
final class FakeServices: ServiceCaller {
    struct Call: Sendable, Equatable {
        let name: String
        let parameters: JSON
    }
    typealias Answer = @Sendable (JSON) throws(ServiceError) -> JSON

    let answers = Monitor<[String: Answer]>([:])
    let log = Monitor<[Call]>([])

    /// - Parameter name: `sqs:sendMessage`, say.
    func on(_ name: String, _ answer: @escaping Answer) {
        answers.withLock { $0[name] = answer }
    }

    func call(
        _ service: String, _ action: String, _ parameters: JSON
    ) throws(ServiceError) -> JSON {
        let name = "\(service):\(action)"
        log.withLock { $0.append(Call(name: name, parameters: parameters)) }
        guard let answer = answers.withLock({ $0[name] }) else {
            throw ServiceError("Unprepared", name)
        }
        return try answer(parameters)
    }
}

/// A clock that stands until it is moved.
final class ManualClock: Clock {
    private let time: Monitor<Timestamp>
    init(_ start: Timestamp = Timestamp(milliseconds: 1_700_000_000_000)) { time = Monitor(start) }
    func now() -> Timestamp { time.withLock { $0 } }
    func advance(to point: Timestamp) { time.withLock { $0 = max($0, point) } }
}

/// An engine on a store of its own, and what it works with.
final class Rig: Sendable {
    let directory: String
    let invoker = FakeInvoker()
    let objects = FakeObjects()
    let services = FakeServices()
    let clock: (any Clock)?
    let account: String
    private let running: Monitor<Engine>
    /// Statuses by execution ARN, as the notifications told them.
    private let statuses: Monitor<[String: [String]]>

    var engine: Engine { running.withLock { $0 } }

    /// - Parameter skipsTime: a wait is over as soon as nothing else is going on.
    init(skipsTime: Bool = false, account: String = "000000000000") throws {
        self.account = account
        directory = "/tmp/engine-tests." + randomHexadecimal(bytes: 8)
        try FileSystem.makeDirectory(directory)
        clock = skipsTime ? ManualClock() : nil
        statuses = Monitor([:])
        running = Monitor(
            try Rig.open(directory, invoker, objects, services, clock, account, statuses))
    }

    deinit {
        engine.shutdown()
        try? FileSystem.removeTree(directory)
    }

    private static func open(
        _ directory: String, _ invoker: FakeInvoker, _ objects: FakeObjects,
        _ services: FakeServices, _ clock: (any Clock)?, _ account: String,
        _ statuses: Monitor<[String: [String]]>
    ) throws -> Engine {
        var configuration = EngineConfiguration(
            storePath: directory + "/store.db", invoker: invoker, objects: objects)
        configuration.account = account
        configuration.services = services
        if let clock { configuration.clock = clock }
        configuration.onStatusChange = { event in
            guard let arn = event["detail"]?["executionArn"]?.string,
                let status = event["detail"]?["status"]?.string
            else { return }
            statuses.withLock { $0[arn, default: []].append(status) }
        }
        let engine = try Engine(configuration)
        if let clock = clock as? ManualClock {
            engine.whenIdle { [weak engine] next in
                clock.advance(to: next)
                engine?.clockMoved()
            }
        }
        return engine
    }

    /// Ends the engine as a kill would, and opens the store again.
    func reopen(crashing: Bool = true, resuming: Bool = true) throws {
        if crashing { engine.crash() } else { engine.shutdown() }
        let next = try Rig.open(directory, invoker, objects, services, clock, account, statuses)
        running.withLock { $0 = next }
        if resuming { next.resume() }
    }

    @discardableResult
    func call(_ action: String, _ request: JSON) throws -> JSON {
        try engine.call(action, request)
    }

    /// Creates a machine of that definition; its ARN.
    func machine(
        _ definition: JSON, name: String = "machine", type: String = "STANDARD"
    ) throws -> String {
        let answer = try call(
            "CreateStateMachine",
            [
                "type": .string(type), "name": .string(name),
                "definition": .string(definition.serialized()),
                "roleArn": "arn:aws:iam::000000000000:role/test",
            ])
        return answer["stateMachineArn"]?.string ?? ""
    }

    /// Starts an execution; its ARN.
    func start(_ machine: String, _ input: JSON = [:], name: String = "run") throws -> String {
        let answer = try call(
            "StartExecution",
            [
                "stateMachineArn": .string(machine), "name": .string(name),
                "input": .string(input.serialized()),
            ])
        return answer["executionArn"]?.string ?? ""
    }

    /// Waits until the execution has ended `times` times; what DescribeExecution says then.
    func end(of arn: String, times: Int = 1) throws -> JSON {
        let deadline = monotonicNanoseconds() + 30_000_000_000
        _ = statuses.wait(untilNanoseconds: deadline) { all -> Bool? in
            (all[arn] ?? []).count { $0 != "RUNNING" } >= times ? true : nil
        }
        return try call("DescribeExecution", ["executionArn": .string(arn)])
    }

    /// Waits until the execution has ended, a fifth of a second at most.
    func waitAWhile(for arn: String) {
        _ = statuses.wait(untilNanoseconds: monotonicNanoseconds() + 200_000_000) { all -> Bool? in
            all[arn]?.last.map { $0 != "RUNNING" } ?? false ? true : nil
        }
    }

    func run(_ definition: JSON, _ input: JSON = [:]) throws -> JSON {
        try end(of: try start(try machine(definition), input))
    }

    func history(_ arn: String) throws -> [JSON] {
        var events: [JSON] = []
        var token: JSON = .null
        repeat {
            let page = try call(
                "GetExecutionHistory",
                ["executionArn": .string(arn), "maxResults": 1000, "nextToken": token])
            events += page["events"]?.array ?? []
            token = page["nextToken"] ?? .null
        } while !token.isNull
        return events
    }

    func eventTypes(_ arn: String) throws -> [String] {
        try history(arn).compactMap { $0["type"]?.string }
    }

    /// The names of the states entered, in order.
    func path(_ arn: String) throws -> [String] {
        try history(arn).compactMap { $0["stateEnteredEventDetails"]?["name"]?.string }
    }
}

extension Monitor {
    /// Waits until `body` returns a value, half a minute at most.
    func soon<Result>(_ body: (inout Value) -> Result?) -> Result? {
        wait(untilNanoseconds: monotonicNanoseconds() + 30_000_000_000, body)
    }
}

extension JSON {
    /// The JSON within a string.
    var parsed: JSON? { string.flatMap { try? JSON(parsing: $0) } }
}
