import LambdaRuntime
import Stores
import System

/// One part, opened: its layout and where its slices lie.
struct PartReader: Sendable {
    let object: any ObjectReader
    let layout: PartLayout
    /// Offsets of the slices of `slices` and of what follows them, counted from the part's data.
    private let offsets: [UInt32]
    private let firstSlice: Int

    /// - Parameter slices: the slices that will be asked for.
    /// - Throws: ``StepError`` `Sluice.DamagedPart` when it is no part; what the store throws.
    init(_ object: any ObjectReader, slices: Range<Int>) throws {
        self.object = object
        firstSlice = slices.lowerBound
        let index = try UnsafeMutableRawBufferPointer.reading(
            object, at: 0, count: PartLayout.headerBytes)
        defer { index.deallocate() }
        guard let layout = PartLayout(header: UnsafeRawBufferPointer(index)) else {
            throw StepError.damagedPart(object.reference, "it has no part's header")
        }
        self.layout = layout
        let list = try UnsafeMutableRawBufferPointer.reading(
            object, at: PartLayout.headerBytes + 4 * slices.lowerBound,
            count: 4 * (slices.count + 1))
        defer { list.deallocate() }
        let offsets = (0...slices.count).map {
            UInt32(littleEndian: list.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self))
        }
        let width = UInt32(layout.fixedRowBytes)
        let isSound = zip(offsets, offsets.dropFirst()).allSatisfy {
            $0 <= $1 && (layout.hasText || ($1 - $0) % width == 0)
        }
        guard isSound,
            PartLayout.dataStart + Int(offsets[slices.count]) <= object.reference.sizeBytes
        else { throw StepError.damagedPart(object.reference, "its index does not fit its rows") }
        self.offsets = offsets
    }

    /// Where the rows of some slices lie, in bytes of the object.
    func range(of slices: Range<Int>) -> Range<Int> {
        let from = Int(offsets[slices.lowerBound - firstSlice])
        let to = Int(offsets[slices.upperBound - firstSlice])
        return PartLayout.dataStart + from..<PartLayout.dataStart + to
    }
}

/// Reads the rows of many parts slice by slice, several slices at a time, in bounded memory.
struct SliceReader: ~Copyable {
    /// Bytes of rows that are held at most, unless a single slice of texts is larger.
    static let budgetBytes = 8 << 20

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

    /// Hands the rows of a slice to `body`, in file order, a run of whole rows at a time.
    ///
    /// Slices are best asked for in ascending order.
    mutating func forEachRun(
        of slice: Int, _ body: (PartLayout, UnsafeRawBufferPointer) throws -> Void
    ) throws {
        if !loaded.contains(slice) {
            if try streamOversized(slice, body) { return }
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
        loaded = slice..<end
        if buffer.count < total {
            buffer.deallocate()
            buffer = .allocate(byteCount: max(total, min(budgetBytes, size(slices))), alignment: 16)
        }
        var at = 0
        for (index, part) in parts.enumerated() {
            starts[index] = at
            at += part.range(of: loaded).count
        }
        let (parts, starts, loaded) = (parts, starts, loaded)
        // Each part has its own piece of the buffer, which outlives the reading.
        nonisolated(unsafe) let buffer = buffer
        try sideBySide(parts.count, atMost: parts.first?.object.readsSideBySide ?? 1) { index in
            let object = parts[index].object
            let range = parts[index].range(of: loaded)
            let start = starts[index]
            let target = UnsafeMutableRawBufferPointer(
                rebasing: buffer[start..<start + range.count])
            guard try object.read(at: range.lowerBound, into: target) == range.count else {
                throw StepError.damagedPart(object.reference, "it is cut short")
            }
        }
    }

    /// Hands on a slice that is larger than the budget piece by piece.
    /// - Returns: false when it is not, or when its rows are of different sizes.
    private func streamOversized(
        _ slice: Int, _ body: (PartLayout, UnsafeRawBufferPointer) throws -> Void
    ) throws -> Bool {
        guard size(slice..<slice + 1) > budgetBytes, parts.allSatisfy({ !$0.layout.hasText })
        else { return false }
        for part in parts {
            let range = part.range(of: slice..<slice + 1)
            let width = part.layout.fixedRowBytes
            let pieceBytes = max(1, min(budgetBytes, 1 << 20) / width) * width
            for at in stride(from: range.lowerBound, to: range.upperBound, by: pieceBytes) {
                let piece = try UnsafeMutableRawBufferPointer.reading(
                    part.object, at: at, count: min(pieceBytes, range.upperBound - at))
                defer { piece.deallocate() }
                try body(part.layout, UnsafeRawBufferPointer(piece))
            }
        }
        return true
    }
}

extension UnsafeMutableRawBufferPointer {
    /// A new buffer with exactly those bytes of an object; the caller deallocates it.
    static func reading(
        _ object: any ObjectReader, at offset: Int, count: Int
    ) throws -> UnsafeMutableRawBufferPointer {
        let buffer = allocate(byteCount: count, alignment: 16)
        do {
            guard try object.read(at: offset, into: buffer) == count else {
                throw StepError.damagedPart(object.reference, "it is cut short")
            }
        } catch {
            buffer.deallocate()
            throw error
        }
        return buffer
    }
}

extension StepError {
    static func damagedPart(_ part: ObjectReference, _ message: String) -> StepError {
        StepError(errorName: ErrorName.damagedPart, cause: "\(part.key): \(message)")
    }
}
