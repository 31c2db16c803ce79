import CScan

/// What one chunk says of itself, for the fold that tells whether all chunks fit.
public struct ChunkReport: Sendable, Hashable {
    /// The hypothesis under which it was read: whether its first byte lies inside a quoted field.
    public var startedInsideQuotes: Bool
    /// Whether the number of quotation marks in its range is odd. Holds under either hypothesis.
    public var hasOddQuotes: Bool
    /// Line feeds in its range, those in quoted fields too. Holds under either hypothesis.
    public var lineBreaks: Int
    /// Offset in the file of the first record that starts in its range; nil when none does.
    public var firstRecordOffset: Int?
    /// Offset behind its last record; nil when it has none.
    public var endOffset: Int?
    /// Number of its records, bad ones too, blank lines not.
    public var records: Int

    public init(
        startedInsideQuotes: Bool, hasOddQuotes: Bool, lineBreaks: Int, firstRecordOffset: Int?,
        endOffset: Int?, records: Int
    ) {
        self.startedInsideQuotes = startedInsideQuotes
        self.hasOddQuotes = hasOddQuotes
        self.lineBreaks = lineBreaks
        self.firstRecordOffset = firstRecordOffset
        self.endOffset = endOffset
        self.records = records
    }
}

/// Reads the records of one chunk: those that start in a range of bytes, the last one to its end.
///
/// Memory is bounded by the format's longest record plus one window, whatever the sizes of file and chunk.
public struct ChunkReader: ~Copyable {
    /// Reads into all of the buffer from an offset of the file; fewer bytes only at the file's end,
    /// and never none: a source that ends before the file's size throws.
    public typealias Source = (_ offset: Int, _ buffer: UnsafeMutableRawBufferPointer) throws -> Int

    /// Bytes that are read at once; a window of this size stays in the processor's second-level cache.
    public static let windowBytes = 256 << 10

    private let format: CSVFormat
    private let bodyStart: Int
    private let range: Range<Int>
    private let fileSizeBytes: Int
    private let source: Source
    private let scanner: RecordScanner
    private let windowBytes: Int

    private let buffer: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    private var batch: RecordBatch
    /// Offset in the file of the buffer's first byte.
    private var base: Int
    /// Bytes of the file in the buffer.
    private var filled = 0
    private var quotes = 0
    private var lineBreaks = 0

    /// - Parameters:
    ///   - range: the chunk's bytes.
    ///   - bodyStart: offset of the file's first record after the header.
    ///   - fileSizeBytes: size of the whole file.
    ///   - windowBytes: bytes that are read at once, two at least; tests make windows small.
    public init(
        format: CSVFormat, range: Range<Int>, bodyStart: Int, fileSizeBytes: Int,
        windowBytes: Int = Self.windowBytes, source: @escaping Source
    ) {
        precondition(bodyStart <= range.lowerBound && range.upperBound <= fileSizeBytes)
        // The longest record's line break has to fit, too.
        precondition(windowBytes >= 2)
        self.format = format
        self.range = range
        self.bodyStart = bodyStart
        self.fileSizeBytes = fileSizeBytes
        self.source = source
        self.windowBytes = windowBytes
        scanner = RecordScanner(
            delimiter: format.delimiter,
            checkedFromBytes: min(format.maximumRecordBytes, format.maximumFieldBytes))
        capacity = format.maximumRecordBytes + windowBytes
        buffer = .allocate(capacity: capacity + RecordScanner.slackBytes)
        batch = RecordBatch(
            windowBytes: capacity, bytes: UnsafePointer(buffer), delimiter: format.delimiter)
        // The byte before the range tells whether a record starts right at its beginning.
        base = range.lowerBound > bodyStart ? range.lowerBound - 1 : range.lowerBound
    }

    deinit { buffer.deallocate() }

    /// Hands all records of the chunk to `consume`, a window at a time and in order. Call it once.
    ///
    /// - Parameter startsInsideQuotes: what is known of the range's first byte; nil to guess it.
    /// - Throws: what the source or `consume` throws.
    public mutating func read(
        startsInsideQuotes: Bool?, _ consume: (borrowing RecordBatch) throws -> Void
    ) throws -> ChunkReport {
        try fill(atLeast: 1 + Hypothesis.sampleBytes)
        let skipped = range.lowerBound - base
        let startedInside =
            startsInsideQuotes
            ?? (skipped == 0
                ? false
                : Hypothesis.startsInsideQuotes(
                    UnsafeBufferPointer(start: buffer + skipped, count: filled - skipped),
                    delimiter: format.delimiter))
        var report = ChunkReport(
            startedInsideQuotes: startedInside, hasOddQuotes: false, lineBreaks: 0,
            firstRecordOffset: nil, endOffset: nil, records: 0)
        if let first = try firstRecordOffset(startedInside: startedInside) {
            report.firstRecordOffset = first
            drop(first - base)
            try readRecords(consume)
            report.records = batch.recordsBefore
            report.endOffset = base
            // Blank lines only: nothing starts here after all.
            if report.records == 0 { report.firstRecordOffset = nil; report.endOffset = nil }
        }
        report.hasOddQuotes = quotes & 1 == 1
        report.lineBreaks = lineBreaks
        return report
    }

