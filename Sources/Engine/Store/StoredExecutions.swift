import JSON
import SQLite
import StatesLanguage
import System

/// An execution as it is about to be stored for the first time.
struct NewExecution {
    var arn: String
    var name: String
    var machineARN: String
    var machineName: String
    var roleARN: String
    var definition: Int
    var body = 0
    var isExpress = false
    var mapRun: (row: Int, index: Int, redrive: Int)?
    var nesting = 0
    var inputText: String
    var startedAt: Timestamp
}

extension Store {
    /// - Returns: the new row's id.
    func insert(_ new: NewExecution) throws(EngineError) -> Int {
        try database.run(
            """
            INSERT INTO executions (arn, name, machine_arn, machine_name, role_arn, definition,
            body, express, map_run, map_index, map_redrive, nesting, status, input, started)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'RUNNING', ?, ?)
            """,
            [
                .text(new.arn), .text(new.name), .text(new.machineARN), .text(new.machineName),
                .text(new.roleARN), .int(new.definition), .int(new.body),
                .int(new.isExpress ? 1 : 0), Database.Value(new.mapRun?.row),
                Database.Value(new.mapRun?.index), Database.Value(new.mapRun?.redrive),
                .int(new.nesting), .text(new.inputText), .int(new.startedAt.milliseconds),
            ])
        return database.lastRowID
    }

    /// Marks a Map Run's child as belonging to that redrive of the run.
    func setMapRedrive(_ count: Int, row: Int) throws(EngineError) {
        try database.run(
            "UPDATE executions SET map_redrive = ? WHERE id = ?", [.int(count), .int(row)])
    }

    /// Ids of the executions that are to go on after a restart.
    func runningExecutions() throws(EngineError) -> [Int] {
        try database.rows("SELECT id FROM executions WHERE status = 'RUNNING' ORDER BY id") {
            $0.int(0)
        }
    }

    /// An execution with its flows, as it was last written; nil when there is none.
    /// - Parameter program: gives the program of a definition's row.
    func load(
        _ row: Int, region: String, account: String,
        program: (Int) throws(EngineError) -> Program
    ) throws(EngineError) -> ExecutionState? {
        let found = try database.rows(
            """
            SELECT arn, name, machine_arn, machine_name, role_arn, definition, body, express,
            map_run, map_index, input, started, status, stopped, times_out, redrive_count,
            redriven, output, error, cause, nesting FROM executions WHERE id = ?
            """, [.int(row)]
        ) { (each: borrowing Database.Statement) throws(EngineError) -> ExecutionState in
            let inputText = each.text(10)
            let identity = ExecutionState.Identity(
                row: row, arn: each.text(0), name: each.text(1), machineARN: each.text(2),
                machineName: each.text(3), roleARN: each.text(4), region: region,
                account: account, definition: each.int(5), body: each.int(6),
                isExpress: each.int(7) == 1,
                mapRun: each.optionalInt(8).map { ($0, each.int(9)) }, nesting: each.int(20),
                input: (try? JSON(parsing: inputText)) ?? .null, inputText: inputText)
            var state = ExecutionState(
                identity: identity, program: try program(each.int(5)),
                startedAt: Timestamp(milliseconds: each.int(11)))
            state.status = ExecutionState.Status(rawValue: each.text(12)) ?? .failed
            state.stoppedAt = each.optionalInt(13).map { Timestamp(milliseconds: $0) }
            state.timesOutAt = each.optionalInt(14).map { Timestamp(milliseconds: $0) }
            state.redriveCount = each.int(15)
            state.redrivenAt = each.optionalInt(16).map { Timestamp(milliseconds: $0) }
            state.output = each.optionalText(17).flatMap { try? JSON(parsing: $0) }
            if !each.isNull(18) || !each.isNull(19) {
                state.failure = Failure(error: each.optionalText(18), cause: each.optionalText(19))
            }
            return state
        }
        guard var state = found.first else { return nil }
        let flows = try database.rows(
            "SELECT id, flow FROM flows WHERE execution = ?", [.int(row)]
        ) { each in
            (try? JSON(parsing: each.text(1))).flatMap { Flow(id: each.int(0), $0) }
        }
        guard !flows.contains(where: { $0 == nil }) else {
            throw EngineError(.store, "\(state.identity.arn): a stored flow cannot be read")
        }
        state.restore(flows: flows.compactMap { $0 })
        state.nextEventID =
            (try database.rows("SELECT max(id) FROM history WHERE execution = ?", [.int(row)]) {
                $0.int(0)
            }.first ?? 0) + 1
        return state
    }
}
