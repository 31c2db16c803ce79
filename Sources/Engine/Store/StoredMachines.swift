import JSON
import SQLite
import StatesLanguage
import System

/// A state machine's row.
struct StoredMachine {
    var arn: String
    var name: String
    var type: String
    var roleARN: String
    var definition: Int
    var revision: String
    var created: Timestamp
    var updated: Timestamp
}

extension Store {
    func machine(arn: String) throws(EngineError) -> StoredMachine? {
        try Self.machines(database, "WHERE arn = ?", [.text(arn)]).first
    }

    static func machines(
        _ database: Database, _ rest: String, _ values: [Database.Value]
    ) throws(EngineError) -> [StoredMachine] {
        try database.rows(
            "SELECT arn, name, type, role_arn, definition, revision, created, updated "
                + "FROM machines \(rest)", values
        ) {
            StoredMachine(
                arn: $0.text(0), name: $0.text(1), type: $0.text(2), roleARN: $0.text(3),
                definition: $0.int(4), revision: $0.text(5),
                created: Timestamp(milliseconds: $0.int(6)),
                updated: Timestamp(milliseconds: $0.int(7)))
        }
    }

    func save(_ machine: StoredMachine) throws(EngineError) {
        try database.run(
            "INSERT OR REPLACE INTO machines VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                .text(machine.arn), .text(machine.name), .text(machine.type),
                .text(machine.roleARN), .int(machine.definition), .text(machine.revision),
                .int(machine.created.milliseconds), .int(machine.updated.milliseconds),
            ])
    }

    func deleteMachine(arn: String) throws(EngineError) {
        try database.run("DELETE FROM machines WHERE arn = ?", [.text(arn)])
        try database.run("DELETE FROM tags WHERE arn = ?", [.text(arn)])
    }

    /// - Returns: the new definition's row.
    func insertDefinition(_ text: String, machineARN: String) throws(EngineError) -> Int {
        try database.run(
            "INSERT INTO definitions (machine_arn, text) VALUES (?, ?)",
            [.text(machineARN), .text(text)])
        return database.lastRowID
    }

    static func definition(_ database: Database, _ row: Int) throws(EngineError) -> String {
        let found = try database.rows("SELECT text FROM definitions WHERE id = ?", [.int(row)]) {
            $0.text(0)
        }
        guard let text = found.first else {
            throw EngineError(.store, "definition \(row) is missing")
        }
        return text
    }
}
