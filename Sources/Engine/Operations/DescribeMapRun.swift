import JSON
import SQLite
import System

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeMapRun.html>.
@Sendable func describeMapRun(_ json: JSON, _ view: StoreReader.View) throws -> JSON {
    let arn = try Request(json).arn("mapRunArn", of: ["mapRun"])
    let found = try view.database.rows(
        """
        SELECT e.arn, m.status, m.started, m.stopped, m.max_concurrency, m.tolerated_count,
        m.tolerated_percentage, m.counts, m.redrive_count, m.redriven
        FROM map_runs m JOIN executions e ON e.id = m.execution WHERE m.arn = ?
        """, [.text(arn)]
    ) { row in
        let counts = (try? JSON(parsing: row.text(7))) ?? [:]
        var answer: JSONObject = [
            "mapRunArn": .string(arn), "executionArn": .string(row.text(0)),
            "status": .string(row.text(1)),
            "startDate": .seconds(Timestamp(milliseconds: row.int(2))),
        ]
        answer["stopDate"] = row.optionalInt(3).map { .seconds(Timestamp(milliseconds: $0)) }
        answer["maxConcurrency"] = JSON(row.int(4))
        answer["toleratedFailurePercentage"] =
            JSONNumber(row.text(6)).map { .number($0) } ?? 0
        answer["toleratedFailureCount"] = JSON(row.int(5))
        answer["itemCounts"] = counts["items"]
        answer["executionCounts"] = counts["executions"]
        answer["redriveCount"] = JSON(row.int(8))
        answer["redriveDate"] = row.optionalInt(9).map {
            .seconds(Timestamp(milliseconds: $0))
        }
        return JSON.object(answer)
    }
    guard let answer = found.first else { throw ServiceError.noMapRun(arn) }
    return answer
}
