import CSV
import JSON

/// Tells the records that are kept from the others. The loop of this type sees every record of every
/// file, once to count what is kept and once to write it.
struct FilterRows: ~Copyable {
    private let threshold: Threshold
    private let column: Int
    private let columnCount: Int
    private let format: CSVFormat
    private let decoder: FieldDecoder
    private(set) var kept = 0
    private(set) var keptBytes = 0
    /// Records with a number that are not kept.
    private(set) var below = 0
    /// Sound records without a number.
    private(set) var noNumber = 0
    /// What stands in the first of these, for people who wonder.
    private(set) var examples: [String] = []

    static let exampleCount = 5
    static let exampleBytes = 100

    init(_ filter: FilterPlan, _ plan: FilePlan) {
        threshold = filter.threshold
        column = filter.column
        columnCount = plan.names.count
        format = plan.format
        decoder = FieldDecoder(format: plan.format)
    }

    /// Looks at the records of a batch.
    /// - Parameters:
    ///   - take: given runs of kept records that stand one behind the other, with their line breaks.
    ///   - reject: given a record that cannot be split into its fields.
    @inline(__always)
    mutating func look(
        _ batch: borrowing RecordBatch,
        take: (UnsafeRawBufferPointer) throws -> Void,
        reject: (RecordProblem, RecordBatch.Record, Int, borrowing RecordBatch) -> Void
    ) throws {
        var runStart = 0
        var runEnd = 0
        for index in 0..<batch.count {
            let record = batch.record(index)
            if record.needsCheck || Int(record.fieldCount) != columnCount,
                let problem = batch.problem(in: record, columns: columnCount, format: format)
            {
                reject(problem, record, index, batch)
                continue
            }
            var field = batch.rawField(record, column)
            if record.needsCheck { field = decoder.value(of: field) }
            guard let keeps = threshold.keeps(field) else {
                countNoNumber(field)
                continue
            }
            guard keeps else {
                below &+= 1
                continue
            }
            kept &+= 1
            let start = Int(record.start)
            if start != runEnd {
                if runEnd > runStart { try take(Self.bytes(batch, runStart, runEnd)) }
                runStart = start
            }
            runEnd = batch.lineEnd(of: record)
            keptBytes &+= runEnd &- start
        }
        if runEnd > runStart { try take(Self.bytes(batch, runStart, runEnd)) }
    }

    @inline(never)
    private mutating func countNoNumber(_ field: UnsafeBufferPointer<UInt8>) {
        noNumber &+= 1
        guard examples.count < Self.exampleCount else { return }
        examples.append(String(decoding: field.prefix(Self.exampleBytes), as: UTF8.self))
    }

    /// In bounds: both are offsets of the batch's window.
    @inline(__always)
    private static func bytes(
        _ batch: borrowing RecordBatch, _ start: Int, _ end: Int
    ) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: batch.bytes + start, count: end &- start)
    }

    var counts: JSONObject {
        var counts: JSONObject = [
            "kept": JSON(kept), "keptBytes": JSON(keptBytes), "below": JSON(below),
            "noNumber": JSON(noNumber),
        ]
        if kept + below == 0, !examples.isEmpty {
            counts["examples"] = .array(examples.map { .string($0) })
        }
        return counts
    }
}
