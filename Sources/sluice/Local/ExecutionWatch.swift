import Console
import Engine
import JSON
import System

/// Follows one execution to its end and shows what it came to.
struct ExecutionWatch {
    let cloud: LocalCloud
    /// The execution's name.
    let name: String
    let output: RunOutput

    func follow() throws -> ExitCode {
        let arn = LocalFunctions.executionARN(name)
        let display = ProgressDisplay(name: name, executionARN: arn)
        let inspector = Inspector { [engine = cloud.engine] action, request in
            try engine.call(action, request)
        }
        cloud.engine.observe(display.take)
        // What happened before is told once more; the display leaves out what it knows.
        for event in try inspector.history(arn) { display.take(arn, event) }
        let description = try cloud.waitForEnd(of: arn)
        cloud.engine.observe(nil)
        display.finish()
        let summary = description["output"]?.string.flatMap { try? JSON(parsing: $0) }
        let files = MessageFiles(cloud.home, execution: name)
        let outcome = RunOutcome(
            report: try inspector.report(arn), summary: summary, messages: files.directory,
            inputBytes: inputBytes(summary))
        try output.write(outcome, files)
        return outcome.isSuccess ? .success : .failure
    }

    private func inputBytes(_ summary: JSON?) -> Int {
        summary?["files"]?.array?.reduce(0) { $0 + ($1["file"]?["sizeBytes"]?.int ?? 0) } ?? 0
    }
}
