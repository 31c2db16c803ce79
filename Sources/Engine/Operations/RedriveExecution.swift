import JSON
import SQLite
import System

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html>.
/// Asked again with the `clientToken` of a redrive of the last 15 minutes it answers as it did then.
@Sendable func redriveExecution(_ json: JSON, _ runner: Runner) throws -> JSON {
    let request = Request(json)
    let arn = try request.arn("executionArn", of: ["execution"])
    let token = try request.clientToken()
    let rows = try runner.store.database.rows(
        "SELECT id FROM executions WHERE arn = ?", [.text(arn)]
    ) { $0.int(0) }
    guard let row = rows.first else { throw ServiceError.noExecution(arn) }
    if let token, let date = try runner.store.redrive(of: row, token, at: runner.now) {
        return ["redriveDate": .seconds(date)]
    }
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
    guard runner.executions.count < Limits.openExecutions else {
        throw ServiceError(
            "ExecutionLimitExceeded", "\(Limits.openExecutions) executions are running already")
    }
    if let token { try runner.store.keepRedrive(of: row, token, at: runner.now) }
    runner.executions[row] = state
    runner.stimuli.append((row, .redrive))
    return ["redriveDate": .seconds(runner.now)]
}

extension Request {
    fileprivate func clientToken() throws(ServiceError) -> String? {
        guard let token = try optionalString("clientToken") else { return nil }
        guard (1...64).contains(token.utf8.count),
            token.utf8.allSatisfy({ (UInt8(ascii: "!")...UInt8(ascii: "~")).contains($0) })
        else {
            throw ServiceError(
                "ValidationException", "clientToken must have 1 to 64 characters from ! to ~")
        }
        return token
    }
}

extension Store {
    /// When that token redrove the execution, if it did lately.
    fileprivate func redrive(
        of row: Int, _ token: String, at now: Timestamp
    ) throws(EngineError) -> Timestamp? {
        let oldest = (now + -Limits.redriveTokenSeconds).milliseconds
        return try database.rows(
            "SELECT redriven FROM redrive_tokens WHERE execution = ? AND token = ? "
                + "AND redriven >= ?", [.int(row), .text(token), .int(oldest)]
        ) { Timestamp(milliseconds: $0.int(0)) }.first
    }

    /// Keeps the token and forgets those before the last ten.
    fileprivate func keepRedrive(
        of row: Int, _ token: String, at now: Timestamp
    ) throws(EngineError) {
        try database.run(
            "INSERT OR REPLACE INTO redrive_tokens VALUES (?, ?, ?)",
            [.int(row), .text(token), .int(now.milliseconds)])
        try database.run(
            "DELETE FROM redrive_tokens WHERE execution = ?1 AND token NOT IN (SELECT token FROM "
                + "redrive_tokens WHERE execution = ?1 ORDER BY redriven DESC LIMIT ?2)",
            [.int(row), .int(Limits.redriveTokens)])
    }
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