    /// The offset of the first record that starts in the range.
    private mutating func firstRecordOffset(startedInside: Bool) throws -> Int? {
        if range.isEmpty { return nil }
        if range.lowerBound == bodyStart { return bodyStart }
        if !startedInside, buffer[0] == Byte.lineFeed { return range.lowerBound }
        var inside = startedInside
        drop(1)
        while base < range.upperBound {
            if filled == 0 { try fill(atLeast: 1) }
            let end = min(filled, range.upperBound - base)
            if let boundary = scanner.firstBoundary(batch.bytes, from: 0, to: end, inside: &inside)
            {
                let offset = base + boundary
                if offset < range.upperBound { return offset }
            }
            drop(end)
        }
        return nil
    }

    /// From a record's first byte on: all records that start in the range.
    private mutating func readRecords(_ consume: (borrowing RecordBatch) throws -> Void) throws {
        var wanted = 1
        while base < range.upperBound {
            try fill(atLeast: wanted)
            if filled == 0 { return }
            batch.fileOffset = base
            batch.lineBreaksBefore = lineBreaks
            let next = scanner.scan(
                &batch, from: 0, to: filled, limit: range.upperBound - base,
                isLast: base + filled == fileSizeBytes)
            if batch.count > 0 {
                try consume(batch)
                batch.recordsBefore += batch.count
            }
            wanted = filled - next + 1
            if next > 0 {
                drop(next)
            } else if filled == capacity {
                try skipOversizedRecord(consume)
                wanted = 1
            }
        }
    }

    /// A record fills the whole buffer: it is passed over to its end, then its beginning is handed on.
    private mutating func skipOversizedRecord(
        _ consume: (borrowing RecordBatch) throws -> Void
    ) throws {
        let kept = format.maximumRecordBytes
        let beginning = UnsafeMutablePointer<UInt8>.allocate(
            capacity: kept + RecordScanner.slackBytes)
        defer { beginning.deallocate() }
        beginning.initialize(from: buffer, count: kept)
        (beginning + kept).initialize(repeating: 0, count: RecordScanner.slackBytes)
        let start = base
        var lineFeeds = 0
        // The last bytes passed over: the record's own line break does not belong to it.
        var lineBreakBytes = 0
        var hasOpenLine = true
        var inside = false
        while filled > 0 {
            let boundary = scanner.firstBoundary(
                batch.bytes, from: 0, to: filled, inside: &inside)
            let end = boundary ?? filled
            lineFeeds += cscan_count(buffer, end).lineFeeds
            hasOpenLine = buffer[end - 1] != Byte.lineFeed
            if boundary != nil {
                lineBreakBytes = end > 1 && buffer[end - 2] == Byte.carriageReturn ? 2 : 1
            }
            drop(end)
            if boundary != nil { break }
            try fill(atLeast: 1)
        }
        batch.records[0] = RecordBatch.Record(
            start: 0, end: UInt32(kept), fieldCount: 0, firstFieldEnd: 0, needsCheck: true,
            isCut: .tooLarge)
        batch.count = 1
        batch.cutExtent = (
            base - start - lineBreakBytes, lineFeeds + (hasOpenLine ? 1 : 0)
        )
        batch.bytes = UnsafePointer(beginning)
        defer { batch.bytes = UnsafePointer(buffer) }
        try consume(batch)
        batch.recordsBefore += 1
    }

    /// Reads on until the buffer holds so many bytes, or all to the file's end.
    private mutating func fill(atLeast wanted: Int) throws {
        while filled < min(wanted, capacity), base + filled < fileSizeBytes {
            // Little is read beyond the range: the records that cross its end are short mostly.
            let ahead = max(range.upperBound - base - filled, max(4096, filled))
            let count = min(
                windowBytes, ahead, capacity - filled, fileSizeBytes - base - filled)
            let read = try source(
                base + filled,
                UnsafeMutableRawBufferPointer(start: buffer + filled, count: count))
            // Else this would be tried for ever.
            precondition(read > 0, "the source of a file ends before its size")
            filled += read
        }
        // The scanner looks up to 64 bytes further; they must not look like the line's end.
        (buffer + filled).update(repeating: 0, count: RecordScanner.slackBytes)
    }

    /// Takes bytes from the front of the buffer, counting what of them lies in the range.
    private mutating func drop(_ count: Int) {
        let from = max(base, range.lowerBound), to = min(base + count, range.upperBound)
        if from < to {
            let counts = cscan_count(buffer + (from - base), to - from)
            quotes += counts.quotes
            lineBreaks += counts.lineFeeds
        }
        filled -= count
        if filled > 0 { buffer.update(from: buffer + count, count: filled) }
        (buffer + filled).update(repeating: 0, count: RecordScanner.slackBytes)
        base += count
    }
}
