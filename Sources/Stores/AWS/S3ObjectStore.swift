public import AWSClient
import HTTP

/// Buckets in S3.
public struct S3ObjectStore: ObjectStore {
    /// A read is split into ranges of this size, so many of which are under way at a time: one
    /// connection to S3 carries some 90 MB/s.
    static let rangeBytes = 8 << 20
    static let rangesInFlight = 8

    private let s3: S3

    public init(_ client: AWSClient = AWSClient()) { s3 = S3(client) }

    public func headObject(bucket: String, key: String) throws(StoreError) -> ObjectReference? {
        do throws(AWSError) {
            return try s3.headObject(bucket: bucket, key: key).map {
                ObjectReference(bucket: bucket, $0)
            }
        } catch { throw StoreError(error, subject: "\(bucket)/\(key)") }
    }

    /// Asks nothing when the reference names a version: a version that is gone shows at the first read.
    public func openObject(_ reference: ObjectReference) throws(StoreError) -> any ObjectReader {
        var reference = reference
        if reference.versionID == nil, reference.eTag == nil {
            guard let found = try headObject(bucket: reference.bucket, key: reference.key) else {
                throw StoreError(noSuchKey: reference.bucket, reference.key)
            }
            reference = found
        }
        return S3ObjectReader(s3, reference)
    }

    public func getObject(bucket: String, key: String) throws(StoreError) -> [UInt8] {
        do throws(AWSError) {
            return try s3.client.send(try s3.getObjectRequest(bucket: bucket, key: key)).body
        } catch { throw StoreError(error, subject: "\(bucket)/\(key)") }
    }

    @discardableResult
    public func putObject(
        bucket: String, key: String, bytes: UnsafeRawBufferPointer
    ) throws(StoreError) -> ObjectReference {
        do throws(AWSError) {
            return ObjectReference(
                bucket: bucket, try s3.putObject(bucket: bucket, key: key, bytes: bytes))
        } catch { throw StoreError(error, subject: "\(bucket)/\(key)") }
    }

    public func listObjects(bucket: String, prefix: String) throws(StoreError) -> [ObjectReference]
    {
        do throws(AWSError) {
            return try s3.listObjectsV2(bucket: bucket, prefix: prefix).map {
                ObjectReference(bucket: bucket, $0)
            }
        } catch { throw StoreError(error, subject: "\(bucket)/\(prefix)") }
    }

    public func deleteObject(bucket: String, key: String) throws(StoreError) {
        do throws(AWSError) {
            try s3.deleteObject(bucket: bucket, key: key)
        } catch { throw StoreError(error, subject: "\(bucket)/\(key)") }
    }
}

/// A pinned version, read by ranges side by side; each asks for the version and the ETag.
struct S3ObjectReader: ObjectReader {
    let reference: ObjectReference
    private let s3: S3

    init(_ s3: S3, _ reference: ObjectReference) {
        self.s3 = s3
        self.reference = reference
    }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(StoreError) -> Int
    {
        let wanted = min(buffer.count, max(0, reference.sizeBytes - offset))
        guard wanted > 0 else { return 0 }
        var requests: [AWSRequest] = []
        do throws(AWSError) {
            for start in stride(from: 0, to: wanted, by: S3ObjectStore.rangeBytes) {
                let end = min(start + S3ObjectStore.rangeBytes, wanted)
                let destination = UnsafeMutableRawBufferPointer(rebasing: buffer[start..<end])
                requests.append(
                    try s3.getObjectRequest(
                        bucket: reference.bucket, key: reference.key,
                        range: (offset + start)..<(offset + end), ifMatch: reference.eTag,
                        versionID: reference.versionID, into: destination))
            }
            let outcomes = s3.client.sendAll(requests, atMost: S3ObjectStore.rangesInFlight)
            for (request, outcome) in zip(requests, outcomes) {
                let answer = try outcome.get()
                guard answer.bodyBytes == request.transfer.destination?.count else {
                    throw AWSError(
                        "InvalidAnswer", "\(answer.bodyBytes) bytes came for a longer range",
                        "S3 GetObject", httpStatus: answer.status)
                }
            }
        } catch {
            if [404, 412, 416].contains(error.httpStatus), error.code != "NoSuchBucket" {
                throw StoreError(changed: reference)
            }
            throw StoreError(error, subject: "\(reference.bucket)/\(reference.key)")
        }
        return wanted
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

extension ObjectReference {
    init(bucket: String, _ object: S3Object) {
        self.init(
            bucket: bucket, key: object.key, versionID: object.versionID, eTag: object.eTag,
            sizeBytes: object.sizeBytes)
    }
}
