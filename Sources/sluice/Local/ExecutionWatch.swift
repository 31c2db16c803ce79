import Console
import Engine
import JSON
import System

/// Follows one execution to its end and shows what it came to.
struct ExecutionWatch {
    let cloud: LocalCloud
    /// The execution's name.
    let name: String

    private var arn: String { LocalFunctions.executionARN(name) }
    private var inspector: Inspector {
        Inspector { [engine = cloud.engine] action, request in try engine.call(action, request) }
    }

    /// - Parameter begun: an execution that had ended by then is not followed, only shown.
    func follow(begun: Timestamp) throws -> RunOutcome {
        let present = try describe()
        if let stopped = present["stopDate"]?.double, stopped < begun.seconds {
            Terminal.standardError("\(name) has run these very files already\n")
            return try outcome(present)
        }
        let display = ProgressDisplay(name: name, executionARN: arn)
        cloud.engine.observe(display.take)
        // What happened before is told once more; the display leaves out what it knows.
        for event in try inspector.history(arn) { display.take(arn, event) }
        let description = try cloud.waitForEnd(of: arn)
        cloud.engine.observe(nil)
        display.finish()
        return try outcome(description)
    }

    private func describe() throws -> JSON {
        do {
            return try cloud.engine.call("DescribeExecution", ["executionArn": JSON(arn)])
        } catch {
            guard error.code == "ExecutionDoesNotExist" else { throw error }
            throw CommandError(
                .internalError,
                "\(cloud.home.engineStore) knows nothing of \(name), which \(cloud.home.tableStore) "
                    + "says was started: one of them was removed; use another --home")
        }
    }

    private func outcome(_ description: JSON) throws -> RunOutcome {
        let summary = description["output"]?.string.flatMap { try? JSON(parsing: $0) }
        return RunOutcome(
            report: try inspector.report(arn), summary: summary,
            messages: MessageFiles(cloud.home, execution: name), inputBytes: inputBytes(summary))
    }

    private func inputBytes(_ summary: JSON?) -> Int {
        summary?["files"]?.array?.reduce(0) { $0 + ($1["file"]?["size"]?.int ?? 0) } ?? 0
    }
}
