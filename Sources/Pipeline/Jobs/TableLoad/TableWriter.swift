import JSON
import LambdaRuntime
import Stores
import System

/// Writes the rows of a range of slices into the table, slice by slice, batch by batch.
///
/// Behind each batch a checkpoint is kept, by which another attempt goes on; what it writes twice is the
/// same. A task that comes near its time limit ends with `Sluice.NotDone` and is retried freely as long
/// as the checkpoint moves.
struct TableWriter {
    /// A batch of a table that is written side by side: what goes twice after a crash, at most, and a
    /// slice. Then of one that takes all of a batch in one request.
    static let batchBytes = (sideBySide: 1 << 20, bulk: 4 << 20)
    /// Bytes of rows that a table is handed at a time, at most, however large a slice is.
    static let maximumRequestBytes = 4 << 20
    /// Seconds that are left when no other batch is begun: for the slowest one, and what follows it.
    static let reservedSeconds = 60.0

    /// What became of rows up to a slice.
    struct Progress {
        /// The first slice whose rows are not in the table for certain.
        var nextSlice: Int
        var counts = ItemCounts()
        var repeated = 0
        var batches = 0
        /// Write request units of DynamoDB, about.
        var writeUnits = 0
    }

    private let task: StageTask
    private let plan: LoadPlan
    private let table: any ItemTable
    private let layout: ItemLayout
    /// Nil when no order is kept.
    private let columnSets: ColumnSets?
    private let slices: Range<Int>
    private let batchBytes: Int
    private var progress: Progress
    private var hasMoved = false

    private var checkpointName: String { "checkpoints/\(RunStorage.number(task.index)).json" }

    /// - Parameter batchBytes: nil for what suits the table.
    /// - Throws: ``StepError`` `Sluice.BadEvent`; what the stores throw.
    init(_ task: StageTask, batchBytes: Int? = nil) throws {
        self.task = task
        let file = try SealedFile.load(TableLoad.file, of: task.run)
        plan = try LoadPlan(file.plan)
        table = try plan.openTable(task.run)
        let order = try plan.order(
            startMilliseconds: task.run.startMilliseconds(), executionName: task.run.name)
        layout = plan.layout(order: order)
        columnSets = order.map { [table] _ in
            ColumnSets(task.run.environment.table, partition: "table#\(table.name)")
        }
        slices = try task.slices()
        self.batchBytes =
            batchBytes
            ?? (table.writesSideBySide ? Self.batchBytes.sideBySide : Self.batchBytes.bulk)
        progress = Progress(nextSlice: slices.lowerBound)
        let name = "checkpoints/\(RunStorage.number(task.index)).json"
        if let kept = try task.run.storage.getIfThere(name) {
            progress = try Progress(StepInput(json: kept))
        }
    }

    /// - Returns: `{loaded, items, repeated, superseded, merged, …}`.
    mutating func run() throws -> JSONObject {
        if progress.nextSlice < slices.upperBound { try writeSlices() }
        let items = progress.counts.written + progress.counts.merged
        task.run.environment.record([.records(items)])
        return [
            "loaded": JSON(items), "items": JSON(items), "repeated": JSON(progress.repeated),
            "superseded": JSON(progress.counts.superseded),
            "merged": JSON(progress.counts.merged), "batches": JSON(progress.batches),
            "writeUnits": JSON(progress.writeUnits),
        ]
    }

    private mutating func writeSlices() throws {
        // Before the first write, so that whoever meets the run's hash finds the names.
        if plan.mode == .merge { try columnSets?.add(layout.attributes) }
        let file = try SealedFile.load(TableLoad.file, of: task.run)
        let open = progress.nextSlice..<slices.upperBound
        let parts = try task.run.storage.openParts(
            file.parts.map { ($0.name, $0.sizeBytes) }, .texts, slices: open)
        var rows = SliceReader(parts, slices: open)
        var latest = LatestRows()
        let repeatedBefore = progress.repeated
        for slice in open {
            try rows.forEachRow(of: slice) { latest.take($0) }
            latest.endSlice()
            let isLast = slice + 1 == open.upperBound
            guard latest.byteCount >= batchBytes || (isLast && latest.byteCount > 0) else {
                continue
            }
            try checkTime()
            try latest.drain { try write($0) }
            progress.nextSlice = slice + 1
            progress.repeated = repeatedBefore + latest.repeated
            progress.batches += 1
            try task.run.storage.put(checkpointName, progress.json)
            hasMoved = true
        }
    }

    /// Writes a batch, in pieces when it is very large.
    private mutating func write(_ rows: UnsafeRawBufferPointer) throws {
        var reader = ItemRowReader(rows, columns: layout.columns.count)
        var values: [Range<Int>?] = []
        var start = 0
        var end = 0
        // Computed from the names of all columns, so not for every row.
        let fixedBytes = plan.fixedBytes
        func piece() -> UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(rebasing: rows[start..<end])
        }
        while try reader.next(&values) {
            if reader.offset - start > Self.maximumRequestBytes, end > start {
                progress.counts += try table.write(piece(), layout, columnSets)
                start = end
            }
            progress.writeUnits += (reader.offset - end + fixedBytes + 1023) / 1024
            end = reader.offset
        }
        if end > start { progress.counts += try table.write(piece(), layout, columnSets) }
    }

    private func checkTime() throws(StepError) {
        let left = task.run.environment.remainingSeconds()
        guard left < Self.reservedSeconds else { return }
        throw hasMoved
            ? StepError(
                errorName: ErrorName.notDone,
                cause: "the time is nearly up at slice \(progress.nextSlice) of "
                    + "\(slices.upperBound); another attempt goes on there")
            : StepError(
                errorName: ErrorName.stalled,
                cause:
                    "slice \(progress.nextSlice) of \(slices.upperBound) is not done in the time "
                    + "that one attempt has")
    }
}

extension TableWriter.Progress {
    var json: JSON {
        [
            "format": JSON(StoredFormat.number), "nextSlice": JSON(nextSlice),
            "written": JSON(counts.written), "superseded": JSON(counts.superseded),
            "merged": JSON(counts.merged), "repeated": JSON(repeated), "batches": JSON(batches),
            "writeUnits": JSON(writeUnits),
        ]
    }

    /// - Throws: ``StepError`` `Sluice.UnknownFormat` or `Sluice.BadEvent`.
    init(_ input: StepInput) throws(StepError) {
        try StoredFormat.check(input, "a checkpoint")
        nextSlice = try input.integer("nextSlice")
        counts = ItemCounts(
            written: try input.integer("written"), superseded: try input.integer("superseded"),
            merged: try input.integer("merged"))
        repeated = try input.integer("repeated")
        batches = try input.integer("batches")
        writeUnits = try input.integer("writeUnits")
    }
}
