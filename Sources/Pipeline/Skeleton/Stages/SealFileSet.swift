import JSON
import LambdaRuntime

/// Turns the sealed files of a set into the tasks of the job's stages.
///
/// In: `{job, action: "fileSet", fileSet, run, secret, startTime}`. Writes a manifest for each stage.
/// Out: `{STAGE: {manifest, tasks}, …}`.
struct SealFileSet {
    let environment: StepEnvironment

    func handle(_ input: StepInput) throws -> JSON {
        let run = try Run(input, environment)
        let startTime = try input.text("startTime")
        let files = try run.job.inputs.map { try SealedFile.load($0, of: run) }
        let tasks = try run.job.plan(files, of: run)
        var answer = JSONObject()
        for (stage, tasks) in zip(run.job.stages, tasks) {
            let items = tasks.enumerated().map { index, own -> JSON in
                var item = run.members
                item["stage"] = .string(stage.name)
                item["startTime"] = .string(startTime)
                item["index"] = JSON(index)
                for (name, value) in own { item[name] = value }
                return .object(item)
            }
            let name = StageTask.manifestName(stage)
            try run.storage.put(name, .array(items))
            answer[stage.name] = [
                "manifest": run.storage.location(name), "tasks": JSON(items.count),
            ]
        }
        return .object(answer)
    }
}

/// How much of a set one task of a stage works on, where the work is cut by slices of keys.
public enum SlicePlan {
    /// Bytes of part rows of a task, roughly: they set its memory.
    static let taskBytes = 16 << 20
    /// A set that is not large is cut finer, into up to so many tasks of this size at least.
    static let wantedParallelism = 4
    static let minimumTaskBytes = 1 << 20

    /// One for a small set, thousands for a large one.
    static func tasks(bytes: Int) -> Int {
        let finer = min(wantedParallelism, bytes / minimumTaskBytes)
        return max(1, finer, min(KeyHasher.sliceCount, bytes / taskBytes))
    }

    /// That many tasks, each with a contiguous range of slices.
    static func cut(into tasks: Int) -> [JSONObject] {
        (0..<tasks).map {
            [
                "fromSlice": JSON(KeyHasher.sliceCount * $0 / tasks),
                "toSlice": JSON(KeyHasher.sliceCount * ($0 + 1) / tasks),
            ]
        }
    }
}
