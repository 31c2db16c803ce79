import JSON
import LambdaRuntime
import System

/// One try at a file set, as the state machine's input names it.
public struct Run: Sendable {
    let job: any Job.Type
    let fileSet: String
    let number: Int
    /// The secret of its key hashes; see ``KeyHasher``.
    let secret: String
    let storage: RunStorage
    /// When its execution was started, in RFC 3339, where the step is told: from `SealFileSet` on.
    let startTime: String?

    var environment: StepEnvironment { storage.environment }
    /// The name of its execution.
    var name: String { ExecutionName(fileSet: fileSet, run: number).description }

    init(_ input: StepInput, _ environment: StepEnvironment) throws(StepError) {
        job = try environment.job(input.text("job"))
        fileSet = try input.text("fileSet")
        number = try input.integer("run")
        secret = try input.text("secret")
        startTime = input.json["startTime"]?.string
        let name = ExecutionName(fileSet: fileSet, run: number)
        storage = RunStorage(environment: environment, prefix: "\(job.name)/\(name)/")
    }

    /// What every task and chunk is told of the run.
    var members: JSONObject {
        [
            "format": JSON(StoredFormat.number), "job": .string(job.name),
            "fileSet": .string(fileSet), "run": JSON(number), "secret": .string(secret),
        ]
    }

    /// When its execution was started, in milliseconds since 1970; the same for all of its redrives.
    /// - Throws: ``StepError`` `Sluice.BadEvent` where the step is not told, or told no time of RFC 3339.
    func startMilliseconds() throws(StepError) -> Int {
        guard let start = startTime.flatMap({ Timestamp(rfc3339: $0, strictly: true) }) else {
            throw StepError(
                errorName: ErrorName.badEvent,
                cause: "the field startTime of the event is no time of RFC 3339")
        }
        return start.milliseconds
    }

    /// Names the sender of one task's messages.
    func sender(_ index: Int) -> String { "\(job.name)/\(name)/\(RunStorage.number(index))" }
}
