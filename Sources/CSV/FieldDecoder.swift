#if canImport(Glibc)
import Glibc
#endif

/// Takes the quotation marks off fields; the one buffer it needs is reused.
public struct FieldDecoder: ~Copyable {
    private var scratch: UnsafeMutableBufferPointer<UInt8>

    public init(format: CSVFormat) {
        scratch = .allocate(capacity: format.maximumFieldBytes + 1)
    }

    deinit { scratch.deallocate() }

    /// The value of a field of a record that was checked: without its quotation marks, doubled ones single.
    ///
    /// - Returns: a part of `raw`, or the decoder's buffer, which the next call overwrites.
    public func value(of raw: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        guard raw.count >= 2, raw[0] == Byte.quote else { return raw }
        let inner = UnsafeBufferPointer(rebasing: raw[1..<raw.count - 1])
        guard inner.count > 0, memchr(inner.baseAddress!, Int32(Byte.quote), inner.count) != nil
        else { return inner }
        // In bounds: a checked field is no longer than the format allows, which the buffer holds.
        var count = 0
        var at = 0
        while at < inner.count {
            scratch[count] = inner[at]
            count += 1
            at += inner[at] == Byte.quote ? 2 : 1
        }
        return UnsafeBufferPointer(rebasing: scratch[..<count])
    }
}
