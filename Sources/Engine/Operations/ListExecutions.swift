import JSON
import System

/// Newest first, of a state machine or of a Map Run:
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html>.
@Sendable func listExecutions(_ json: JSON, _ view: StoreReader.View) throws -> JSON {
    let request = Request(json)
    let count = try request.pageEntries()
    let before = try request.pageStart() ?? Int.max
    let status = try request.optionalString("statusFilter")
    var query = """
        SELECT e.id, e.arn, e.machine_arn, e.name, e.status, e.started, e.stopped,
        e.redrive_count, e.redriven FROM executions e WHERE
        """
    var values: [Database.Value]
    var shared = JSONObject()
    if let mapRun = try request.optionalString("mapRunArn") {
        let rows = try view.database.rows(
            "SELECT id FROM map_runs WHERE arn = ?", [.text(mapRun)]
        ) { $0.int(0) }
        guard let row = rows.first else { throw ServiceError.noMapRun(mapRun) }
        query += " e.map_run = ?"
        values = [.int(row)]
        shared["mapRunArn"] = .string(mapRun)
    } else {
        let arn = try request.string("stateMachineArn")
        guard try !Store.machines(view.database, "WHERE arn = ?", [.text(arn)]).isEmpty else {
            throw ServiceError(
                "StateMachineDoesNotExist", "State Machine Does Not Exist: '\(arn)'")
        }
        query += " e.map_run IS NULL AND e.machine_arn = ?"
        values = [.text(arn)]
    }
    if let status {
        guard ExecutionState.Status(rawValue: status) != nil else {
            throw ServiceError("ValidationException", "statusFilter '\(status)' is not a status")
        }
        query += " AND e.status = ?"
        values.append(.text(status))
    }
    query += " AND e.id < ? ORDER BY e.id DESC LIMIT ?"
    values += [.int(before), .int(count + 1)]
    var rows = try view.database.rows(query, values) { row in
        var entry: JSONObject = [
            "executionArn": .string(row.text(1)), "stateMachineArn": .string(row.text(2)),
            "name": .string(row.text(3)), "status": .string(row.text(4)),
            "startDate": .seconds(Timestamp(milliseconds: row.int(5))),
        ]
        entry["stopDate"] = row.optionalInt(6).map { .seconds(Timestamp(milliseconds: $0)) }
        entry["redriveCount"] = JSON(row.int(7))
        entry["redriveDate"] = row.optionalInt(8).map { .seconds(Timestamp(milliseconds: $0)) }
        for (name, value) in shared { entry[name] = value }
        return (id: row.int(0), entry: JSON.object(entry))
    }
    let hasMore = rows.count > count
    if hasMore { rows.removeLast() }
    var answer: JSONObject = ["executions": .array(rows.map(\.entry))]
    if hasMore, let last = rows.last { answer["nextToken"] = .string(String(last.id)) }
    return .object(answer)
}

extension ServiceError {
    static func noMapRun(_ arn: String) -> ServiceError {
        ServiceError("ResourceNotFound", "Resource not found: '\(arn)'")
    }
}
