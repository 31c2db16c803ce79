import JSON

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html>.
/// Payloads are always included.
@Sendable func getExecutionHistory(_ json: JSON, _ view: StoreReader.View) throws -> JSON {
    let request = Request(json)
    let arn = try request.string("executionArn")
    let count = try request.pageEntries()
    let reverse = try request.bool("reverseOrder")
    let start = try request.pageStart() ?? (reverse ? Int.max : 0)
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
    var answer: JSONObject = ["events": .array(try rows.map { try JSON(parsing: $0.text) })]
    if hasMore, let last = rows.last { answer["nextToken"] = .string(String(last.id)) }
    return .object(answer)
}
