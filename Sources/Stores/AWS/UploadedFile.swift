import AWSClient
import System

#if canImport(Glibc)
import Glibc
#endif

/// A file of this machine that is being uploaded, in one state and in parts of one size.
struct UploadedFile: Sendable {
    let path: String
    let status: FileStatus
    /// Of every part but the last.
    let partBytes: Int
    private let file: File

    /// Opens it; links are followed.
    /// - Parameter partBytes: at least; larger where the parts would be too many.
    init(_ path: String, partBytes: Int) throws(StoreError) {
        self.path = path
        do throws(SystemError) {
            // Without blocking: opening a FIFO would wait for its writer.
            file = try File(path, flags: O_RDONLY | O_NONBLOCK | O_CLOEXEC)
            status = try file.status()
        } catch { throw StoreError(error, subject: path) }
        guard status.isRegularFile else {
            throw StoreError(.invalidKey, "this is no regular file", subject: path)
        }
        self.partBytes = S3MultipartUpload.partBytes(
            forSize: status.sizeBytes, atLeast: partBytes)
    }

    /// An empty file has one part as well.
    var partCount: Int { max(1, (status.sizeBytes + partBytes - 1) / partBytes) }

    /// The size of a part by its number, from 1.
    func size(ofPart number: Int) -> Int {
        min(partBytes, status.sizeBytes - (number - 1) * partBytes)
    }

    /// Gives a part's bytes and their SHA-256.
    func withPart<Result>(
        _ number: Int, _ body: (UnsafeRawBufferPointer, [UInt8]) throws -> Result
    ) throws -> Result {
        let size = size(ofPart: number)
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(1, size), alignment: 4096)
        defer { buffer.deallocate() }
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<size])
        guard try file.read(at: (number - 1) * partBytes, into: part) == size else {
            throw StoreError(changedFile: path)
        }
        let bytes = UnsafeRawBufferPointer(part)
        return try body(bytes, S3.sha256(bytes))
    }

    /// - Throws: when it was written to since it was opened.
    func checkUnchanged() throws(StoreError) {
        let now: FileStatus
        do throws(SystemError) { now = try file.status() } catch {
            throw StoreError(error, subject: path)
        }
        guard now == status else { throw StoreError(changedFile: path) }
    }

    /// Whether an object has this very content, as far as S3 keeps a checksum of it. Reads the whole
    /// file when the size is the same.
    func isContent(of object: S3Object) throws -> Bool {
        guard object.sizeBytes == status.sizeBytes, let theirs = object.checksumSHA256 else {
            return false
        }
        let isInParts = theirs.contains("-")
        guard isInParts ? theirs.hasSuffix("-\(partCount)") : partCount == 1 else { return false }
        var digests: [[UInt8]] = []
        for number in 1...partCount { digests.append(try withPart(number) { $1 }) }
        try checkUnchanged()
        return theirs
            == (isInParts ? S3.compositeChecksum(ofParts: digests) : S3.checksum(digests[0]))
    }
}

extension StoreError {
    init(changedFile path: String) {
        self.init(
            .versionChanged, "the file changed while it was uploaded; nothing was put",
            subject: path)
    }
}
