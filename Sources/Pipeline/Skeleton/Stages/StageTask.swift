import JSON
import LambdaRuntime

/// One task of a stage: an item of the manifest that `seal` wrote.
public struct StageTask: Sendable {
    let run: Run
    let stage: Stage
    /// 0-based.
    let index: Int
    /// The whole item: what all tasks are told, and what is this task's own.
    let input: StepInput

    init(_ input: StepInput, _ environment: StepEnvironment) throws(StepError) {
        try StoredFormat.check(input, "a task")
        run = try Run(input, environment)
        stage = try run.job.stage(input.text("stage"))
        index = try input.integer("index")
        // Of every task, though not every stage asks for it.
        _ = try input.text("startTime")
        self.input = input
    }

    static func manifestName(_ stage: Stage) -> String { "manifests/\(stage.name).json" }
    static func reportName(_ stage: String, _ index: Int) -> String {
        "reports/\(stage)/\(RunStorage.number(index)).json"
    }

    /// The slices of keys that are the task's own.
    /// - Throws: ``StepError`` `Sluice.BadEvent`.
    func slices() throws(StepError) -> Range<Int> {
        let from = try input.integer("fromSlice")
        let to = try input.integer("toSlice")
        guard 0 <= from, from <= to, to <= KeyHasher.sliceCount else {
            throw StepError(errorName: ErrorName.badEvent, cause: "slices that do not exist")
        }
        return from..<to
    }

    /// The reports of another stage's tasks, in order.
    func reports(of stage: String) throws -> [JSON] { try Self.reports(of: stage, run) }

    static func reports(of name: String, _ run: Run) throws -> [JSON] {
        let stage = try run.job.stage(name)
        let tasks = try run.storage.get(manifestName(stage)).array ?? []
        return try tasks.indices.map { try run.storage.get(reportName(name, $0)) }
    }
}

/// Does one task of a stage, whichever job's it is.
///
/// Out: the task's report, which is stored as well, with what the task used.
struct WorkOnTask {
    let environment: StepEnvironment

    init(_ environment: StepEnvironment) { self.environment = environment }

    func handle(_ event: JSON) throws -> JSON {
        let usage = Usage(environment)
        let task = try StageTask(StepInput(json: event), environment)
        let report = JSON.object(try task.run.job.work(task))
        try task.run.storage.put(
            StageTask.reportName(task.stage.name, task.index), usage.adding(to: report))
        var fields: JSONObject = [
            "stage": .string(task.stage.name), "task": JSON(task.index),
        ]
        if let counted = task.stage.counted { fields[counted] = report[counted] }
        environment.log("done", fields)
        return report
    }
}
