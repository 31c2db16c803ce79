import CSV
public import JSON
import Stores

/// Reads the records that start in one range of bytes and files their rows into a part by slice.
///
/// In: a ``ChunkItem``. Writes the part, the rejects and the report under names of the chunk, so that a
/// second attempt overwrites the first. Out: the report.
public struct ParseChunk: Sendable {
    let environment: StepEnvironment

    public init(_ environment: StepEnvironment) { self.environment = environment }

    public func handle(_ event: JSON) throws -> JSON {
        let usage = Usage(environment)
        var item = try ChunkItem(StepInput(json: event))
        let storage = RunStorage(environment: environment, prefix: item.prefix)
        try item.columns.loadNames(of: item.kind, storage)
        let object = try environment.objects.openObject(item.file)
        object.willRead(item.bytesToRead)
        var reader = ChunkReader(
            format: item.format, range: item.range, bodyStart: item.bodyStart,
            fileSizeBytes: item.file.sizeBytes
        ) { try object.read(at: $0, into: $1) }
        var rows = try ChunkRows(item)
        let report = try reader.read(startsInsideQuotes: item.startsInsideQuotes) {
            try rows.take($0)
        }
        try object.checkVersion()

        let partBytes = try storage.put(item.partName, &rows.part)
        if rows.rejects.count > 0 { try storage.put(item.rejectsName, rows.rejects.lines) }
        let outcome = ChunkOutcome(
            report: report, rejects: rows.rejects.count, partBytes: partBytes,
            rows: rows.part.rowCount, amountScale: rows.part.amountScale)
        try storage.put(item.reportName, usage.adding(to: outcome.json))
        environment.record([
            .records(report.records), .rejects(outcome.rejects), .bytes(item.range.count),
        ])
        environment.log(
            "parsed",
            [
                "file": .string(item.file.key), "chunk": JSON(item.index),
                "records": JSON(report.records), "rejects": JSON(outcome.rejects),
            ])
        return outcome.json
    }
}

/// Turns records into rows of a part. The loops of this type see every record of every file.
struct ChunkRows: ~Copyable {
    private let kind: FileKind
    private let format: CSVFormat
    private let columns: FileColumns
    private let hasher: KeyHasher
    private let keyDecoder: FieldDecoder
    private let decoder: FieldDecoder
    var part: PartBuilder
    var rejects = RejectWriter()

    /// Bytes of a key at most, as of a partition key in DynamoDB.
    static let maximumKeyBytes = 2048

    init(_ item: ChunkItem) throws(StepError) {
        guard let hasher = KeyHasher(secret: item.secret) else {
            throw StepError(errorName: "Sluice.BadEvent", cause: "the secret is malformed")
        }
        kind = item.kind
        format = item.format
        columns = item.columns
        self.hasher = hasher
        keyDecoder = FieldDecoder(format: item.format)
        decoder = FieldDecoder(format: item.format)
        var layout = PartLayout()
        layout.hasText = kind == .customers
        layout.hasSecondKey = kind == .orders
        layout.amountBytes = columns.amount == nil ? 0 : 8
        part = PartBuilder(layout, sumsRows: kind == .items)
    }

    mutating func take(_ batch: borrowing RecordBatch) throws {
        switch kind {
        case .customers: try takeCustomers(batch)
        case .orders: takeOrders(batch)
        case .items: takeItems(batch)
        }
    }

    private mutating func takeCustomers(_ batch: borrowing RecordBatch) throws(StepError) {
        for index in 0..<batch.count {
            let record = batch.record(index)
            guard isSound(record, index, batch),
                let key = key(record, index, batch)
            else { continue }
            try part.append(hasher.hash(key), text: UnsafeRawBufferPointer(key))
        }
    }

    private mutating func takeOrders(_ batch: borrowing RecordBatch) {
        let customerColumn = columns.customer ?? 0
        for index in 0..<batch.count {
            let record = batch.record(index)
            guard isSound(record, index, batch),
                let key = key(record, index, batch)
            else { continue }
            let hash = hasher.hash(key)
            var customer = batch.rawField(record, customerColumn)
            if record.needsCheck { customer = decoder.value(of: customer) }
            let customerHash = hasher.hash(customer)
            var amount = Amount(units: 0, scale: 0)
            if let column = columns.amount {
                guard let value = self.amount(record, index, batch, column) else { continue }
                amount = value
            }
            part.append(hash, second: customerHash, amount: amount.units, scale: amount.scale)
        }
    }

