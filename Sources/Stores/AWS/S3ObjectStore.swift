public import AWSClient
import HTTP

/// Buckets in S3.
public struct S3ObjectStore: ObjectStore {
    /// From this size on an object is put in parts, of which so many are under way at a time.
    static let multipartBytes = 64 << 20
    static let partBytes = 16 << 20
    static let partsInFlight = 8

    let s3: S3

    public var readsSideBySide: Int { S3ObjectReader.rangesInFlight }

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
            let object =
                bytes.count < Self.multipartBytes
                ? try s3.putObject(bucket: bucket, key: key, bytes: bytes)
                : try putInParts(bucket: bucket, key: key, bytes: bytes)
            return ObjectReference(bucket: bucket, object)
        } catch { throw StoreError(error, subject: "\(bucket)/\(key)") }
    }

    private func putInParts(
        bucket: String, key: String, bytes: UnsafeRawBufferPointer
    ) throws(AWSError) -> S3Object {
        let upload = try S3MultipartUpload(s3, bucket: bucket, key: key)
        do throws(AWSError) {
            let partBytes = S3MultipartUpload.partBytes(
                forSize: bytes.count, atLeast: Self.partBytes)
            let starts = Array(stride(from: 0, to: bytes.count, by: partBytes))
            var requests: [AWSRequest] = []
            for (index, start) in starts.enumerated() {
                let part = bytes[start..<min(start + partBytes, bytes.count)]
                requests.append(
                    try s3.uploadPartRequest(
                        bucket: bucket, key: key, uploadID: upload.uploadID, number: index + 1,
                        bytes: UnsafeRawBufferPointer(rebasing: part)))
            }
            var parts: [S3Part] = []
            let outcomes = s3.client.sendAll(requests, atMost: Self.partsInFlight)
            for (index, outcome) in outcomes.enumerated() {
                parts.append(try S3Part(number: index + 1, requests[index], outcome.get()))
            }
            return try upload.complete(parts)
        } catch {
            // What is left of it is paid for until the bucket's lifecycle rule ends it.
            try? upload.abort()
            throw error
        }
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

extension ObjectReference {
    init(bucket: String, _ object: S3Object) {
        self.init(
            bucket: bucket, key: object.key, versionID: object.versionID, eTag: object.eTag,
            sizeBytes: object.sizeBytes)
    }
}
