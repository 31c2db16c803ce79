/// The tables of the store. Times are milliseconds since 1970, payloads JSON text.
enum Schema {
    /// Counts up when the tables change; an older store is brought up to it, a newer refused.
    static let version = 4

    static let statements = """
        CREATE TABLE definitions (
            id INTEGER PRIMARY KEY, machine_arn TEXT NOT NULL, text TEXT NOT NULL);
        CREATE TABLE machines (
            arn TEXT PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL, role_arn TEXT NOT NULL,
            definition INTEGER NOT NULL, revision TEXT NOT NULL, created INTEGER NOT NULL,
            updated INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE executions (
            id INTEGER PRIMARY KEY, arn TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
            machine_arn TEXT NOT NULL, machine_name TEXT NOT NULL, role_arn TEXT NOT NULL,
            definition INTEGER NOT NULL, body INTEGER NOT NULL, express INTEGER NOT NULL,
            map_run INTEGER, map_index INTEGER, map_redrive INTEGER,
            status TEXT NOT NULL, input TEXT NOT NULL, output TEXT, error TEXT, cause TEXT,
            started INTEGER NOT NULL, stopped INTEGER, times_out INTEGER,
            redrive_count INTEGER NOT NULL DEFAULT 0, redriven INTEGER);
        CREATE INDEX executions_by_machine ON executions (machine_arn, id) WHERE map_run IS NULL;
        CREATE INDEX executions_by_map_run ON executions (map_run, map_index)
            WHERE map_run IS NOT NULL;
        CREATE INDEX executions_running ON executions (id) WHERE status = 'RUNNING';
        CREATE TABLE history (
            execution INTEGER NOT NULL, id INTEGER NOT NULL, event TEXT NOT NULL,
            PRIMARY KEY (execution, id)) WITHOUT ROWID;
        CREATE TABLE flows (
            execution INTEGER NOT NULL, id INTEGER NOT NULL, flow TEXT NOT NULL,
            PRIMARY KEY (execution, id)) WITHOUT ROWID;
        CREATE TABLE map_runs (
            id INTEGER PRIMARY KEY, arn TEXT NOT NULL UNIQUE, execution INTEGER NOT NULL,
            flow INTEGER NOT NULL, label TEXT NOT NULL, body INTEGER NOT NULL,
            express INTEGER NOT NULL, count INTEGER NOT NULL, max_concurrency INTEGER NOT NULL,
            tolerated_count INTEGER NOT NULL, tolerated_percentage TEXT NOT NULL,
            writer_bucket TEXT, writer_prefix TEXT, status TEXT NOT NULL,
            started INTEGER NOT NULL, stopped INTEGER, redrive_count INTEGER NOT NULL DEFAULT 0,
            redriven INTEGER, exceeded INTEGER NOT NULL DEFAULT 0, counts TEXT NOT NULL);
        CREATE INDEX map_runs_by_execution ON map_runs (execution);
        CREATE TABLE outbox (id INTEGER PRIMARY KEY, event TEXT NOT NULL);
        \(sinceVersion1)
        \(sinceVersion2)
        \(sinceVersion3)
        """

    /// What a store of version 3 lacks.
    static let sinceVersion3 = """
        ALTER TABLE executions ADD COLUMN nesting INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE redrive_tokens (
            execution INTEGER NOT NULL, token TEXT NOT NULL, redriven INTEGER NOT NULL,
            PRIMARY KEY (execution, token)) WITHOUT ROWID;
        """

    /// What a store of version 2 lacks: the inputs of a Map Run's children in a row each, not all in
    /// one text; and WriterConfig.
    static let sinceVersion2 = """
        CREATE TABLE map_run_children (
            map_run INTEGER NOT NULL, map_index INTEGER NOT NULL, input TEXT NOT NULL,
            items INTEGER NOT NULL, PRIMARY KEY (map_run, map_index)) WITHOUT ROWID;
        ALTER TABLE map_runs ADD COLUMN transformation TEXT NOT NULL DEFAULT 'NONE';
        ALTER TABLE map_runs ADD COLUMN output_type TEXT NOT NULL DEFAULT 'JSON';
        """

    /// Takes the inputs of a store of version 2 over. A child counted as one item there.
    static let fromVersion2 = """
        INSERT INTO map_run_children (map_run, map_index, input, items)
            SELECT map_run, key, value, 1 FROM map_run_inputs, json_each(inputs);
        DROP TABLE map_run_inputs;
        UPDATE map_runs SET transformation = 'COMPACT' WHERE writer_bucket IS NULL;
        UPDATE map_runs SET counts = '{"executions":' || counts || ',"items":' || counts || '}'
            WHERE counts <> '';
        """

    /// What a store of version 1 lacks.
    static let sinceVersion1 = """
        CREATE TABLE tags (
            arn TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
            PRIMARY KEY (arn, key)) WITHOUT ROWID;
        """
}
