import CZlib

/// A zip file with one executable in it, always the same bytes for the same executable.
///
/// <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>; what is written is of version 2.0: one
/// deflated file, no comment, no encryption, no Zip64 (so less than 4 GiB).
enum ZipArchive {
    /// The archive's time for all that is in it, since the true one would change the bytes: the first
    /// that the format knows, 1980-01-01.
    private static let date = 0x0021
    private static let time = 0

    struct TooLarge: Error {}

    /// - Throws: ``TooLarge``.
    static func containing(executable bytes: [UInt8], named name: String) throws -> [UInt8] {
        guard let size = UInt32(exactly: bytes.count) else { throw TooLarge() }
        let packed = try deflated(bytes)
        let checksum = bytes.withUnsafeBufferPointer {
            UInt32(truncatingIfNeeded: crc32(0, $0.baseAddress, uInt(size)))
        }
        var common = LittleEndian()
        common.append(20, bytes: 2)  // version needed: deflate
        common.append(0, bytes: 2)  // no flags
        common.append(8, bytes: 2)  // deflated
        common.append(time, bytes: 2)
        common.append(date, bytes: 2)
        common.append(Int(checksum), bytes: 4)
        common.append(packed.count, bytes: 4)
        common.append(bytes.count, bytes: 4)
        common.append(name.utf8.count, bytes: 2)
        common.append(0, bytes: 2)  // nothing extra

        var archive = LittleEndian()
        archive.append(0x0403_4B50, bytes: 4)
        archive.bytes += common.bytes + Array(name.utf8) + packed

        let directoryOffset = archive.bytes.count
        archive.append(0x0201_4B50, bytes: 4)
        archive.append(3 << 8 | 20, bytes: 2)  // made on Unix
        archive.bytes += common.bytes
        archive.append(0, bytes: 2)  // no comment
        archive.append(0, bytes: 2)  // first disk
        archive.append(0, bytes: 2)  // not a text
        archive.append(0o100755 << 16, bytes: 4)  // a file that everybody may execute
        archive.append(0, bytes: 4)  // where its local header is
        archive.bytes += Array(name.utf8)

        let directoryBytes = archive.bytes.count - directoryOffset
        archive.append(0x0605_4B50, bytes: 4)
        archive.append(0, bytes: 4)  // one disk
        archive.append(1, bytes: 2)
        archive.append(1, bytes: 2)
        archive.append(directoryBytes, bytes: 4)
        archive.append(directoryOffset, bytes: 4)
        archive.append(0, bytes: 2)  // no comment
        return archive.bytes
    }

    private static func deflated(_ bytes: [UInt8]) throws -> [UInt8] {
        var stream = z_stream()
        guard sluice_deflate_raw_init(&stream, Z_DEFAULT_COMPRESSION) == Z_OK else {
            throw TooLarge()
        }
        defer { deflateEnd(&stream) }
        let capacity = deflateBound(&stream, uLong(bytes.count))
        guard let limit = uInt(exactly: capacity) else { throw TooLarge() }
        var input = bytes
        return try [UInt8](unsafeUninitializedCapacity: Int(capacity)) { output, count in
            let isDone = input.withUnsafeMutableBufferPointer { input in
                stream.next_in = input.baseAddress
                stream.avail_in = uInt(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = limit
                return deflate(&stream, Z_FINISH) == Z_STREAM_END
            }
            guard isDone else { throw TooLarge() }
            count = Int(stream.total_out)
        }
    }

    private struct LittleEndian {
        var bytes: [UInt8] = []

        mutating func append(_ value: Int, bytes count: Int) {
            for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
        }
    }
}
