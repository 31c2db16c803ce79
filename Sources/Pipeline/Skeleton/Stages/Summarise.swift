import JSON
import Stores

/// Adds up what the steps reported: counts, where they came from, and an estimate of what the run costs
/// on AWS.
///
/// In: `{job, action: "summary", fileSet, run, secret}`. Writes `summary.json`. Out: the same.
struct Summarise {
    let environment: StepEnvironment

    func handle(_ input: StepInput) throws -> JSON {
        let run = try Run(input, environment)
        let files = try run.job.inputs.map { try SealedFile.load($0, of: run) }
        let reports = try run.job.stages.map { try StageTask.reports(of: $0.name, run) }
        let (own, stageUsage) = try run.job.summarise(files, reports, of: run)
        var summary: JSONObject = [
            "job": .string(run.job.name), "fileSet": .string(run.fileSet),
            "run": JSON(run.number),
        ]
        for (name, value) in own { summary[name] = value }
        summary["rejects"] = JSON(files.reduce(0) { $0 + $1.rejects })
        summary["tasks"] = .object(
            JSONObject(zip(run.job.stages, reports).map { ($0.name, JSON($1.count)) }))
        summary["files"] = .array(
            files.map {
                [
                    "kind": .string($0.input), "file": $0.plan.dropped.json,
                    "records": JSON($0.records), "rejects": JSON($0.rejects),
                    "chunks": JSON($0.chunks.count),
                ]
            })
        let usage = RunUsage(
            files: files.map {
                RunUsage.File(
                    sizeBytes: $0.plan.read.sizeBytes, chunks: $0.chunks.count,
                    reparsedChunks: $0.reparsedChunks)
            }, stageTasks: reports.map(\.count), stages: stageUsage,
            megabyteMilliseconds: files.reduce(0) { $0 + $1.megabyteMilliseconds }
                + reports.joined().reduce(0) { $0 + ($1["megabyteMilliseconds"]?.int ?? 0) })
        summary["cost"] = CostEstimate(usage).json
        try run.storage.put("summary.json", .object(summary))
        return .object(summary)
    }
}

extension Sequence<JSON> {
    /// The sum of that member.
    func sum(_ name: String) -> Int { reduce(0) { $0 + ($1[name]?.int ?? 0) } }
}
