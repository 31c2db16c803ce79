import JSON
import SQLite
import System

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListMapRuns.html>
@Sendable func listMapRuns(_ json: JSON, _ view: StoreReader.View) throws -> JSON {
    let request = Request(json)
    let arn = try request.arn("executionArn", of: Request.executions)
    let count = try request.pageEntries()
    let before = try request.pageStart(of: ["ListMapRuns", arn]) ?? Int.max
    let executions = try view.database.rows(
        "SELECT id, machine_arn FROM executions WHERE arn = ?", [.text(arn)]
    ) { (row: $0.int(0), machine: $0.text(1)) }
    guard let execution = executions.first else { throw ServiceError.noExecution(arn) }
    var rows = try view.database.rows(
        "SELECT id, arn, label, started, stopped FROM map_runs WHERE execution = ? AND id < ? "
            + "ORDER BY id DESC LIMIT ?",
        [.int(execution.row), .int(before), .int(count + 1)]
    ) { row in
        var entry: JSONObject = [
            "executionArn": .string(arn), "mapRunArn": .string(row.text(1)),
            "stateMachineArn": .string("\(execution.machine)/\(row.text(2))"),
            "startDate": .seconds(Timestamp(milliseconds: row.int(3))),
        ]
        entry["stopDate"] = row.optionalInt(4).map { .seconds(Timestamp(milliseconds: $0)) }
        return (id: row.int(0), entry: JSON.object(entry))
    }
    let hasMore = rows.count > count
    if hasMore { rows.removeLast() }
    var answer: JSONObject = ["mapRuns": .array(rows.map(\.entry))]
    if hasMore, let last = rows.last {
        answer["nextToken"] = Request.pageToken(last.id, of: ["ListMapRuns", arn])
    }
    return .object(answer)
}
