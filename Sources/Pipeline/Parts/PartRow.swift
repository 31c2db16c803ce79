import LambdaRuntime
import Stores

/// One row of a part, read where it lies.
///
/// In bounds: ``PartReader`` checks that rows of this layout fill their slice exactly, and ``TextRows``
/// checks each row with a text. What the layout lacks must not be asked for, unless it says otherwise.
struct PartRow {
    let bytes: UnsafeRawPointer
    let layout: PartLayout

    @inline(__always) var low: UInt64 { load(0) }
    @inline(__always) var high: UInt64 { load(8) }
    @inline(__always) var secondLow: UInt64 { load(16) }
    @inline(__always) var secondHigh: UInt64 { load(24) }
    @inline(__always) var secondSlice: UInt16 { load(32) }

    /// In the layout's scale; 0 when rows carry no amount, or one that is wide.
    @inline(__always) var amount: Int128 {
        switch layout.amountBytes {
        case 4: Int128(load(layout.amountOffset) as Int32)
        case 8: Int128(load(layout.amountOffset) as Int64)
        case 16: load(layout.amountOffset)
        default: 0
        }
    }

    /// The amount whatever its width.
    var wideAmount: WideSum {
        layout.amountBytes == WideSum.byteCount
            ? WideSum(loading: bytes + layout.amountOffset)
            : WideSum(amount, scale: layout.amountScale)
    }

    /// A count of the row, 0-based; 1 when rows carry no such count.
    @inline(__always) func count(_ index: Int) -> UInt32 {
        guard index < layout.countsPerRow else { return 1 }
        let offset = layout.countsOffset &+ layout.countBytes &* index
        switch layout.countBytes {
        case 1: return UInt32(load(offset) as UInt8)
        case 2: return UInt32(load(offset) as UInt16)
        default: return load(offset)
        }
    }

    @inline(__always) private func load<Value: FixedWidthInteger & BitwiseCopyable>(
        _ offset: Int
    ) -> Value {
        Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
}

/// The rows of a run of rows with texts, one after the other: the one place that checks where they end,
/// which the index of a part does not say.
struct TextRows {
    struct Row {
        let low: UInt64
        let high: UInt64
        /// Where it lies in the run.
        let text: UnsafeRawBufferPointer
    }

    private let bytes: UnsafeRawBufferPointer
    private let lengthOffset: Int
    private let lengthBytes: Int
    /// Where the next row begins: behind whole rows only.
    private(set) var offset = 0

    /// - Parameter layout: of rows with texts.
    init(_ layout: PartLayout, _ bytes: UnsafeRawBufferPointer) {
        precondition(layout.shape == .texts)
        self.bytes = bytes
        lengthOffset = layout.textLengthOffset
        lengthBytes = layout.textLengthBytes
    }

    /// - Returns: nil at the end.
    /// - Throws: ``StepError`` `Sluice.DamagedPart` when the run ends inside of a row.
    @inline(__always) mutating func next() throws(StepError) -> Row? {
        if offset == bytes.count { return nil }
        guard let row = nextWhole() else {
            throw StepError(
                errorName: ErrorName.damagedPart, cause: "a row reaches beyond its slice")
        }
        return row
    }

    /// - Returns: nil when no whole row follows.
    @inline(__always) mutating func nextWhole() -> Row? {
        let rest = bytes.count &- offset
        let fixed = lengthOffset &+ lengthBytes
        guard rest >= fixed, let start = bytes.baseAddress.map({ $0 + offset }) else { return nil }
        // In bounds: the fixed bytes of the row are there, and the text only after its length says so.
        let length =
            switch lengthBytes {
            case 1: Int(start.load(fromByteOffset: lengthOffset, as: UInt8.self))
            case 2: Int(load(start, lengthOffset) as UInt16)
            default: Int(load(start, lengthOffset) as UInt32)
            }
        guard length <= rest &- fixed else { return nil }
        offset &+= fixed &+ length
        return Row(
            low: load(start, 0), high: load(start, 8),
            text: UnsafeRawBufferPointer(start: start + fixed, count: length))
    }

    @inline(__always) private func load<Value: FixedWidthInteger & BitwiseCopyable>(
        _ start: UnsafeRawPointer, _ offset: Int
    ) -> Value {
        Value(littleEndian: start.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
}
