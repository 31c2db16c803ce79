import JSON
import MeantSets
import Stores

@testable import Pipeline

/// Plays the state machine of the job in one process, without an engine: every step is a call.
struct JobDriver {
    var environment: StepEnvironment
    var fileSet = "20240105"
    var run = 1
    /// When the execution was started.
    var startTime = "2024-01-05T10:00:00.000Z"
    var secret = String(repeating: "0123456789abcdef", count: 4)
    /// Whether every step runs twice, as after a lost answer.
    var isTwice = false
    /// Into how many tasks the join is cut; nil for what `seal` decided.
    var joinTasks: Int?
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
            "fileSet": .string(fileSet), "run": JSON(run), "secret": .string(secret),
        ]
        for (name, value) in own { event[name] = value }
        return .object(event)
    }

    private func step(_ state: String, _ body: () throws -> JSON) throws -> JSON {
        do {
            let output = try body()
            guard isTwice else { return output }
            let again = try body()
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
    func receive(_ files: [FileKind: ObjectReference]) throws {
        var random = SplitMix(seed: seed ?? 0)
        var chunks: [(FileKind, JSON)] = []
        var kinds = FileKind.allCases.filter { files[$0] != nil }
        if seed != nil { kinds.shuffle(using: &random) }
        for kind in kinds {
            let plan = try step("Validate\(kind.stateName)") {
                try Validate(environment).handle(
                    event(["kind": .string(kind.rawValue), "file": files[kind]!.json]))
            }
            let items = try manifest(plan["manifest"])
            precondition(items.count == plan["chunks"]?.int)
            chunks += items.map { (kind, $0) }
        }
        if seed != nil { chunks.shuffle(using: &random) }
        for (kind, item) in chunks { try parse(kind, item) }
        for kind in kinds {
            for round in 0... {
                let sealed = try step("Seal\(kind.stateName)") {
                    try Seal(environment).handle(
                        event(["action": "file", "kind": .string(kind.rawValue)]))
                }
                if sealed["misread"] == 0 { break }
                precondition(round == 0, "one reparse is always enough")
                var again = try manifest(sealed["manifest"])
                precondition(again.count == sealed["misread"]?.int)
                if seed != nil { again.shuffle(using: &random) }
                for item in again { try parse(kind, item) }
            }
        }
    }

    private func parse(_ kind: FileKind, _ item: JSON) throws {
        _ = try step("Parse\(kind.stateName)") { try ParseChunk(environment).handle(item) }
    }

    /// From `SealFileSet` up to what `emit` starts from.
    func aggregate() throws -> [JSON] {
        var random = SplitMix(seed: seed ?? 0)
        let tasks = try step("SealFileSet") {
            try Seal(environment).handle(
                event(["action": "fileSet", "startTime": .string(startTime)]))
        }
        if let joinTasks {
            for name in ["aggregate", "emit"] { try cut(tasks[name], into: joinTasks) }
        }
        var items = try manifest(tasks["aggregate"]?["manifest"])
        if seed != nil { items.shuffle(using: &random) }
        for item in items {
            _ = try step("AggregateOrders") { try Aggregate(environment).handle(item) }
        }
        var emits = try manifest(tasks["emit"]?["manifest"])
        if seed != nil { emits.shuffle(using: &random) }
        return emits
    }

    /// Writes a manifest of that many tasks in place of the one of a small set.
    private func cut(_ tasks: JSON?, into count: Int) throws {
        guard let location = tasks?["manifest"],
            case .object(var item)? = try manifest(location).first
        else { return }
        let items = (0..<count).map { index -> JSON in
            item["index"] = JSON(index)
            item["fromSlice"] = JSON(KeyHasher.sliceCount * index / count)
            item["toSlice"] = JSON(KeyHasher.sliceCount * (index + 1) / count)
            item["aggregateTasks"] = JSON(count)
            return .object(item)
        }
        let bytes = Array(JSON.array(items).serialized().utf8)
        _ = try bytes.withUnsafeBytes {
            try environment.objects.putObject(
                bucket: location["bucket"]?.string ?? "", key: location["key"]?.string ?? "",
                bytes: $0)
        }
    }

    func emit(_ item: JSON) throws {
        _ = try step("EmitMessages") { try Emit(environment).handle(item) }
    }

    func summarise() throws -> JSON {
        try step("Summarise") { try Seal(environment).handle(event(["action": "summary"])) }
    }

    /// The whole job.
    /// - Returns: the summary.
    func execute(_ files: [FileKind: ObjectReference]) throws -> JSON {
        try receive(files)
        for item in try aggregate() { try emit(item) }
        return try summarise()
    }
}
