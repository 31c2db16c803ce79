public import CSV
public import JSON
import Stores

/// Any CSV file in, every record upserted into a table.
public enum TableLoad: Job {
    public static let name = "table-load"
    public static let summary = "any CSV file in, every record upserted into a table"

    static let file = JobInput("file", stateName: "File", mayBeEmpty: true)
    public static let inputs = [file]
    public static let intake = Intake.folder(name)

    static let key = JobOption(
        "key", .text(example: "COLUMN"), environment: "TABLE_LOAD_KEY", parameter: "TableLoadKey",
        help: "the key column; customer_id or uuid, whichever is there, unless set")
    static let keyFromFirstColumn = JobOption(
        "key-from-first-column", .flag, environment: "TABLE_LOAD_KEY_FROM_FIRST_COLUMN",
        parameter: "TableLoadKeyFromFirstColumn",
        help: "take the first column as the key, whatever it is called")
    static let tableName = JobOption(
        "table", .text(example: "TABLE"), environment: "TABLE_LOAD_TABLE",
        parameter: "TableLoadTable",
        help: "the table; the first folder below the job's, or table-load, unless set")
    static let types = JobOption(
        "types", .text(example: "COLUMN=TYPE,…"), environment: "TABLE_LOAD_TYPES",
        parameter: "TableLoadTypes",
        help: "which columns are number or boolean, as in age=number,active=boolean")
    static let mode = JobOption(
        "mode", .choice([RunOrder.Mode.merge.rawValue, RunOrder.Mode.replace.rawValue]),
        environment: "TABLE_LOAD_MODE", parameter: "TableLoadMode",
        default: RunOrder.Mode.merge.rawValue,
        help: "whether attributes that a file does not have stay, or whole items are replaced")
    static let versionAttribute = JobOption(
        "version-attribute", .text(example: "NAME"), environment: "TABLE_LOAD_VERSION_ATTRIBUTE",
        parameter: "TableLoadVersionAttribute", default: RunOrder.usualAttribute,
        help: "the attribute that keeps the order of runs; \(noVersions) keeps none")
    public static let options = [key, keyFromFirstColumn, tableName, types, mode, versionAttribute]

    /// What ``versionAttribute`` is set to for runs that write whatever is there.
    static let noVersions = "none"

    static let tables = JobResource(
        name, logicalName: "Loaded", .tables(first: name, key: KeyChoice.usualNames[0]),
        environment: "TABLE_LOAD_TABLES", summary: "the records of loaded files by their keys")
    public static let resources = [tables]

    static let emit = Stage(
        "emit", .emit, stateName: "LoadTable", doing: "loading", done: "records loaded",
        counted: "loaded", countedNoun: "records")
    public static let stages = [emit]

    public static let outcome = OutcomeWords(
        headline: "{items:item} in the table {table}",
        oddities: [
            .init("repeated", "repeated record"),
            .init("superseded", "record", " that newer runs cover"),
            .init("merged", "item", " of which newer runs cover a part"),
        ])

    public static func columns(_ header: FileHeader, of run: Run) throws -> JSON {
        try LoadPlan(header, of: run).json
    }

    public static func parse(
        _ chunk: Chunk, _ reader: inout ChunkReader, _ intake: inout RecordIntake
    ) throws -> ParsedChunk {
        var rows = LoadRows(try LoadPlan(chunk.plan))
        let report = try reader.read(startsInsideQuotes: chunk.startsInsideQuotes) {
            try rows.take($0, &intake)
        }
        return ParsedChunk(.part(rows.intoPart()), report)
    }

    public static func plan(_ files: [SealedFile], of run: Run) throws -> [[JSONObject]] {
        let plan = try LoadPlan(files[0].plan)
        let table = try plan.openTable(run)
        let tasks = table.writesSideBySide ? SlicePlan.tasks(bytes: files[0].partBytes) : 1
        return [SlicePlan.cut(into: tasks)]
    }

    public static func work(_ task: StageTask) throws -> JSONObject {
        var load = try TableWriter(task)
        return try load.run()
    }

    public static func summarise(
        _ files: [SealedFile], _ reports: [[JSON]], of run: Run
    ) throws -> (summary: JSONObject, usage: StageUsage) {
        let plan = try LoadPlan(files[0].plan)
        let emit = reports[0]
        var summary: JSONObject = ["table": .string(plan.table)]
        for name in ["items", "repeated", "superseded", "merged"] {
            summary[name] = JSON(emit.sum(name))
        }
        if !plan.unusedTypes.isEmpty {
            summary["note"] = .string(
                "types were given for columns that are not there: "
                    + plan.unusedTypes.joined(separator: ", "))
        }
        let usage = StageUsage(
            putRequests: emit.sum("batches"),
            getRequests: emit.count * (2 + 4 * files[0].parts.count),
            tableWrites: emit.sum("writeUnits"))
        return (summary, usage)
    }
}
