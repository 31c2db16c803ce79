import JSON
import SQLite
import System

/// Newest first, of a Standard state machine or of a Map Run:
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html>.
@Sendable func listExecutions(_ json: JSON, _ view: StoreReader.View) throws -> JSON {
    let request = Request(json)
    let count = try request.pageEntries()
    let list = try ExecutionList(request, view)
    let before = try request.pageStart(of: list.query) ?? Int.max
    var rows = try view.database.rows(
        list.sql, list.values + [.int(before), .int(count + 1)]
    ) { row in
        var entry: JSONObject = [
            "executionArn": .string(row.text(1)), "stateMachineArn": .string(row.text(2)),
            "name": .string(row.text(3)), "status": .string(row.text(4)),
            "startDate": .seconds(Timestamp(milliseconds: row.int(5))),
        ]
        entry["stopDate"] = row.optionalInt(6).map { .seconds(Timestamp(milliseconds: $0)) }
        entry["redriveCount"] = JSON(row.int(7))
        entry["redriveDate"] = row.optionalInt(8).map { .seconds(Timestamp(milliseconds: $0)) }
        entry["mapRunArn"] = list.mapRunARN.map { .string($0) }
        entry["itemCount"] = row.optionalInt(9).map { JSON($0) }
        return (id: row.int(0), entry: JSON.object(entry))
    }
    let hasMore = rows.count > count
    if hasMore { rows.removeLast() }
    var answer: JSONObject = ["executions": .array(rows.map(\.entry))]
    if hasMore, let last = rows.last {
        answer["nextToken"] = Request.pageToken(last.id, of: list.query)
    }
    return .object(answer)
}

/// Which executions are asked for.
private struct ExecutionList {
    /// What a page's token is bound to.
    let query: [String?]
    let mapRunARN: String?
    private(set) var sql: String
    private(set) var values: [Database.Value]

    init(_ request: Request, _ view: StoreReader.View) throws {
        let statuses = ExecutionState.Status.allCases.map(\.rawValue) + ["PENDING_REDRIVE"]
        let status = try request.choice("statusFilter", of: statuses)
        let redrive = try request.choice("redriveFilter", of: ["REDRIVEN", "NOT_REDRIVEN"])
        let isOfMapRun = try request.optionalString("mapRunArn") != nil
        guard try isOfMapRun != (request.optionalString("stateMachineArn") != nil) else {
            throw ServiceError(
                "ValidationException",
                isOfMapRun
                    ? "Must provide either a StateMachine ARN or MapRun ARN, not both"
                    : "Must provide a StateMachine ARN or MapRun ARN")
        }
        guard isOfMapRun || status != "PENDING_REDRIVE" else {
            throw ServiceError(
                "ValidationException", "The status PENDING_REDRIVE is one of Map Runs' children")
        }
        // A child that its Map Run is to redrive, but has not yet, keeps its old status in the store.
        sql = """
            SELECT id, arn, machine_arn, name, shown, started, stopped, redrive_count, redriven, items
            FROM (SELECT e.*, c.items AS items, CASE WHEN m.status = 'RUNNING' AND e.map_redrive < m.redrive_count
            AND e.status IN ('FAILED', 'TIMED_OUT', 'ABORTED') THEN 'PENDING_REDRIVE'
            ELSE e.status END AS shown
            FROM executions e LEFT JOIN map_runs m ON m.id = e.map_run
            LEFT JOIN map_run_children c ON c.map_run = e.map_run AND c.map_index = e.map_index WHERE
            """
        if isOfMapRun {
            let arn = try request.arn("mapRunArn", of: ["mapRun"])
            let rows = try view.database.rows(
                "SELECT id FROM map_runs WHERE arn = ?", [.text(arn)]
            ) { $0.int(0) }
            guard let row = rows.first else { throw ServiceError.noMapRun(arn) }
            mapRunARN = arn
            sql += " e.map_run = ?"
            values = [.int(row)]
            query = ["ListExecutions", arn, status, redrive]
        } else {
            let arn = try request.arn("stateMachineArn", of: ["stateMachine"])
            guard
                let machine = try Store.machines(view.database, "WHERE arn = ?", [.text(arn)]).first
            else { throw ServiceError.noMachine(arn) }
            guard machine.type != "EXPRESS" else {
                throw ServiceError(
                    "StateMachineTypeNotSupported",
                    "This operation is not supported by this type of state machine")
            }
            mapRunARN = nil
            sql += " e.map_run IS NULL AND e.machine_arn = ?"
            values = [.text(arn)]
            query = ["ListExecutions", arn, status, redrive]
        }
        switch redrive {
        case "REDRIVEN": sql += " AND e.redrive_count > 0"
        case "NOT_REDRIVEN": sql += " AND e.redrive_count = 0"
        default: break
        }
        sql += ") WHERE id < ?"
        if let status {
            sql += " AND shown = '\(status)'"
        }
        sql += " ORDER BY id DESC LIMIT ?"
    }
}

extension ServiceError {
    static func noMapRun(_ arn: String) -> ServiceError {
        ServiceError("ResourceNotFound", "Resource not found: '\(arn)'")
    }

    static func noMachine(_ arn: String) -> ServiceError {
        ServiceError("StateMachineDoesNotExist", "State Machine Does Not Exist: '\(arn)'")
    }
}
