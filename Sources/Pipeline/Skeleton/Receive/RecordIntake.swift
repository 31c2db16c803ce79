import CSV
import JSON
import LambdaRuntime

/// What the loops of all jobs do with records: tell sound ones from others, read keys and amounts, and
/// keep what is rejected.
///
/// The loops see every record of every file, so all that they call is inlined.
public struct RecordIntake: ~Copyable {
    private let format: CSVFormat
    /// Columns of the header.
    let columnCount: Int
    private let headerNames: [[UInt8]]
    /// What a second header begins with: without a name, with the end of the first field.
    private let headerStart: UInt8
    private let hasher: KeyHasher
    private let keyDecoder: FieldDecoder
    private let decoder: FieldDecoder
    var rejects: RejectWriter

    /// Bytes of a key at most, as of a partition key in DynamoDB:
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>.
    static let maximumKeyBytes = 2048

    init(_ chunk: Chunk) throws(StepError) {
        guard let hasher = KeyHasher(secret: chunk.run.secret) else {
            throw StepError(errorName: ErrorName.badEvent, cause: "the secret is malformed")
        }
        self.hasher = hasher
        format = chunk.plan.format
        columnCount = chunk.plan.names.count
        headerNames = chunk.plan.names.map { Array($0.utf8) }
        headerStart = headerNames.first?.first ?? chunk.plan.delimiter
        keyDecoder = FieldDecoder(format: format)
        decoder = FieldDecoder(format: format)
        rejects = RejectWriter(chunk)
    }

    /// Whether the record can be split into its fields and is data; if not it is rejected.
    @inline(__always)
    mutating func isSound(
        _ record: RecordBatch.Record, _ index: Int, _ batch: borrowing RecordBatch
    ) -> Bool {
        if !record.needsCheck, Int(record.fieldCount) == columnCount {
            // What a second header or a ruled line begins with; few records do.
            let first = batch.bytes[Int(record.start)]
            if first != headerStart, !Self.beginsRule(first) { return true }
            if !mayBeNoData(record, batch) { return true }
        }
        return isSoundAfterCheck(record, index, batch)
    }

    @inline(never)
    private mutating func isSoundAfterCheck(
        _ record: RecordBatch.Record, _ index: Int, _ batch: borrowing RecordBatch
    ) -> Bool {
        if let problem = batch.problem(in: record, columns: columnCount, format: format) {
            rejects.append(problem, record: record, index: index, in: batch, shown: nil)
            return false
        }
        if let problem = notData(record, batch) {
            rejects.append(problem, record: record, index: index, in: batch, shown: nil)
            return false
        }
        return true
    }

    /// A look at the first field, before all are looked at.
    @inline(never)
    private func mayBeNoData(
        _ record: RecordBatch.Record, _ batch: borrowing RecordBatch
    ) -> Bool {
        let field = batch.rawField(record, 0)
        return field.elementsEqual(headerNames[0])
            || field.allSatisfy { Self.ruleBytes.contains($0) }
    }

