import JSON
import SQLite

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html>.
/// With `includeExecutionData` false the payloads are left out.
@Sendable func getExecutionHistory(_ json: JSON, _ view: StoreReader.View) throws -> JSON {
    let request = Request(json)
    let arn = try request.arn("executionArn", of: Request.executions)
    let count = try request.pageEntries()
    let reverse = try request.bool("reverseOrder")
    let query = ["GetExecutionHistory", arn, reverse ? "reverse" : nil]
    let start = try request.pageStart(of: query) ?? (reverse ? Int.max : 0)
    let executions = try view.database.rows(
        "SELECT id FROM executions WHERE arn = ?", [.text(arn)]
    ) { $0.int(0) }
    guard let execution = executions.first else { throw ServiceError.noExecution(arn) }
    var rows = try view.database.rows(
        reverse
            ? "SELECT id, event FROM history WHERE execution = ? AND id < ? ORDER BY id DESC LIMIT ?"
            : "SELECT id, event FROM history WHERE execution = ? AND id > ? ORDER BY id LIMIT ?",
        [.int(execution), .int(start), .int(count + 1)]
    ) { (id: $0.int(0), text: $0.text(1)) }
    let hasMore = rows.count > count
    if hasMore { rows.removeLast() }
    let isWhole = try request.bool("includeExecutionData", default: true)
    let events = try rows.map { row throws -> JSON in
        let event = try JSON(parsing: row.text)
        return isWhole ? event : withoutPayloads(event)
    }
    var answer: JSONObject = ["events": .array(events)]
    if hasMore, let last = rows.last { answer["nextToken"] = Request.pageToken(last.id, of: query) }
    return .object(answer)
}

/// An event without what travels between states.
private func withoutPayloads(_ event: JSON) -> JSON {
    guard let members = event.object else { return event }
    return .object(
        JSONObject(
            members.map { name, value in
                guard name.hasSuffix("EventDetails"), var details = value.object else {
                    return (name, value)
                }
                for payload in ["input", "output", "parameters", "assignedVariables"] {
                    details[payload] = nil
                }
                return (name, .object(details))
            }))
}
