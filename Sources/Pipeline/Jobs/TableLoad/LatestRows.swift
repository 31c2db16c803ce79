import LambdaRuntime

/// Rows of the table, each key once: of several rows of a slice with one key, the last.
///
/// Slices are taken one after the other. Their rows gather one behind the other until they are written.
struct LatestRows: ~Copyable {
    struct Entry: BitwiseCopyable {
        var low: UInt64
        var high: UInt64
        /// Where the row lies in `bytes`.
        var start: Int
        var count: UInt32
    }

    /// Bytes of rows that others took the place of, which a slice may have at most before they go.
    private let maximumDeadBytes: Int
    private var index = HashIndex()
    private var entries = Column<Entry>()
    private var bytes = Column<UInt8>()
    /// Where the slice at hand begins in `bytes`.
    private var sliceStart = 0
    /// Of the slice at hand.
    private var deadBytes = 0
    /// Rows that others took the place of, in all slices.
    private(set) var repeated = 0
    /// Rows that have gathered, without the slice at hand.
    private(set) var count = 0

    init(maximumDeadBytes: Int = 4 << 20) { self.maximumDeadBytes = maximumDeadBytes }

    /// What has gathered, in bytes.
    var byteCount: Int { bytes.count }

    /// Takes a row of the slice at hand; they come in the order of the file.
    mutating func take(_ row: TextRows.Row) {
        let text = row.text.assumingMemoryBound(to: UInt8.self)
        let found = index.find(row.low) {
            entries[$0].low == row.low && entries[$0].high == row.high
        }
        guard let found else {
            index.insert(row.low, UInt32(truncatingIfNeeded: entries.count)) { entries[$0].low }
            entries.append(
                Entry(
                    low: row.low, high: row.high, start: bytes.count,
                    count: UInt32(truncatingIfNeeded: text.count)))
            return bytes.append(contentsOf: text)
        }
        repeated &+= 1
        deadBytes += Int(entries[found].count)
        entries[found].start = bytes.count
        entries[found].count = UInt32(truncatingIfNeeded: text.count)
        bytes.append(contentsOf: text)
        if deadBytes > maximumDeadBytes, deadBytes > (bytes.count - sliceStart) / 2 { compact() }
    }

    /// Ends the slice at hand.
    mutating func endSlice() {
        if deadBytes > 0 { compact() }
        count += entries.count
        entries.removeAll()
        index.removeAll()
        sliceStart = bytes.count
    }

    /// Hands the rows that have gathered to `body` and forgets them.
    mutating func drain(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        try body(UnsafeRawBufferPointer(start: bytes.start, count: bytes.count))
        bytes.removeAll()
        (sliceStart, count) = (0, 0)
    }

    /// Moves the slice's rows together, in their order.
    private mutating func compact() {
        let order = (0..<entries.count).sorted { entries[$0].start < entries[$1].start }
        var end = sliceStart
        for entry in order {
            let (start, count) = (entries[entry].start, Int(entries[entry].count))
            bytes.move(start, to: end, count: count)
            entries[entry].start = end
            end += count
        }
        bytes.removeLast(bytes.count - end)
        deadBytes = 0
    }
}

extension Column {
    /// Moves elements forward.
    ///
    /// In bounds: both places are of elements that are there, which is checked.
    fileprivate mutating func move(_ from: Int, to: Int, count: Int) {
        precondition(0 <= to && to <= from && from + count <= self.count)
        (start + to).update(from: start + from, count: count)
    }
}
