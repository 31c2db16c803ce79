import JSON
import SQLite
import System

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>.
/// Describes Express executions, too, which AWS shows in CloudWatch's logs only; their histories can
/// be read likewise.
@Sendable func describeExecution(_ json: JSON, _ view: StoreReader.View) throws -> JSON {
    let request = Request(json)
    let arn = try request.arn("executionArn", of: Request.executions)
    let isWhole = try request.includesData()
    let found = try view.database.rows(
        """
        SELECT e.machine_arn, e.name, e.status, e.started, e.stopped, e.input, e.output, e.error,
        e.cause, e.redrive_count, e.redriven, e.express, m.arn,
        (SELECT max(id) FROM history WHERE execution = e.id)
        FROM executions e LEFT JOIN map_runs m ON m.id = e.map_run WHERE e.arn = ?
        """, [.text(arn)]
    ) { row in
        var answer: JSONObject = [
            "executionArn": .string(arn), "stateMachineArn": .string(row.text(0)),
            "name": .string(row.text(1)), "status": .string(row.text(2)),
            "startDate": .seconds(Timestamp(milliseconds: row.int(3))),
        ]
        let stopped = row.optionalInt(4).map { Timestamp(milliseconds: $0) }
        answer["stopDate"] = stopped.map { .seconds($0) }
        if isWhole { answer["input"] = .string(row.text(5)) }
        answer["inputDetails"] = ["included": .bool(isWhole)]
        if let output = row.optionalText(6) {
            if isWhole { answer["output"] = .string(output) }
            answer["outputDetails"] = ["included": .bool(isWhole)]
        }
        answer["error"] = row.optionalText(7).map { .string($0) }
        answer["cause"] = row.optionalText(8).map { .string($0) }
        answer["redriveCount"] = JSON(row.int(9))
        answer["redriveDate"] = row.optionalInt(10).map {
            .seconds(Timestamp(milliseconds: $0))
        }
        answer["mapRunArn"] = row.optionalText(12).map { .string($0) }
        let redrivability = Redrivability(
            status: ExecutionState.Status(rawValue: row.text(2)) ?? .failed,
            isChild: !row.isNull(12), isExpress: row.int(11) == 1, stoppedAt: stopped,
            events: row.int(13), now: view.clock.now())
        answer["redriveStatus"] = .string(redrivability.statusText)
        answer["redriveStatusReason"] = redrivability.reason.map { .string($0) }
        return JSON.object(answer)
    }
    guard let answer = found.first else { throw ServiceError.noExecution(arn) }
    return answer
}
