import LambdaRuntime
import Stores
import System

/// Reads the rows of many parts slice by slice, several slices at a time, in bounded memory.
struct SliceReader: ~Copyable {
    /// Bytes of rows that are held at most, besides one piece of a slice that is larger.
    static let budgetBytes = 8 << 20
    /// Bytes of a slice beyond the budget that are held at a time; a row with the longest text fits.
    static let pieceBytes = 1 << 20

    private let parts: [PartReader]
    private let slices: Range<Int>
    private let budgetBytes: Int
    private var loaded: Range<Int>
    private var buffer = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    /// For each part, where its rows of the loaded slices begin in the buffer.
    private var starts: [Int]

    /// - Parameter parts: in the order of their chunks, which is that of the file.
    init(_ parts: [PartReader], slices: Range<Int>, budgetBytes: Int = Self.budgetBytes) {
        self.parts = parts
        self.slices = slices
        self.budgetBytes = budgetBytes
        loaded = slices.lowerBound..<slices.lowerBound
        starts = Array(repeating: 0, count: parts.count)
    }

    deinit { buffer.deallocate() }

    /// Hands the rows of a slice to `body`, in file order, a run of whole rows at a time. They lie where
    /// they are until `body` returns. Rows with texts are to be read by ``TextRows``.
    ///
    /// Slices are best asked for in ascending order.
    mutating func forEachRun(
        of slice: Int, _ body: (PartLayout, UnsafeRawBufferPointer) throws -> Void
    ) throws {
        if !loaded.contains(slice) {
            if size(slice..<slice + 1) > budgetBytes { return try stream(slice, body) }
            try load(from: slice)
        }
        for (index, part) in parts.enumerated() {
            let range = part.range(of: slice..<slice + 1)
            if range.isEmpty { continue }
            let first = part.range(of: loaded).lowerBound
            let start = starts[index] + range.lowerBound - first
            try body(
                part.layout,
                UnsafeRawBufferPointer(rebasing: buffer[start..<start + range.count]))
        }
    }

    /// Hands each row of a slice of parts with texts to `body`, in file order.
    /// - Throws: ``StepError`` `Sluice.DamagedPart`; what the store and `body` throw.
    mutating func forEachRow(of slice: Int, _ body: (TextRows.Row) throws -> Void) throws {
        try forEachRun(of: slice) { layout, bytes in
            var rows = TextRows(layout, bytes)
            while let row = try rows.next() { try body(row) }
        }
    }

    private func size(_ slices: Range<Int>) -> Int {
        parts.reduce(0) { $0 + $1.range(of: slices).count }
    }

    /// Loads as many slices as the budget allows, one at least.
    private mutating func load(from slice: Int) throws {
        var end = slice + 1
        var total = size(slice..<end)
        while end < slices.upperBound {
            let next = size(end..<end + 1)
            if total + next > budgetBytes { break }
            total += next
            end += 1
        }
        // Nothing is loaded while the buffer is filled: what fails halfway must not be taken for rows.
        loaded = slice..<slice
        if buffer.count < total {
            buffer.deallocate()
            buffer = .allocate(byteCount: max(total, min(budgetBytes, size(slices))), alignment: 16)
        }
        let range = slice..<end
        var at = 0
        for (index, part) in parts.enumerated() {
            starts[index] = at
            at += part.range(of: range).count
        }
        let (parts, starts) = (parts, starts)
        // Each part has its own piece of the buffer, which outlives the reading.
        nonisolated(unsafe) let buffer = buffer
        try sideBySide(parts.count, atMost: parts.first?.readsSideBySide ?? 1) { index in
            let rows = parts[index].range(of: range)
            if rows.isEmpty { return }
            let start = starts[index]
            try parts[index].read(
                at: rows.lowerBound,
                into: UnsafeMutableRawBufferPointer(
                    rebasing: buffer[start..<start + rows.count]))
        }
        loaded = range
    }

    /// Hands on a slice that is larger than the budget, piece by piece.
    private func stream(
        _ slice: Int, _ body: (PartLayout, UnsafeRawBufferPointer) throws -> Void
    ) throws {
        for part in parts {
            let range = part.range(of: slice..<slice + 1)
            if range.isEmpty { continue }
            let layout = part.layout
            // A piece holds whole rows: so many of one size, or the longest row with a text.
            let width = layout.fixedRowBytes
            let wanted = min(budgetBytes, Self.pieceBytes)
            let pieceBytes =
                layout.hasText
                ? max(wanted, width + PartLayout.maximumTextBytes) : max(1, wanted / width) * width
            let piece = UnsafeMutableRawBufferPointer.allocate(
                byteCount: min(pieceBytes, range.count), alignment: 16)
            defer { piece.deallocate() }
            var at = range.lowerBound
            while at < range.upperBound {
                let bytes = UnsafeMutableRawBufferPointer(
                    rebasing: piece[..<min(piece.count, range.upperBound - at)])
                try part.read(at: at, into: bytes)
                let rows = try Self.wholeRows(layout, UnsafeRawBufferPointer(bytes), part)
                try body(layout, rows)
                at += rows.count
            }
        }
    }

    /// The bytes without the part of a row at their end.
    private static func wholeRows(
        _ layout: PartLayout, _ bytes: UnsafeRawBufferPointer, _ part: PartReader
    ) throws -> UnsafeRawBufferPointer {
        guard layout.hasText else { return bytes }
        var rows = TextRows(layout, bytes)
        while rows.nextWhole() != nil {}
        guard rows.offset > 0 else {
            throw StepError.damagedPart(part.reference, "a row reaches beyond its slice")
        }
        return UnsafeRawBufferPointer(rebasing: bytes[..<rows.offset])
    }
}
