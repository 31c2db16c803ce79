import JSON
import SQLite

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachines.html>
@Sendable func listStateMachines(_ json: JSON, _ view: StoreReader.View) throws -> JSON {
    let request = Request(json)
    let count = try request.pageEntries()
    let start = max(try request.pageStart(of: ["ListStateMachines"]) ?? 0, 0)
    var machines = try Store.machines(
        view.database, "ORDER BY arn LIMIT ? OFFSET ?", [.int(count + 1), .int(start)])
    let hasMore = machines.count > count
    if hasMore { machines.removeLast() }
    var answer: JSONObject = [
        "stateMachines": .array(
            machines.map {
                [
                    "stateMachineArn": .string($0.arn), "name": .string($0.name),
                    "type": .string($0.type), "creationDate": .seconds($0.created),
                ]
            })
    ]
    if hasMore { answer["nextToken"] = Request.pageToken(start + count, of: ["ListStateMachines"]) }
    return .object(answer)
}
