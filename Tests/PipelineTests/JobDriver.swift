import JSON
import LambdaRuntime
import MeantSets
import Stores

@testable import Pipeline

/// Plays a job's state machine in one process, without an engine: every step is a call.
struct JobDriver {
    var environment: StepEnvironment
    var job: any Job.Type = CustomerMessages.self
    var fileSet = "20240105"
    var run = 1
    /// When the execution was started.
    var startTime = "2024-01-05T10:00:00.000Z"
    var secret = String(repeating: "0123456789abcdef", count: 4)
    /// Whether every step runs twice, as after a lost answer.
    var isTwice = false
    /// Into how many tasks stages by slices are cut; nil for what `seal` decided.
    var sliceTasks: Int?
    /// Shuffles whatever may run in any order; nil leaves it in order.
    var seed: UInt64?

    /// The step that failed, by the name of its state.
    struct Failure: Error, CustomStringConvertible {
        var state: String
        var error: StepError
        var description: String { "\(state): \(error)" }
    }

    private func event(_ own: JSONObject) -> JSON {
        var event: JSONObject = [
            "job": .string(job.name), "fileSet": .string(fileSet), "run": JSON(run),
            "secret": .string(secret),
        ]
        for (name, value) in own { event[name] = value }
        return .object(event)
    }

    private func step(_ state: String, _ function: StepFunction, _ event: JSON) throws -> JSON {
        do {
            let output = try function.handle(event, environment)
            guard isTwice else { return output }
            let again = try function.handle(event, environment)
            precondition(again == output, "\(state) answers otherwise the second time")
            return again
        } catch let error as StepError {
            throw Failure(state: state, error: error)
        }
    }

    private func manifest(_ location: JSON?) throws -> [JSON] {
        let bytes = try environment.objects.getObject(
            bucket: location?["bucket"]?.string ?? "", key: location?["key"]?.string ?? "")
        return try JSON(parsing: bytes).array ?? []
    }

    /// All of `ReceiveFileSet`: files may be read at the same time, so their chunks are mixed.
    func receive(_ files: [JobInput: ObjectReference]) throws {
        var random = SplitMix(seed: seed ?? 0)
        var chunks: [(JobInput, JSON)] = []
        var inputs = job.inputs.filter { files[$0] != nil }
        if seed != nil { inputs.shuffle(using: &random) }
        for input in inputs {
            let plan = try step(
                "Validate\(input.stateName)", .validate,
                event(["kind": .string(input.name), "file": files[input]!.json]))
            let items = try manifest(plan["manifest"])
            precondition(items.count == plan["chunks"]?.int)
            chunks += items.map { (input, $0) }
        }
        if seed != nil { chunks.shuffle(using: &random) }
        for (input, item) in chunks { try parse(input, item) }
        for input in inputs {
            for round in 0... {
                let sealed = try step(
                    "Seal\(input.stateName)", .seal,
                    event(["action": "file", "kind": .string(input.name)]))
                if sealed["misread"] == 0 { break }
                precondition(round == 0, "one reparse is always enough")
                var again = try manifest(sealed["manifest"])
                precondition(again.count == sealed["misread"]?.int)
                if seed != nil { again.shuffle(using: &random) }
                for item in again { try parse(input, item) }
            }
        }
    }

    private func parse(_ input: JobInput, _ item: JSON) throws {
        _ = try step("Parse\(input.stateName)", .parseChunk, item)
    }

    /// `SealFileSet`.
    /// - Returns: the tasks of each stage.
    func sealFileSet() throws -> [[JSON]] {
        let tasks = try step(
            "SealFileSet", .seal, event(["action": "fileSet", "startTime": .string(startTime)]))
        var random = SplitMix(seed: seed ?? 0)
        return try job.stages.map { stage in
            if let sliceTasks { try cut(tasks[stage.name], into: sliceTasks) }
            var items = try manifest(tasks[stage.name]?["manifest"])
            if seed != nil { items.shuffle(using: &random) }
            return items
        }
    }

    /// Writes a manifest of that many tasks in place of the one of a small set.
    private func cut(_ tasks: JSON?, into count: Int) throws {
        guard let location = tasks?["manifest"],
            case .object(var item)? = try manifest(location).first, item["fromSlice"] != nil
        else { return }
        let items = SlicePlan.cut(into: count).enumerated().map { index, slices -> JSON in
            item["index"] = JSON(index)
            for (name, value) in slices { item[name] = value }
            return .object(item)
        }
        let bytes = Array(JSON.array(items).serialized().utf8)
        _ = try bytes.withUnsafeBytes {
            try environment.objects.putObject(
                bucket: location["bucket"]?.string ?? "", key: location["key"]?.string ?? "",
                bytes: $0)
        }
    }

    /// One task of a stage.
    func work(_ stage: Stage, _ item: JSON) throws {
        _ = try step(stage.stateName, stage.function.stepFunction, item)
    }

    func summarise() throws -> JSON {
        try step("Summarise", .seal, event(["action": "summary"]))
    }

    /// The whole job.
    /// - Returns: the summary.
    func execute(_ files: [JobInput: ObjectReference]) throws -> JSON {
        try receive(files)
        for (stage, tasks) in zip(job.stages, try sealFileSet()) {
            for task in tasks { try work(stage, task) }
        }
        return try summarise()
    }
}

/// customer-messages, as its tests call what belongs to it.
extension JobInput {
    static let customers = CustomerMessages.customers
    static let orders = CustomerMessages.orders
    static let items = CustomerMessages.items
}

extension JobDriver {
    /// From `SealFileSet` up to what `emit` starts from.
    func aggregate() throws -> [JSON] {
        let tasks = try sealFileSet()
        for task in tasks[0] { try work(CustomerMessages.aggregate, task) }
        return tasks[1]
    }

    func emit(_ item: JSON) throws { try work(CustomerMessages.emit, item) }
}

extension StepEnvironment {
    var queue: any MessageQueue {
        get { (try? resources.queue(CustomerMessages.queue)) ?? errors }
        set { resources = .customerMessages(newValue, customersTable) }
    }

    var customersTable: (any ItemTable)? {
        get { resources.table(CustomerMessages.table) }
        set { resources = .customerMessages(queue, newValue) }
    }
}

extension ResourceAccess {
    static func customerMessages(
        _ queue: any MessageQueue, _ table: (any ItemTable)? = nil
    ) -> ResourceAccess {
        var tables: [String: any ItemTable] = [:]
        tables[CustomerMessages.table.name] = table
        return ResourceAccess(queues: [CustomerMessages.queue.name: queue], tables: tables)
    }
}

extension JobDriver.Failure {
    /// Whether a store was not to be had, which is worth another attempt.
    static func isUnavailable(_ error: any Error) -> Bool {
        (error as? JobDriver.Failure)?.error.errorName == "Sluice.Unavailable"
    }
}
