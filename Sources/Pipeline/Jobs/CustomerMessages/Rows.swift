import CSV
import LambdaRuntime

/// Turns records into rows of a part. The loops of this type see every record of every file.
struct ChunkRows: ~Copyable {
    private let input: JobInput
    private let columns: Columns
    var part: PartBuilder

    init(_ chunk: Chunk) throws(StepError) {
        let input = try chunk.run.job.input(chunk.plan.input)
        let columns = try Columns(chunk.plan)
        self.input = input
        self.columns = columns
        var layout = PartLayout()
        layout.hasText = input == CustomerMessages.customers
        layout.hasSecondKey = input == CustomerMessages.orders
        layout.amountBytes = columns.amount == nil ? 0 : 8
        part = PartBuilder(layout, sumsRows: input == CustomerMessages.items)
    }

    consuming func intoPart() -> PartBuilder { part }

    mutating func take(
        _ batch: borrowing RecordBatch, _ intake: inout RecordIntake
    ) throws {
        switch input {
        case CustomerMessages.customers: try takeCustomers(batch, &intake)
        case CustomerMessages.orders: takeOrders(batch, &intake)
        default: takeItems(batch, &intake)
        }
    }

    private mutating func takeCustomers(
        _ batch: borrowing RecordBatch, _ intake: inout RecordIntake
    ) throws(StepError) {
        let keyColumn = columns.key
        for index in 0..<batch.count {
            let record = batch.record(index)
            guard intake.isSound(record, index, batch),
                let key = intake.key(record, index, batch, keyColumn)
            else { continue }
            try part.append(intake.hash(key), text: UnsafeRawBufferPointer(key))
        }
    }

    private mutating func takeOrders(
        _ batch: borrowing RecordBatch, _ intake: inout RecordIntake
    ) {
        let keyColumn = columns.key
        let customerColumn = columns.customer ?? 0
        for index in 0..<batch.count {
            let record = batch.record(index)
            guard intake.isSound(record, index, batch),
                let key = intake.key(record, index, batch, keyColumn)
            else { continue }
            let hash = intake.hash(key)
            let customer = intake.hash(intake.value(record, batch, customerColumn))
            var amount = Amount(units: 0, scale: 0)
            if let column = columns.amount {
                guard let value = intake.amount(record, index, batch, column) else { continue }
                amount = value
            }
            part.append(hash, second: customer, amount: amount.units, scale: amount.scale)
        }
    }

    private mutating func takeItems(
        _ batch: borrowing RecordBatch, _ intake: inout RecordIntake
    ) {
        let keyColumn = columns.key
        guard let amountColumn = columns.amount else {
            return takeItemsWithoutAmount(batch, &intake)
        }
        for index in 0..<batch.count {
            let record = batch.record(index)
            guard intake.isSound(record, index, batch) else { continue }
            let hash = intake.hash(intake.keyValue(record, batch, keyColumn))
            if !record.needsCheck,
                let (units, scale) = Amount.short(batch.rawField(record, amountColumn))
            {
                part.append(hash, units: units, scale: scale)
            } else {
                guard let amount = intake.amount(record, index, batch, amountColumn) else {
                    continue
                }
                part.append(hash, amount: amount.units, scale: amount.scale)
            }
        }
    }

    private mutating func takeItemsWithoutAmount(
        _ batch: borrowing RecordBatch, _ intake: inout RecordIntake
    ) {
        let keyColumn = columns.key
        for index in 0..<batch.count {
            let record = batch.record(index)
            guard intake.isSound(record, index, batch) else { continue }
            part.append(
                intake.hash(intake.keyValue(record, batch, keyColumn)), amount: 0, scale: 0)
        }
    }
}
