import CScan

/// The records found in one window of a file, as offsets into it: nothing is copied.
///
/// The memory is reused from window to window, so a batch is valid only while it is consumed.
public struct RecordBatch: ~Copyable {
    /// Where a record lies.
    public struct Record: Sendable {
        /// Offset of its first byte in the window.
        public var start: UInt32
        /// Offset behind its last byte, line break left out.
        public var end: UInt32
        /// Number of its fields.
        public var fieldCount: UInt32
        /// Index of its first field's end in the batch's list of field ends.
        var firstFieldEnd: UInt32
        /// False when it holds no quotation mark, no NUL, no bare CR and nothing beyond ASCII.
        public var needsCheck: Bool
        /// The file ended inside a quoted field, or the record outgrew the limit and was cut.
        var isCut: CutReason = .none
        enum CutReason: UInt8, Sendable { case none, endOfFile, tooLarge }
    }

    /// The window's first byte.
    public internal(set) var bytes: UnsafePointer<UInt8>
    /// The byte between two fields.
    public let delimiter: UInt8
    /// Offset of the window in the file.
    public internal(set) var fileOffset = 0
    /// Number of records.
    public internal(set) var count = 0
    /// Number of records of this chunk before this batch.
    public internal(set) var recordsBefore = 0
    /// Line feeds in the chunk's range before the window.
    public internal(set) var lineBreaksBefore = 0
    /// Of the one record of a batch that outgrew the limit: all its bytes in the file, and its lines.
    var cutExtent = (bytes: 0, lines: 0)
    let records: UnsafeMutablePointer<Record>
    let fieldEnds: UnsafeMutablePointer<UInt32>

    /// - Parameter windowBytes: size of the window, which bounds records and fields: every record
    ///   takes two bytes of it at least, every field one, the last of all excepted.
    init(windowBytes: Int, bytes: UnsafePointer<UInt8>, delimiter: UInt8) {
        self.delimiter = delimiter
        self.bytes = bytes
        records = .allocate(capacity: windowBytes / 2 + 2)
        fieldEnds = .allocate(capacity: windowBytes + 2)
    }

    deinit {
        records.deallocate()
        fieldEnds.deallocate()
    }

    /// The record of that 0-based index in the batch.
    @inline(__always) public func record(_ index: Int) -> Record { records[index] }

    /// A field as it stands in the file; only for a record of the right number of fields.
    ///
    /// In bounds: the field ends were found in this window, in ascending order, by the scanner.
    @inline(__always) public func rawField(
        _ record: Record, _ column: Int
    ) -> UnsafeBufferPointer<UInt8> {
        let first = Int(record.firstFieldEnd)
        let start =
            column == 0 ? Int(record.start) : Int(fieldEnds[first + column - 1]) + 1
        return UnsafeBufferPointer(
            start: bytes + start, count: Int(fieldEnds[first + column]) - start)
    }

    /// The offset in the window behind a record's line break; behind its last byte when it has none.
    ///
    /// In bounds: what is readable behind a window is zero, see ``RecordScanner/slackBytes``.
    @inline(__always) public func lineEnd(of record: Record) -> Int {
        let end = Int(record.end)
        if bytes[end] == Byte.lineFeed { return end &+ 1 }
        return bytes[end] == Byte.carriageReturn && bytes[end &+ 1] == Byte.lineFeed
            ? end &+ 2 : end
    }

    /// All bytes of a record, its line break left out.
    public func bytes(of record: Record) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(
            start: bytes + Int(record.start), count: Int(record.end - record.start))
    }

    /// What a record takes of the file, its line break left out: bytes, and lines, of which it may have
    /// several. A record that outgrew the limit is in the window with its beginning only, and takes more.
    public func extent(of record: Record) -> (bytes: Int, lines: Int) {
        if record.isCut == .tooLarge { return cutExtent }
        let (start, end) = (Int(record.start), Int(record.end))
        // One that the file's end cut short may have the file's last line break within it.
        let hasOpenLine = end == start || bytes[end - 1] != Byte.lineFeed
        return (end - start, lineBreaks(from: start, to: end) + (hasOpenLine ? 1 : 0))
    }

    /// Line feeds of the window between two offsets in it.
    public func lineBreaks(from start: Int, to end: Int) -> Int {
        cscan_count(bytes + start, end - start).lineFeeds
    }
}