    /// Files that were put together, or printed, have their header again or a line under it.
    private func notData(
        _ record: RecordBatch.Record, _ batch: borrowing RecordBatch
    ) -> RecordProblem? {
        let isHeader = headerNames.indices.allSatisfy {
            decoder.value(of: batch.rawField(record, $0)).elementsEqual(headerNames[$0])
        }
        if isHeader {
            return RecordProblem(
                .repeatedHeader, at: 0, column: nil, "the header stands here once more")
        }
        let strokes = batch.bytes(of: record).count {
            $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "=")
        }
        let isRule =
            strokes >= 3
            && batch.bytes(of: record).allSatisfy {
                $0 == format.delimiter || Self.ruleBytes.contains($0)
            }
        return isRule
            ? RecordProblem(.ruledLine, at: 0, column: nil, "a line that was drawn, no record")
            : nil
    }

    private static let ruleBytes = Array("-=+|: ".utf8)

    /// Whether it is one of ``ruleBytes``.
    @inline(__always)
    private static func beginsRule(_ byte: UInt8) -> Bool {
        byte < 64
            ? ruleBits >> UInt64(byte) & 1 == 1 : byte == UInt8(ascii: "|")
    }

    /// A bit for each of ``ruleBytes`` below 64.
    private static let ruleBits: UInt64 =
        1 << 0x20 | 1 << 0x2B | 1 << 0x2D | 1 << 0x3A | 1 << 0x3D

    /// The value of a field, without quotation marks; it is valid until the next call.
    @inline(__always)
    func value(
        _ record: RecordBatch.Record, _ batch: borrowing RecordBatch, _ column: Int
    ) -> UnsafeBufferPointer<UInt8> {
        let raw = batch.rawField(record, column)
        return record.needsCheck ? decoder.value(of: raw) : raw
    }

    /// The same with memory of its own, so that a key outlives the other fields of its record.
    @inline(__always)
    func keyValue(
        _ record: RecordBatch.Record, _ batch: borrowing RecordBatch, _ column: Int
    ) -> UnsafeBufferPointer<UInt8> {
        let raw = batch.rawField(record, column)
        return record.needsCheck ? keyDecoder.value(of: raw) : raw
    }

    @inline(__always)
    func hash(_ key: UnsafeBufferPointer<UInt8>) -> KeyHash { hasher.hash(key) }

    /// The key of a record; nil when it cannot be one, and then the record is rejected.
    @inline(__always)
    mutating func key(
        _ record: RecordBatch.Record, _ index: Int, _ batch: borrowing RecordBatch, _ column: Int
    ) -> UnsafeBufferPointer<UInt8>? {
        let key = keyValue(record, batch, column)
        if key.count > 0, key.count <= Self.maximumKeyBytes { return key }
        reject(record, index, batch, column: column, key.isEmpty ? .emptyKey : .keyTooLarge)
        return nil
    }

    /// An exact decimal; nil when the field is none, and then the record is rejected.
    mutating func amount(
        _ record: RecordBatch.Record, _ index: Int, _ batch: borrowing RecordBatch, _ column: Int
    ) -> Amount? {
        do throws(Amount.Failure) {
            return try Amount(value(record, batch, column))
        } catch {
            reject(
                record, index, batch, column: column,
                error == .notANumber ? .notANumber : .numberOutOfRange)
            return nil
        }
    }

    /// Rejects a record for what stands in one of its fields.
    @inline(never)
    mutating func reject(
        _ record: RecordBatch.Record, _ index: Int, _ batch: borrowing RecordBatch, column: Int,
        _ reason: RecordProblem.Reason, _ message: String? = nil
    ) {
        let field = batch.rawField(record, column)
        let start = batch.bytes(of: record).baseAddress ?? batch.bytes
        let problem = RecordProblem(
            reason, at: (field.baseAddress ?? start) - start, column: column,
            message ?? Self.message(reason))
        rejects.append(
            problem, record: record, index: index, in: batch, shown: decoder.value(of: field))
    }

    private static func message(_ reason: RecordProblem.Reason) -> String {
        switch reason {
        case .emptyKey: "the key is empty"
        case .keyTooLarge: "the key is longer than \(maximumKeyBytes) bytes"
        case .notANumber: "not a decimal number"
        default: "a number beyond \(Amount.maximumDigits) digits"
        }
    }
}

extension RecordProblem.Reason {
    static let emptyKey = Self(rawValue: "Sluice.EmptyKey")
    static let keyTooLarge = Self(rawValue: "Sluice.KeyTooLarge")
    static let notANumber = Self(rawValue: "Sluice.NotANumber")
    static let numberOutOfRange = Self(rawValue: "Sluice.NumberOutOfRange")
    static let repeatedHeader = Self(rawValue: "Sluice.RepeatedHeader")
    static let ruledLine = Self(rawValue: "Sluice.RuledLine")
}
