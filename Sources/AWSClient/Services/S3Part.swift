public import HTTP

/// A part of an upload that S3 holds.
public struct S3Part: Sendable, Hashable {
    /// From 1 to 10,000.
    public var number: Int
    /// Without its quotes.
    public var eTag: String
    public var sizeBytes: Int
    /// Base64; nil where the listing does not tell it.
    public var checksumSHA256: String?

    public init(number: Int, eTag: String, sizeBytes: Int, checksumSHA256: String? = nil) {
        self.number = number
        self.eTag = eTag
        self.sizeBytes = sizeBytes
        self.checksumSHA256 = checksumSHA256
    }
}

extension S3Part {
    /// What the answer to ``S3/uploadPartRequest(bucket:key:uploadID:number:bytes:sha256:)`` says.
    public init(
        number: Int, _ request: AWSRequest, _ answer: HTTPResponse
    ) throws(AWSError) {
        guard let eTag = answer.headers["ETag"] else { throw .unreadable(answer, request) }
        self.init(
            number: number, eTag: S3Object.unquoted(eTag),
            sizeBytes: request.transfer.upload?.count ?? 0,
            checksumSHA256: request.transfer.request.headers["x-amz-checksum-sha256"])
    }
}

/// An upload in parts that was begun and neither completed nor aborted.
public struct S3Upload: Sendable, Hashable {
    public var key: String
    public var uploadID: String
}
