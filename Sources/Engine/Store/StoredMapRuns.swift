import JSON
import SQLite
import StatesLanguage
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
            transformation, output_type, status, started, counts)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'RUNNING', ?, '')
            """,
            [
                .text(plan.arn), .int(execution), .int(plan.flow), .text(plan.label),
                .int(plan.body), .int(plan.isExpress ? 1 : 0), .int(plan.children.count),
                .int(plan.maxConcurrency), .int(plan.toleratedFailureCount),
                .text("\(plan.toleratedFailurePercentage)"),
                Database.Value(plan.results.destination?.bucket),
                Database.Value(plan.results.destination?.prefix),
                .text(plan.results.transformation.rawValue),
                .text(plan.results.outputType.rawValue), .int(startedAt.milliseconds),
            ])
        let row = database.lastRowID
        for (index, child) in plan.children.enumerated() {
            try database.run(
                "INSERT INTO map_run_children (map_run, map_index, input, items) "
                    + "VALUES (?, ?, ?, ?)",
                [.int(row), .int(index), .text(child.input), .int(child.items)])
        }
        return row
    }

    /// A child execution as it was planned.
    func child(_ index: Int, of mapRun: Int) throws(EngineError) -> MapRunPlan.Child {
        let found = try database.rows(
            "SELECT input, items FROM map_run_children WHERE map_run = ? AND map_index = ?",
            [.int(mapRun), .int(index)]
        ) { MapRunPlan.Child(input: $0.text(0), items: $0.int(1)) }
        guard let child = found.first else {
            throw EngineError(.store, "child \(index) of Map Run \(mapRun) is missing")
        }
        return child
    }

    func update(_ run: MapRun) throws(EngineError) {
        let counts: JSON = [
            "executions": run.executionCountsJSON, "items": run.itemCountsJSON,
        ]
        try database.run(
            """
            UPDATE map_runs SET status = ?, stopped = ?, redrive_count = ?, redriven = ?,
            exceeded = ?, counts = ?, max_concurrency = ?, tolerated_count = ?,
            tolerated_percentage = ? WHERE id = ?
            """,
            [
                .text(run.status.rawValue), Database.Value(run.stoppedAt?.milliseconds),
                .int(run.redriveCount), Database.Value(run.redrivenAt?.milliseconds),
                .int(run.isExceeded ? 1 : 0), .text(counts.serialized()),
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
        let found = try database.rows(
            """
            SELECT m.arn, m.execution, m.flow, m.label, m.body, m.express, m.count,
            m.max_concurrency, m.tolerated_count, m.tolerated_percentage, m.writer_bucket,
            m.writer_prefix, m.status, m.started, m.stopped, m.redrive_count, m.redriven,
            m.exceeded, e.arn, m.transformation, m.output_type,
            (SELECT sum(items) FROM map_run_children WHERE map_run = m.id)
            FROM map_runs m JOIN executions e ON e.id = m.execution WHERE m.id = ?
            """, [.int(row)]
        ) { (each: borrowing Database.Statement) throws(EngineError) -> MapRun in
            let bucket = each.optionalText(10)
            let prefix = each.text(11)
            var run = MapRun(
                identity: MapRun.Identity(
                    row: row, arn: each.text(0), executionRow: each.int(1),
                    executionARN: each.text(18), flow: each.int(2), label: each.text(3),
                    body: each.int(4), isExpress: each.int(5) == 1, count: each.int(6),
                    itemCount: each.int(21),
                    maxConcurrency: each.int(7), toleratedFailureCount: each.int(8),
                    toleratedFailurePercentage: Double(each.text(9)) ?? 0,
                    results: ResultPlan(
                        destination: bucket.map { ($0, prefix) },
                        transformation: ResultPlan.Transformation(rawValue: each.text(19))
                            ?? ResultPlan.Transformation.none,
                        outputType: ResultPlan.OutputType(rawValue: each.text(20)) ?? .json)),
                startedAt: Timestamp(milliseconds: each.int(13)))
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
            """
            SELECT e.id, e.status, e.map_index, e.map_redrive, c.items FROM executions e
            JOIN map_run_children c ON c.map_run = e.map_run AND c.map_index = e.map_index
            WHERE e.map_run = ? ORDER BY e.map_index
            """, [.int(run.identity.row)]
        ) { each in
            (
                row: each.int(0), status: ExecutionState.Status(rawValue: each.text(1)) ?? .failed,
                index: each.int(2), redrive: each.int(3), items: each.int(4)
            )
        }
        for child in children {
            run.next = max(run.next, child.index + 1)
            switch child.status {
            case .running:
                run.counts.running += 1
                run.childStarted(row: child.row, items: child.items)
            case .failed, .timedOut, .aborted:
                guard run.status != .running || child.redrive >= run.redriveCount else {
                    run.redrives.append(child.row)
                    continue
                }
                fallthrough
            case .succeeded:
                run.counts.add(1, to: child.status)
                run.itemCounts.add(child.items, to: child.status)
            }
        }
        run.redrives.reverse()
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
