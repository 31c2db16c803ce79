import AWSClient
import Digest
import JSON
import System

#if canImport(Glibc)
import Glibc
#endif

/// What is known on this machine of an upload in parts, so that it goes on where it stopped: a file
/// with the upload in its first line and a line for each part that S3 has taken.
///
/// Held by one process at a time.
final class UploadRecord: Sendable {
    /// What an upload is of. With another file, another state of it, or other parts it is another one.
    struct Identity: Sendable, Hashable {
        var bucket: String
        var key: String
        var partBytes: Int
        var file: FileStatus

        fileprivate var json: JSONObject {
            [
                "bucket": .string(bucket), "key": .string(key), "partBytes": JSON(partBytes),
                "sizeBytes": JSON(file.sizeBytes),
                "modifiedNanoseconds": JSON(file.modifiedNanoseconds),
                "inode": .string(String(file.inode)), "device": .string(String(file.device)),
            ]
        }
    }

    private let file: File

    /// Opens the record of uploads to that key, making it when there is none.
    /// - Parameter directory: where the records are; made when it is missing.
    /// - Throws: errno `EWOULDBLOCK` when another process works with it.
    init(directory: String, bucket: String, key: String) throws(SystemError) {
        try FileSystem.makeDirectory(directory)
        let name = sha256Hexadecimal("\(bucket)/\(key)")
        file = try File(
            "\(directory)/\(name).upload", flags: O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC,
            mode: 0o600)
        guard flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw SystemError("flock", file.path)
        }
    }

    /// The upload that was begun last, and what of it was taken; nil when there is none that can be
    /// read.
    func read() throws(SystemError) -> (
        uploadID: String, isOf: (Identity) -> Bool, parts: [S3Part]
    )? {
        let bytes = try FileSystem.contents(of: file.path)
        let lines = bytes.split(separator: UInt8(ascii: "\n")).map { try? JSON(parsing: Array($0)) }
        guard let first = lines.first, let head = first?.object,
            let uploadID = head["uploadID"]?.string
        else { return nil }
        var known = head
        known["uploadID"] = nil
        let parts = lines.dropFirst().compactMap { line -> S3Part? in
            // The last line can be cut short.
            guard let number = line?["part"]?.int, let eTag = line?["eTag"]?.string,
                let size = line?["sizeBytes"]?.int, let checksum = line?["sha256"]?.string
            else { return nil }
            return S3Part(
                number: Int(number), eTag: eTag, sizeBytes: Int(size), checksumSHA256: checksum)
        }
        return (uploadID, { $0.json == known }, parts)
    }

    /// Begins anew, with this upload.
    func begin(_ uploadID: String, of identity: Identity) throws(SystemError) {
        try file.truncate(to: 0)
        var head = identity.json
        head["uploadID"] = .string(uploadID)
        try append(.object(head))
    }

    /// S3 has taken a part.
    func took(_ part: S3Part) throws(SystemError) {
        try append([
            "part": JSON(part.number), "eTag": .string(part.eTag),
            "sizeBytes": JSON(part.sizeBytes), "sha256": .string(part.checksumSHA256 ?? ""),
        ])
    }

    /// Nothing is under way any more.
    func remove() throws(SystemError) { try FileSystem.remove(file.path) }

    private func append(_ line: JSON) throws(SystemError) {
        let bytes = Array((line.serialized() + "\n").utf8)
        try bytes.withBytes { bytes throws(SystemError) in try file.write(bytes) }
    }
}