    private mutating func takeItems(_ batch: borrowing RecordBatch) {
        let keyColumn = columns.key
        guard let amountColumn = columns.amount else { return takeItemsWithoutAmount(batch) }
        for index in 0..<batch.count {
            let record = batch.record(index)
            guard isSound(record, index, batch) else { continue }
            var order = batch.rawField(record, keyColumn)
            if record.needsCheck { order = keyDecoder.value(of: order) }
            let hash = hasher.hash(order)
            if !record.needsCheck,
                let (units, scale) = Amount.short(batch.rawField(record, amountColumn))
            {
                part.append(hash, units: units, scale: scale)
            } else {
                guard let amount = amount(record, index, batch, amountColumn) else { continue }
                part.append(hash, amount: amount.units, scale: amount.scale)
            }
        }
    }

    private mutating func takeItemsWithoutAmount(_ batch: borrowing RecordBatch) {
        for index in 0..<batch.count {
            let record = batch.record(index)
            guard isSound(record, index, batch) else { continue }
            var order = batch.rawField(record, columns.key)
            if record.needsCheck { order = keyDecoder.value(of: order) }
            part.append(hasher.hash(order), amount: 0, scale: 0)
        }
    }

    /// Whether the record can be split into its fields; if not it is rejected.
    @inline(__always)
    private mutating func isSound(
        _ record: RecordBatch.Record, _ index: Int, _ batch: borrowing RecordBatch
    ) -> Bool {
        if !record.needsCheck, Int(record.fieldCount) == columns.names.count { return true }
        guard
            let problem = batch.problem(
                in: record, columns: columns.names.count, format: format)
        else { return true }
        rejects.append(
            problem, record: record, index: index, in: batch, columns: columns, shown: nil)
        return false
    }

    /// The key of a customer or an order; nil when it cannot be one, and then the record is rejected.
    @inline(__always)
    private mutating func key(
        _ record: RecordBatch.Record, _ index: Int, _ batch: borrowing RecordBatch
    ) -> UnsafeBufferPointer<UInt8>? {
        var key = batch.rawField(record, columns.key)
        if record.needsCheck { key = keyDecoder.value(of: key) }
        if key.count > 0, key.count <= Self.maximumKeyBytes { return key }
        reject(
            record, index, batch, column: columns.key, key.isEmpty ? .emptyKey : .keyTooLarge)
        return nil
    }

    private mutating func amount(
        _ record: RecordBatch.Record, _ index: Int, _ batch: borrowing RecordBatch, _ column: Int
    ) -> Amount? {
        var text = batch.rawField(record, column)
        if record.needsCheck { text = decoder.value(of: text) }
        do throws(Amount.Failure) {
            return try Amount(text)
        } catch {
            reject(
                record, index, batch, column: column,
                error == .notANumber ? .notANumber : .numberOutOfRange)
            return nil
        }
    }

    @inline(never)
    private mutating func reject(
        _ record: RecordBatch.Record, _ index: Int, _ batch: borrowing RecordBatch, column: Int,
        _ reason: RecordProblem.Reason
    ) {
        let field = batch.rawField(record, column)
        let start = batch.bytes(of: record).baseAddress ?? batch.bytes
        let message =
            switch reason {
            case .emptyKey: "the key is empty"
            case .keyTooLarge: "the key is longer than \(Self.maximumKeyBytes) bytes"
            case .notANumber: "not a decimal number"
            default: "a number beyond \(Amount.maximumDigits) digits"
            }
        let problem = RecordProblem(
            reason, at: (field.baseAddress ?? start) - start, column: column, message)
        rejects.append(
            problem, record: record, index: index, in: batch, columns: columns,
            shown: decoder.value(of: field))
    }
}

extension RecordProblem.Reason {
    static let emptyKey = Self(rawValue: "Sluice.EmptyKey")
    static let keyTooLarge = Self(rawValue: "Sluice.KeyTooLarge")
    static let notANumber = Self(rawValue: "Sluice.NotANumber")
    static let numberOutOfRange = Self(rawValue: "Sluice.NumberOutOfRange")
}
