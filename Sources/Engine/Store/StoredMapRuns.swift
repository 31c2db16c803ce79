import JSON
import System

extension Store {
    /// - Returns: the new row's id.
    func insert(
        _ plan: MapRunPlan, execution: Int, startedAt: Timestamp
    ) throws(EngineError) -> Int {
        try database.run(
            """
            INSERT INTO map_runs (arn, execution, flow, label, body, express, count,
            max_concurrency, tolerated_count, tolerated_percentage, writer_bucket, writer_prefix,
            status, started, counts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'RUNNING', ?, '')
            """,
            [
                .text(plan.arn), .int(execution), .int(plan.flow), .text(plan.label),
                .int(plan.body), .int(plan.isExpress ? 1 : 0), .int(plan.inputs.count),
                .int(plan.maxConcurrency), .int(plan.toleratedFailureCount),
                .text("\(plan.toleratedFailurePercentage)"), Database.Value(plan.writer?.bucket),
                Database.Value(plan.writer?.prefix), .int(startedAt.milliseconds),
            ])
        let row = database.lastRowID
        try database.run(
            "INSERT INTO map_run_inputs (map_run, inputs) VALUES (?, ?)",
            [
                .int(row),
                .text(JSON.array(plan.inputs.map { .string($0.serialized()) }).serialized()),
            ])
        return row
    }

    func update(_ run: MapRun) throws(EngineError) {
        try database.run(
            """
            UPDATE map_runs SET status = ?, stopped = ?, redrive_count = ?, redriven = ?,
            exceeded = ?, counts = ?, max_concurrency = ?, tolerated_count = ?,
            tolerated_percentage = ? WHERE id = ?
            """,
            [
                .text(run.status.rawValue), Database.Value(run.stoppedAt?.milliseconds),
                .int(run.redriveCount), Database.Value(run.redrivenAt?.milliseconds),
                .int(run.isExceeded ? 1 : 0), .text(run.countsJSON.serialized()),
                .int(run.identity.maxConcurrency), .int(run.identity.toleratedFailureCount),
                .text("\(run.identity.toleratedFailurePercentage)"), .int(run.identity.row),
            ])
    }

    func mapRunRow(arn: String) throws(EngineError) -> Int? {
        try database.rows("SELECT id FROM map_runs WHERE arn = ?", [.text(arn)]) { $0.int(0) }.first
    }

    /// Rows of the Map Runs that are to go on after a restart.
    func runningMapRuns() throws(EngineError) -> [Int] {
        try database.rows("SELECT id FROM map_runs WHERE status = 'RUNNING' ORDER BY id") {
            $0.int(0)
        }
    }

    /// A Map Run as its row and its children's rows tell.
    func loadMapRun(_ row: Int) throws(EngineError) -> MapRun? {
        let inputs =
            try database.rows(
                "SELECT inputs FROM map_run_inputs WHERE map_run = ?", [.int(row)]
            ) { each in
                ((try? JSON(parsing: each.text(0)))?.array ?? []).map { text in
                    text.string.flatMap { try? JSON(parsing: $0) } ?? .null
                }
            }.first ?? []
        let found = try database.rows(
            """
            SELECT m.arn, m.execution, m.flow, m.label, m.body, m.express, m.count,
            m.max_concurrency, m.tolerated_count, m.tolerated_percentage, m.writer_bucket,
            m.writer_prefix, m.status, m.started, m.stopped, m.redrive_count, m.redriven,
            m.exceeded, e.arn FROM map_runs m JOIN executions e ON e.id = m.execution
            WHERE m.id = ?
            """, [.int(row)]
        ) { (each) throws(EngineError) -> MapRun in
            let bucket = each.optionalText(10)
            let prefix = each.text(11)
            var run = MapRun(
                identity: MapRun.Identity(
                    row: row, arn: each.text(0), executionRow: each.int(1),
                    executionARN: each.text(18), flow: each.int(2), label: each.text(3),
                    body: each.int(4), isExpress: each.int(5) == 1, count: each.int(6),
                    maxConcurrency: each.int(7), toleratedFailureCount: each.int(8),
                    toleratedFailurePercentage: Double(each.text(9)) ?? 0,
                    writer: bucket.map { ($0, prefix) }),
                startedAt: Timestamp(milliseconds: each.int(13)), inputs: inputs)
            run.status = MapRun.Status(rawValue: each.text(12)) ?? .failed
            run.stoppedAt = each.optionalInt(14).map { Timestamp(milliseconds: $0) }
            run.redriveCount = each.int(15)
            run.redrivenAt = each.optionalInt(16).map { Timestamp(milliseconds: $0) }
            run.isExceeded = each.int(17) == 1
            return run
        }
        guard var run = found.first else { return nil }
        try countChildren(&run)
        return run
    }

    /// Counts a run's children: those that ended in an earlier redrive of it count as pending.
    private func countChildren(_ run: inout MapRun) throws(EngineError) {
        let children = try database.rows(
            "SELECT id, status, map_index, map_redrive FROM executions WHERE map_run = ? "
                + "ORDER BY map_index", [.int(run.identity.row)]
        ) { each in
            (
                row: each.int(0), status: ExecutionState.Status(rawValue: each.text(1)) ?? .failed,
                index: each.int(2), redrive: each.int(3)
            )
        }
        for child in children {
            run.next = max(run.next, child.index + 1)
            switch child.status {
            case .running:
                run.counts.running += 1
                run.runningRows.insert(child.row)
            case .succeeded: run.counts.succeeded += 1
            case _ where run.status == .running && child.redrive < run.redriveCount:
                run.redrives.append(child.row)
            case .failed: run.counts.failed += 1
            case .timedOut: run.counts.timedOut += 1
            case .aborted: run.counts.aborted += 1
            }
        }
        run.redrives.reverse()
        for index in 0..<min(run.next, run.inputs.count) { run.inputs[index] = .null }
    }

    /// The children a redrive of the run runs again, by index.
    func unsuccessfulChildren(_ mapRun: Int) throws(EngineError) -> [Int] {
        try database.rows(
            "SELECT id FROM executions WHERE map_run = ? "
                + "AND status IN ('FAILED', 'TIMED_OUT', 'ABORTED') ORDER BY map_index",
            [.int(mapRun)]
        ) { $0.int(0) }
    }
}
