import JSON
import SQLite
import System

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html>.
/// Of one that has ended it answers when that was. Express executions cannot be stopped.
@Sendable func stopExecution(_ json: JSON, _ runner: Runner) throws -> JSON {
    let request = Request(json)
    let arn = try request.arn("executionArn", of: ["execution"])
    let failure = try request.failure()
    let found = try runner.store.database.rows(
        "SELECT id, stopped FROM executions WHERE arn = ?", [.text(arn)]
    ) { (row: $0.int(0), stopped: $0.optionalInt(1)) }
    guard let execution = found.first else { throw ServiceError.noExecution(arn) }
    guard runner.executions[execution.row] != nil else {
        let stopped = execution.stopped.map { Timestamp(milliseconds: $0) } ?? runner.now
        return ["stopDate": .seconds(stopped)]
    }
    runner.stimuli.append((execution.row, .stop(failure)))
    return ["stopDate": .seconds(runner.now)]
}
