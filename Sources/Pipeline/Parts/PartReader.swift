import LambdaRuntime
import Stores

/// One part: its layout and where its slices lie. It holds no file open unless told to, so that a run may
/// have any number of parts.
struct PartReader: Sendable {
    /// The version of the part that was found when its index was read; no other is read afterwards.
    let reference: ObjectReference
    let layout: PartLayout
    let readsSideBySide: Int
    private let store: any ObjectStore
    /// Nil when the part is opened for each read.
    private let kept: (any ObjectReader)?
    /// Offsets of the slices of `slices` and of what follows them, counted from the part's data.
    private let offsets: [UInt32]
    private let firstSlice: Int

    /// - Parameters:
    ///   - shape: what the rows must be.
    ///   - slices: the slices that will be asked for.
    ///   - keepsOpen: whether the object stays open, which saves opening it for each read.
    /// - Throws: ``StepError`` `Sluice.DamagedPart` when it is no part, or one of other rows;
    ///   `Sluice.UnknownFormat`; what the store throws.
    init(
        _ store: any ObjectStore, _ reference: ObjectReference, _ shape: PartShape,
        slices: Range<Int>, keepsOpen: Bool = false
    ) throws {
        let object = try store.openObject(reference)
        self.store = store
        self.reference = object.reference
        kept = keepsOpen ? object : nil
        readsSideBySide = object.readsSideBySide
        firstSlice = slices.lowerBound
        layout = try Self.layout(of: object, shape)
        let list = try UnsafeMutableRawBufferPointer.reading(
            object, at: PartLayout.headerBytes + 4 * slices.lowerBound,
            count: 4 * (slices.count + 1))
        defer { list.deallocate() }
        let offsets = (0...slices.count).map {
            UInt32(littleEndian: list.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self))
        }
        let (width, hasText) = (UInt32(layout.fixedRowBytes), layout.hasText)
        let isSound = zip(offsets, offsets.dropFirst()).allSatisfy {
            $0 <= $1 && (hasText || ($1 - $0) % width == 0)
        }
        guard isSound,
            PartLayout.dataStart + Int(offsets[slices.count]) <= object.reference.sizeBytes
        else { throw StepError.damagedPart(object.reference, "its index does not fit its rows") }
        self.offsets = offsets
    }

    private static func layout(
        of object: any ObjectReader, _ shape: PartShape
    ) throws -> PartLayout {
        let header = try UnsafeMutableRawBufferPointer.reading(
            object, at: 0, count: PartLayout.headerBytes)
        defer { header.deallocate() }
        let layout: PartLayout
        do throws(PartLayout.HeaderProblem) {
            layout = try PartLayout(header: UnsafeRawBufferPointer(header))
        } catch {
            switch error {
            case .noHeader:
                throw StepError.damagedPart(object.reference, "it has no part's header")
            case .unknownFormat(let format):
                throw StepError.unknownFormat(object.reference, format)
            }
        }
        guard layout.shape == shape else {
            throw StepError.damagedPart(
                object.reference, "its rows are not the \(shape.rawValue) that are expected here")
        }
        return layout
    }

    /// Where the rows of some slices lie, in bytes of the object.
    func range(of slices: Range<Int>) -> Range<Int> {
        let from = Int(offsets[slices.lowerBound - firstSlice])
        let to = Int(offsets[slices.upperBound - firstSlice])
        return PartLayout.dataStart + from..<PartLayout.dataStart + to
    }

    /// Reads all of the buffer from that offset of the object.
    /// - Throws: ``StepError`` `Sluice.DamagedPart` when it ends before; what the store throws.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws {
        let object = try kept ?? store.openObject(reference)
        guard try object.read(at: offset, into: buffer) == buffer.count else {
            throw StepError.damagedPart(reference, "it is cut short")
        }
    }
}

extension UnsafeMutableRawBufferPointer {
    /// A new buffer with exactly those bytes of an object; the caller deallocates it.
    fileprivate static func reading(
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
