import JSON
import Stores
import Synchronization
import System

@testable import Pipeline

/// Buckets and two queues in a directory of their own, a table and executions in memory.
final class Workplace: Sendable {
    let root: String
    let objects: LocalObjectStore
    let queue: LocalMessageQueue
    /// Takes the errors of files that no job takes, and of jobs without a queue.
    let errors: LocalMessageQueue
    let table = MemoryTable()
    let executions = RecordedExecutions()

    init() throws {
        let temporary = environmentVariable("TMPDIR") ?? "/tmp"
        root = "\(temporary)/sluice-pipeline-\(randomHexadecimal(bytes: 8))"
        try FileSystem.makeDirectory(root)
        objects = LocalObjectStore(root: root + "/buckets")
        queue = LocalMessageQueue(directory: root + "/queue")
        errors = LocalMessageQueue(directory: root + "/errors")
    }

    deinit { try? FileSystem.removeTree(root) }

    func environment(
        chunkSizeBytes: Int? = nil, allowedRejects: Int = 0, delimiter: UInt8 = UInt8(ascii: ","),
        queue: (any MessageQueue)? = nil, jobs: [any Job.Type] = Jobs.all
    ) -> StepEnvironment {
        StepEnvironment(
            jobs: jobs, objects: objects, table: table, errors: errors,
            resources: .customerMessages(queue ?? self.queue), executions: executions,
            workBucket: "work", chunkSizeBytes: chunkSizeBytes, deadlineSeconds: 60,
            allowedRejects: allowedRejects, delimiter: delimiter)
    }

    func drop(_ name: String, _ bytes: [UInt8]) throws -> ObjectReference {
        try bytes.withUnsafeBytes {
            try objects.putObject(bucket: "drop", key: name, bytes: $0)
        }
    }

    /// The lines of a queue, segment after segment.
    static func lines(of queue: LocalMessageQueue) throws -> [String] {
        var lines: [String] = []
        for segment in try queue.segments() {
            try queue.forEachLine(in: segment) {
                lines.append(String(decoding: $0, as: UTF8.self))
                return true
            }
        }
        return lines
    }
}

/// A table with DynamoDB's conditions; every operation is one step under a lock.
final class MemoryTable: Table {
    private let items = Mutex<[TableKey: JSONObject]>([:])
    func getItem(key: TableKey) throws(StoreError) -> JSONObject? {
        items.withLock { $0[key] }
    }

    func updateItem(
        key: TableKey, set: JSONObject, remove: [String], condition: TableCondition?
    ) throws(StoreError) -> TableUpdate {
        items.withLock { items in
            var item = items[key] ?? [:]
            guard Self.holds(condition, item) else { return TableUpdate(isDone: false, item: item) }
            for (name, value) in set { item[name] = value }
            for name in remove { item[name] = nil }
            items[key] = item
            return TableUpdate(isDone: true, item: item)
        }
    }

    private static func holds(_ condition: TableCondition?, _ item: JSONObject) -> Bool {
        switch condition {
        case nil: true
        case .attributeMissing(let name): item[name] == nil
        case .missingOrLess(let name, let value):
            item[name].map { present in
                if let (a, b) = zip(present.string, value.string) {
                    return a.utf8.lexicographicallyPrecedes(b.utf8)
                }
                return (present.int ?? .max) < (value.int ?? .min)
            } ?? true
        case .missingOrOther(let name, let value): item[name] != value
        case .equal(let name, let value): item[name] == value
        }
    }

    private static func zip(_ a: String?, _ b: String?) -> (String, String)? {
        if let a, let b { (a, b) } else { nil }
    }
}

/// Executions as Step Functions keeps them: by name, with an input, running or closed.
final class RecordedExecutions: Executions {
    struct Execution: Sendable {
        var job: String
        var name: String
        var input: JSON
        var isRunning = true
    }
    struct State {
        var executions: [Execution] = []
        /// Tokens of tasks that wait.
        var waiting: Set<String> = []
        var answers: [(token: String, output: JSON)] = []
        var refused: [String] = []
    }
    let state = Mutex(State())

    /// What the ARNs of state machines begin with.
    static let arnPrefix = "arn:aws:states:us-east-1:000000000000:stateMachine:"

    func job(ofStateMachine arn: String) -> (any Job.Type)? {
        Jobs.all.first { Self.arnPrefix + $0.name == arn }
    }

    func start(_ job: String, name: String, input: JSON) throws -> Bool {
        state.withLock { state in
            let present = state.executions.first { $0.job == job && $0.name == name }
            if let present {
                return present.isRunning && present.input == input
            }
            state.executions.append(Execution(job: job, name: name, input: input))
            return true
        }
    }

    func sendTaskSuccess(token: String, output: JSON) throws -> Bool {
        state.withLock { state in
            guard state.waiting.remove(token) != nil else {
                state.refused.append(token)
                return false
            }
            state.answers.append((token, output))
            return true
        }
    }

    func wait(_ token: String) { state.withLock { _ = $0.waiting.insert(token) } }

    func close(_ name: String) {
        state.withLock { state in
            for index in state.executions.indices where state.executions[index].name == name {
                state.executions[index].isRunning = false
            }
            state.waiting.removeAll()
        }
    }

    var names: [String] { state.withLock { $0.executions.map(\.name) } }
    var input: JSON { state.withLock { $0.executions.last?.input ?? .null } }
    /// The file that was sent for a token; nil when none was.
    func answer(_ token: String) -> ObjectReference? {
        let output = state.withLock { $0.answers.last { $0.token == token }?.output }
        return output.flatMap { try? ObjectReference(StepInput(json: $0)) }
    }
}
