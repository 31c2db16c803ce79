import AWSClient

/// An upload in parts under way: what it was begun with, and how it ends.
struct S3MultipartUpload: Sendable {
    let s3: S3
    let bucket: String
    let key: String
    let uploadID: String

    /// Begins one.
    init(_ s3: S3, bucket: String, key: String) throws(AWSError) {
        self.init(
            s3, bucket: bucket, key: key,
            uploadID: try s3.createMultipartUpload(bucket: bucket, key: key))
    }

    /// Goes on with one.
    init(_ s3: S3, bucket: String, key: String, uploadID: String) {
        self.s3 = s3
        self.bucket = bucket
        self.key = key
        self.uploadID = uploadID
    }

    /// Bytes of a part so that all parts are as many as there may be at most, in whole MiB.
    static func partBytes(forSize sizeBytes: Int, atLeast minimum: Int) -> Int {
        let needed = (sizeBytes + S3.maximumParts - 1) / S3.maximumParts
        return max(minimum, ((needed + (1 << 20) - 1) >> 20) << 20)
    }

    /// Makes the object. If it is there already, because an answer was lost, that is as good.
    func complete(_ parts: [S3Part]) throws(AWSError) -> S3Object {
        do throws(AWSError) {
            return try s3.completeMultipartUpload(
                bucket: bucket, key: key, uploadID: uploadID, parts: parts)
        } catch {
            guard error.code == "NoSuchUpload", error.attempts > 1,
                let object = try? s3.headObject(bucket: bucket, key: key, withChecksum: true),
                object.sizeBytes == parts.reduce(0, { $0 + $1.sizeBytes }),
                object.eTag?.hasSuffix("-\(parts.count)") == true
            else { throw error }
            return object
        }
    }

    func abort() throws(AWSError) {
        try s3.abortMultipartUpload(bucket: bucket, key: key, uploadID: uploadID)
    }
}
