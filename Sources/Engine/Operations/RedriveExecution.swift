import JSON
import System

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html>
@Sendable func redriveExecution(_ json: JSON, _ runner: Runner) throws -> JSON {
    let arn = try Request(json).string("executionArn")
    let rows = try runner.store.database.rows(
        "SELECT id FROM executions WHERE arn = ?", [.text(arn)]
    ) { $0.int(0) }
    guard let row = rows.first else { throw ServiceError.noExecution(arn) }
    guard runner.executions[row] == nil, let state = try runner.load(row) else {
        throw ServiceError(
            "ExecutionNotRedrivable", "Execution is RUNNING and cannot be redriven")
    }
    let obstacle = Redrivability(
        status: state.status, isChild: state.identity.mapRun != nil,
        isExpress: state.identity.isExpress, stoppedAt: state.stoppedAt,
        events: state.nextEventID - 1, now: runner.now
    ).reason
    if let obstacle { throw ServiceError("ExecutionNotRedrivable", obstacle) }
    runner.executions[row] = state
    runner.stimuli.append((row, .redrive))
    return ["redriveDate": .seconds(runner.now)]
}

/// Whether an execution can be redriven.
struct Redrivability {
    var status: ExecutionState.Status
    var isChild: Bool
    var isExpress: Bool
    var stoppedAt: Timestamp?
    var events: Int
    var now: Timestamp

    /// Why not; nil when it can.
    var reason: String? {
        switch status {
        case .running: return "Execution is RUNNING and cannot be redriven"
        case .succeeded: return "Execution is SUCCEEDED and cannot be redriven"
        case .failed, .timedOut, .aborted: break
        }
        if isChild { return "Execution is a child of a Map Run, which redrives it" }
        if isExpress { return "Execution is EXPRESS and cannot be redriven" }
        if events >= Limits.historyEvents - 1 {
            return "Execution history event limit exceeded"
        }
        if let stoppedAt, now.seconds - stoppedAt.seconds > Limits.redriveSeconds {
            return "Redrivable period exceeded"
        }
        return nil
    }

    /// `redriveStatus` of DescribeExecution.
    var statusText: String {
        if isChild, [.failed, .timedOut, .aborted].contains(status) {
            return "REDRIVABLE_BY_MAP_RUN"
        }
        return reason == nil ? "REDRIVABLE" : "NOT_REDRIVABLE"
    }
}
