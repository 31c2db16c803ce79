import CSV
import LambdaRuntime
import Stores

/// Turns records into rows of a part: the key's hash, and as a text the row that the table is sent,
/// ``ItemRow``. The loop of this type sees every record of every file.
struct LoadRows: ~Copyable {
    /// Bytes of an item at most, names and values in UTF-8, its version attributes counted:
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>
    /// and `Constraints.html` beside it.
    static let maximumItemBytes = 409_600

    /// What becomes of one field.
    struct Field: BitwiseCopyable {
        enum Kind: UInt8 { case string, number, boolean, nameless }
        var column: Int
        var kind: Kind
        var isKey: Bool
        var nameBytes: Int
    }

    /// In the order of the rows, then the nameless ones.
    private var fields = Column<Field>()
    private let keyColumn: Int
    private let keyIsNumber: Bool
    /// Bytes of an item that no field is the reason of.
    private let orderBytes: Int
    /// The row at hand; its memory is reused.
    private var row = Column<UInt8>()
    private var number = ItemNumber()
    private var keyNumber = ItemNumber()
    private var part: PartBuilder

    init(_ plan: LoadPlan) {
        let keyIndex = plan.keyIndex
        for (index, attribute) in plan.attributes.enumerated() {
            let kind: Field.Kind =
                switch attribute.item.type {
                case .string: .string
                case .number: .number
                case .boolean: .boolean
                }
            fields.append(
                Field(
                    column: attribute.column, kind: kind, isKey: index == keyIndex,
                    nameBytes: attribute.item.name.utf8.count))
        }
        for column in plan.nameless {
            fields.append(Field(column: column, kind: .nameless, isKey: false, nameBytes: 0))
        }
        keyColumn = plan.attributes[keyIndex].column
        keyIsNumber = plan.attributes[keyIndex].item.type == .number
        orderBytes = plan.orderBytes
        var layout = PartLayout()
        layout.hasText = true
        part = PartBuilder(layout, sumsRows: false)
    }

    consuming func intoPart() -> PartBuilder { part }

    mutating func take(
        _ batch: borrowing RecordBatch, _ intake: inout RecordIntake
    ) throws(StepError) {
        for index in 0..<batch.count {
            let record = batch.record(index)
            guard intake.isSound(record, index, batch),
                let text = intake.key(record, index, batch, keyColumn),
                let key = keyIsNumber ? numberKey(text, record, index, batch, &intake) : text,
                fill(key, record, index, batch, &intake)
            else { continue }
            try part.append(
                intake.hash(key), text: UnsafeRawBufferPointer(start: row.start, count: row.count))
        }
    }

    /// Makes the record a row.
    /// - Returns: false when it was rejected.
    @inline(__always)
    private mutating func fill(
        _ key: UnsafeBufferPointer<UInt8>, _ record: RecordBatch.Record, _ index: Int,
        _ batch: borrowing RecordBatch, _ intake: inout RecordIntake
    ) -> Bool {
        row.removeAll()
        var itemBytes = orderBytes
        for position in 0..<fields.count {
            let field = fields[position]
            if field.isKey {
                itemBytes &+= field.nameBytes &+ key.count
                append(key)
                continue
            }
            let value = intake.value(record, batch, field.column)
            if field.kind == .string {
                itemBytes &+= field.nameBytes &+ value.count
                append(value)
                continue
            }
            guard
                let bytes = appendTyped(value, field, record, index, batch, &intake)
            else { return false }
            itemBytes &+= bytes
        }
        if itemBytes <= Self.maximumItemBytes { return true }
        rejectLarge(itemBytes, record, index, batch, &intake)
        return false
    }

    /// Appends a value with its length in front.
    @inline(__always)
    private mutating func append(_ value: UnsafeBufferPointer<UInt8>) {
        ItemRow.forEachPrefixByte(ofValueBytes: value.count) { row.append($0) }
        row.append(contentsOf: value)
    }

    /// A number, a boolean, or what has no name.
    /// - Returns: what it takes of the item; nil when the record was rejected.
    private mutating func appendTyped(
        _ value: UnsafeBufferPointer<UInt8>, _ field: Field, _ record: RecordBatch.Record,
        _ index: Int, _ batch: borrowing RecordBatch, _ intake: inout RecordIntake
    ) -> Int? {
        if field.kind == .nameless {
            if value.isEmpty { return 0 }
            intake.reject(
                record, index, batch, column: field.column, .namelessColumn,
                "the column has no name")
            return nil
        }
        if value.isEmpty {
            row.append(0)
            return 0
        }
        if field.kind == .boolean {
            guard let isTrue = Self.boolean(value) else {
                intake.reject(
                    record, index, batch, column: field.column, .notABoolean,
                    "neither true nor false")
                return nil
            }
            row.append(2)
            row.append(isTrue ? 1 : 0)
            return field.nameBytes + 1
        }
        do throws(ItemNumber.Failure) {
            let text = try number.read(value)
            append(text)
            // Two digits a byte, and one: AWS gives no more than that.
            return field.nameBytes + text.count / 2 + 2
        } catch {
            rejectNumber(error, field.column, record, index, batch, &intake)
            return nil
        }
    }

    /// The key of a table whose keys are numbers: 5 and 5.0 are one.
    private mutating func numberKey(
        _ text: UnsafeBufferPointer<UInt8>, _ record: RecordBatch.Record, _ index: Int,
        _ batch: borrowing RecordBatch, _ intake: inout RecordIntake
    ) -> UnsafeBufferPointer<UInt8>? {
        do throws(ItemNumber.Failure) { return try keyNumber.read(text) } catch {
            rejectNumber(error, keyColumn, record, index, batch, &intake)
            return nil
        }
    }

    @inline(never)
    private func rejectNumber(
        _ failure: ItemNumber.Failure, _ column: Int, _ record: RecordBatch.Record, _ index: Int,
        _ batch: borrowing RecordBatch, _ intake: inout RecordIntake
    ) {
        if failure == .notANumber {
            intake.reject(record, index, batch, column: column, .notANumber)
        } else {
            intake.reject(
                record, index, batch, column: column, .numberOutOfRange,
                "a number beyond \(ItemNumber.maximumDigits) digits, or not from 1E-130 to 9.99E+125"
            )
        }
    }

    /// The place of an item that is too large is its longest field.
    @inline(never)
    private func rejectLarge(
        _ itemBytes: Int, _ record: RecordBatch.Record, _ index: Int,
        _ batch: borrowing RecordBatch, _ intake: inout RecordIntake
    ) {
        var longest = keyColumn
        for position in 0..<fields.count {
            let column = fields[position].column
            if batch.rawField(record, column).count > batch.rawField(record, longest).count {
                longest = column
            }
        }
        intake.reject(
            record, index, batch, column: longest, .itemTooLarge,
            "the item would have \(itemBytes) bytes, \(Self.maximumItemBytes) are allowed; "
                + "this is its longest field")
    }

    /// `true` or `false` in upper or lower case.
    static func boolean(_ value: UnsafeBufferPointer<UInt8>) -> Bool? {
        switch value.count {
        case 4 where value.lazy.map({ $0 | 0x20 }).elementsEqual("true".utf8): true
        case 5 where value.lazy.map({ $0 | 0x20 }).elementsEqual("false".utf8): false
        default: nil
        }
    }
}

extension RecordProblem.Reason {
    static let itemTooLarge = Self(rawValue: "Sluice.ItemTooLarge")
    static let namelessColumn = Self(rawValue: "Sluice.NamelessColumn")
    static let notABoolean = Self(rawValue: "Sluice.NotABoolean")
}
