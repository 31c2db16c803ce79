import JSON
import Stores

/// Turns three sealed files into work for the join: ranges of slices, one task each.
///
/// In: `{action: "fileSet", fileSet, run, secret, startTime}`. Writes the manifests of `aggregate` and `emit`.
/// Out: `{aggregate: {manifest, tasks}, emit: {manifest, tasks}}`.
struct SealFileSet {
    let environment: StepEnvironment

    /// Bytes of part rows that one task of the join works on, roughly: they set its memory.
    static let taskBytes = 16 << 20
    /// A set that is not large is cut finer, into up to so many tasks of this size at least.
    static let wantedParallelism = 4
    static let minimumTaskBytes = 1 << 20

    func handle(_ input: StepInput) throws -> JSON {
        let run = try Run(input, environment)
        let files = try FileKind.allCases.map {
            try SealedFile(StepInput(json: run.storage.get("sealed/\($0.rawValue).json")))
        }
        let dialects = Set(files.map(\.dialect))
        if dialects.count > 1 {
            let list = files.map {
                "\($0.file.fileName) has the names of the \($0.dialect.rawValue) dialect"
            }
            throw StepError(
                errorName: "Sluice.MixedDialects",
                cause: "the files of set \(run.fileSet) do not go together: "
                    + list.joined(separator: ", "))
        }
        let (customers, orders, items) = (files[0], files[1], files[2])
        let joinTasks = Self.tasks(bytes: orders.partBytes + items.partBytes)
        // A partial sum has about the size of an order's row.
        let emitTasks = Self.tasks(bytes: customers.partBytes + orders.partBytes)
        let startTime = input.json["startTime"] ?? .null
        func write(_ step: String, _ tasks: Int) throws -> JSON {
            try writeTasks(step, tasks, aggregateTasks: joinTasks, run, startTime: startTime)
        }
        return [
            "aggregate": try write("aggregate", joinTasks), "emit": try write("emit", emitTasks),
        ]
    }

    /// One for a small set, thousands for a large one.
    private static func tasks(bytes: Int) -> Int {
        let finer = min(wantedParallelism, bytes / minimumTaskBytes)
        return max(1, finer, min(KeyHasher.sliceCount, bytes / taskBytes))
    }

    private func writeTasks(
        _ step: String, _ tasks: Int, aggregateTasks: Int, _ run: Run, startTime: JSON
    ) throws -> JSON {
        let items = (0..<tasks).map { index -> JSON in
            [
                "fileSet": .string(run.fileSet), "run": JSON(run.number),
                "secret": .string(run.secret), "startTime": startTime, "index": JSON(index),
                "fromSlice": JSON(KeyHasher.sliceCount * index / tasks),
                "toSlice": JSON(KeyHasher.sliceCount * (index + 1) / tasks),
                "aggregateTasks": JSON(aggregateTasks),
            ]
        }
        let name = "manifests/\(step).json"
        try run.storage.put(name, .array(items))
        return ["manifest": run.location(name), "tasks": JSON(tasks)]
    }
}
