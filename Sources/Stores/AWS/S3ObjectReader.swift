import AWSClient
import HTTP
import System

/// A pinned version, read by ranges; each asks for the version and the ETag.
final class S3ObjectReader: ObjectReader {
    /// A long read that nobody announced is split into ranges of this size, so many at a time.
    static let rangeBytes = 8 << 20
    static let rangesInFlight = 16

    let reference: ObjectReference
    var readsSideBySide: Int { Self.rangesInFlight }
    private let s3: S3
    private let ahead = Monitor<S3ReadAhead?>(nil)

    init(_ s3: S3, _ reference: ObjectReference) {
        self.s3 = s3
        self.reference = reference
    }

    deinit { ahead.withLock { $0?.stop() } }

    func willRead(_ range: Range<Int>) {
        let known = range.clamped(to: 0..<max(0, reference.sizeBytes))
        let (s3, reference) = (s3, reference)
        let next =
            known.isEmpty
            ? nil
            : S3ReadAhead(known) { part, buffer in
                do throws(StoreError) {
                    try Self.fetch(part, of: reference, into: buffer, s3)
                    return nil
                } catch { return error }
            }
        ahead.withLock { ahead in
            ahead?.stop()
            ahead = next
        }
    }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(StoreError) -> Int
    {
        let wanted = min(buffer.count, max(0, reference.sizeBytes - offset))
        let ahead = ahead.withLock { $0 }
        var done = 0
        while done < wanted, let ahead {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done..<wanted])
            guard let count = try ahead.read(at: offset + done, into: rest) else { break }
            done += count
        }
        if done < wanted {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done..<wanted])
            try Self.fetch((offset + done)..<(offset + wanted), of: reference, into: rest, s3)
        }
        return wanted
    }

    private static func fetch(
        _ range: Range<Int>, of reference: ObjectReference,
        into buffer: UnsafeMutableRawBufferPointer, _ s3: S3
    ) throws(StoreError) {
        do throws(AWSError) {
            var requests: [AWSRequest] = []
            for start in stride(from: 0, to: range.count, by: rangeBytes) {
                let end = min(start + rangeBytes, range.count)
                let destination = UnsafeMutableRawBufferPointer(rebasing: buffer[start..<end])
                requests.append(
                    try s3.getObjectRequest(
                        bucket: reference.bucket, key: reference.key,
                        range: (range.lowerBound + start)..<(range.lowerBound + end),
                        ifMatch: reference.eTag, versionID: reference.versionID, into: destination))
            }
            for outcome in s3.client.sendAll(requests, atMost: rangesInFlight) {
                _ = try outcome.get()
            }
        } catch {
            if [404, 412, 416].contains(error.httpStatus), error.code != "NoSuchBucket" {
                throw StoreError(changed: reference)
            }
            throw StoreError(error, subject: "\(reference.bucket)/\(reference.key)")
        }
    }

    /// A version cannot change. Without versions the newest object must still have the ETag.
    func checkVersion() throws(StoreError) {
        if reference.versionID != nil { return }
        let now: S3Object?
        do throws(AWSError) {
            now = try s3.headObject(bucket: reference.bucket, key: reference.key)
        } catch { throw StoreError(error, subject: "\(reference.bucket)/\(reference.key)") }
        guard now?.eTag == reference.eTag else { throw StoreError(changed: reference) }
    }
}
