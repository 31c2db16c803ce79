import JSON
import SQLite
import StatesLanguage
import System

/// The children of a Map Run as the store has them, by index.
struct ChildResults: ~Copyable {
    private let row: Database.Statement
    private let now: Timestamp

    /// - Parameter condition: which of them, in SQL; `e.status` is null for one never started.
    init(_ database: Database, _ run: MapRun, _ condition: String) throws(EngineError) {
        row = try database.prepare(
            """
            SELECT e.arn, e.name, e.machine_arn, e.status, c.input, e.output, e.error, e.cause,
            e.started, e.stopped, e.redrive_count, e.express FROM map_run_children c
            LEFT JOIN executions e ON e.map_run = c.map_run AND e.map_index = c.map_index
            WHERE c.map_run = ? AND \(condition) ORDER BY c.map_index
            """, [.int(run.identity.row)])
        now = run.stoppedAt ?? run.startedAt
    }

    /// Goes to the next child; false at the end.
    func next() throws(EngineError) -> Bool { try row.step() }

    /// The JSON texts that stand for the current child in the results.
    func results(
        _ transformation: ResultPlan.Transformation
    ) throws(JSONError) -> [String] {
        guard transformation != .none, let output = row.optionalText(5) else {
            return [entry.serialized()]
        }
        guard transformation == .flatten, let elements = try JSON(parsing: output).array else {
            return [output]
        }
        return elements.map { $0.serialized() }
    }

    /// What DescribeExecution tells, in the names of the result files.
    private var entry: JSON {
        guard let status = row.optionalText(3).flatMap({ ExecutionState.Status(rawValue: $0) })
        else {
            return [
                "Input": .string(row.text(4)), "InputDetails": ["Included": true],
                "Status": "PENDING",
            ]
        }
        let stopped = row.optionalInt(9).map { Timestamp(milliseconds: $0) }
        let redrivability = Redrivability(
            status: status, isChild: true, isExpress: row.int(11) == 1, stoppedAt: stopped,
            events: 0, now: stopped ?? now)
        var entry = JSONObject()
        entry["Cause"] = row.optionalText(7).map { .string($0) }
        entry["Error"] = row.optionalText(6).map { .string($0) }
        entry["ExecutionArn"] = .string(row.text(0))
        entry["Input"] = .string(row.text(4))
        entry["InputDetails"] = ["Included": true]
        entry["Name"] = .string(row.text(1))
        if let output = row.optionalText(5) {
            entry["Output"] = .string(output)
            entry["OutputDetails"] = ["Included": true]
        }
        entry["RedriveCount"] = JSON(row.int(10))
        entry["RedriveStatus"] = .string(redrivability.statusText)
        if status == .succeeded {
            entry["RedriveStatusReason"] = redrivability.reason.map { .string($0) }
        }
        entry["StartDate"] = .string(Timestamp(milliseconds: row.int(8)).iso8601)
        entry["StateMachineArn"] = .string(row.text(2))
        entry["Status"] = .string(status.rawValue)
        entry["StopDate"] = stopped.map { .string($0.iso8601) }
        return .object(entry)
    }
}
