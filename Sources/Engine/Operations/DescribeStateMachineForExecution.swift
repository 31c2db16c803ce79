import JSON
import SQLite
import System

/// The definition an execution runs, whatever it has been updated to since:
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineForExecution.html>.
/// Of a Map Run's child it is the whole machine's.
@Sendable func describeStateMachineForExecution(
    _ json: JSON, _ view: StoreReader.View
) throws -> JSON {
    let request = Request(json)
    let arn = try request.arn("executionArn", of: Request.executions)
    let isWhole = try request.includesData()
    let found = try view.database.rows(
        "SELECT e.machine_arn, e.machine_name, e.role_arn, d.text, e.started "
            + "FROM executions e JOIN definitions d ON d.id = e.definition WHERE e.arn = ?",
        [.text(arn)]
    ) {
        JSON.object([
            "stateMachineArn": .string($0.text(0)), "name": .string($0.text(1)),
            "roleArn": .string($0.text(2)), "definition": .string(isWhole ? $0.text(3) : "{}"),
            "updateDate": .seconds(Timestamp(milliseconds: $0.int(4))),
        ])
    }
    guard let answer = found.first else { throw ServiceError.noExecution(arn) }
    return answer
}

extension ServiceError {
    static func noExecution(_ arn: String) -> ServiceError {
        ServiceError("ExecutionDoesNotExist", "Execution Does Not Exist: '\(arn)'")
    }
}
