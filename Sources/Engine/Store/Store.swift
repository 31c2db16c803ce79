import JSON
import SQLite
import StatesLanguage
import System

/// What the engine remembers. Writes belong to the engine's thread and to its transaction.
final class Store {
    let database: Database

    /// Opens the file and makes the tables when it is new.
    init(_ path: String) throws(EngineError) {
        database = try Database(path)
        try database.execute(
            """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8192;
            PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000;
            """)
        let version = try database.rows("PRAGMA user_version") { $0.int(0) }.first ?? 0
        switch version {
        case Schema.version: break
        case 1, 2, 3:
            var missing = version == 1 ? Schema.sinceVersion1 : ""
            if version < 3 { missing += Schema.sinceVersion2 + Schema.fromVersion2 }
            try database.execute(
                "BEGIN; \(missing) \(Schema.sinceVersion3) "
                    + "PRAGMA user_version = \(Schema.version); COMMIT;")
        case 0:
            try database.execute(
                "BEGIN; \(Schema.statements) PRAGMA user_version = \(Schema.version); COMMIT;")
        default:
            throw EngineError(
                .store, "\(path): made by another version of the engine (\(version))")
        }
    }

    func begin() throws(EngineError) { try database.run("BEGIN IMMEDIATE") }
    func commit() throws(EngineError) { try database.run("COMMIT") }
    func rollback() { try? database.run("ROLLBACK") }

    /// Writes what a step has led to.
    func write(_ step: Step, of state: ExecutionState) throws(EngineError) {
        let row = state.identity.row
        for event in step.events {
            try database.run(
                "INSERT INTO history (execution, id, event) VALUES (?, ?, ?)",
                [.int(row), .int(event.id), .text(event.json.serialized())])
        }
        if state.status != .running, state.status == .succeeded {
            try database.run("DELETE FROM flows WHERE execution = ?", [.int(row)])
        } else {
            for id in step.removedFlows {
                try database.run(
                    "DELETE FROM flows WHERE execution = ? AND id = ?", [.int(row), .int(id)])
            }
            for id in step.changedFlows {
                guard let flow = state.flows[id] else { continue }
                try database.run(
                    "INSERT OR REPLACE INTO flows (execution, id, flow) VALUES (?, ?, ?)",
                    [.int(row), .int(id), .text(flow.json.serialized())])
            }
        }
        guard step.executionChanged else { return }
        try database.run(
            """
            UPDATE executions SET status = ?, output = ?, error = ?, cause = ?, stopped = ?,
            times_out = ?, redrive_count = ?, redriven = ? WHERE id = ?
            """,
            [
                .text(state.status.rawValue), Database.Value(state.output?.serialized()),
                Database.Value(state.failure?.error), Database.Value(state.failure?.cause),
                Database.Value(state.stoppedAt?.milliseconds),
                Database.Value(state.timesOutAt?.milliseconds), .int(state.redriveCount),
                Database.Value(state.redrivenAt?.milliseconds), .int(row),
            ])
    }

    func addToOutbox(_ event: JSON) throws(EngineError) {
        try database.run("INSERT INTO outbox (event) VALUES (?)", [.text(event.serialized())])
    }

    /// The status changes that nobody has taken yet, oldest first. Rows that were removed come again.
    func outbox() throws(EngineError) -> [(row: Int, event: JSON)] {
        try database.rows("SELECT id, event FROM outbox ORDER BY id") {
            ($0.int(0), (try? JSON(parsing: $0.text(1))) ?? .null)
        }
    }

    func removeFromOutbox(_ row: Int) throws(EngineError) {
        try database.run("DELETE FROM outbox WHERE id = ?", [.int(row)])
    }
}
