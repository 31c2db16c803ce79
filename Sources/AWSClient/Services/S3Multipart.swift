import HTTP
import Digest
import JSON

/// The operations of S3 for uploads in parts.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>. Each part's SHA-256 is
/// compared when it comes in, and the whole's when it is completed.
extension S3 {
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
    public static let maximumParts = 10_000
    /// Of every part but the last.
    public static let minimumPartBytes = 5 << 20

    /// - Parameter metadata: of the object, as of ``putObject(bucket:key:bytes:condition:metadata:)``.
    /// - Returns: the upload's id.
    public func createMultipartUpload(
        bucket: String, key: String, metadata: [String: String] = [:]
    ) throws(AWSError) -> String {
        var request = try request(
            "CreateMultipartUpload", "POST", bucket, key, [("uploads", "")])
        request.transfer.request.headers["Content-Type"] = "application/octet-stream"
        request.transfer.request.headers["x-amz-checksum-algorithm"] = "SHA256"
        request.setMetadata(metadata)
        let answer = try client.send(request)
        var uploadID: String?
        let isWhole = XMLPullParser.forEachLeaf(answer.body) { path, text in
            if path == ["InitiateMultipartUploadResult", "UploadId"] { uploadID = text }
        }
        guard isWhole, let uploadID, !uploadID.isEmpty else { throw .unreadable(answer, request) }
        return uploadID
    }

    /// A request that stores a part, to be sent with others; its answer's `ETag` names the part.
    /// - Parameters:
    ///   - number: from 1 to 10,000.
    ///   - sha256: of the bytes, where it is known.
    public func uploadPartRequest(
        bucket: String, key: String, uploadID: String, number: Int, bytes: UnsafeRawBufferPointer,
        sha256: [UInt8]? = nil
    ) throws(AWSError) -> AWSRequest {
        var request = try request(
            "UploadPart", "PUT", bucket, key,
            [("partNumber", String(number)), ("uploadId", uploadID)])
        request.setUpload(bytes, sha256: sha256)
        return request
    }

    /// Stores a part.
    public func uploadPart(
        bucket: String, key: String, uploadID: String, number: Int, bytes: UnsafeRawBufferPointer,
        sha256: [UInt8]? = nil
    ) throws(AWSError) -> S3Part {
        let request = try uploadPartRequest(
            bucket: bucket, key: key, uploadID: uploadID, number: number, bytes: bytes,
            sha256: sha256)
        return try S3Part(number: number, request, try client.send(request))
    }

    /// The parts that S3 holds, by their numbers; a request per thousand.
    /// - Throws: code `NoSuchUpload` when it was completed, aborted or expired.
    public func listParts(
        bucket: String, key: String, uploadID: String
    ) throws(AWSError) -> [S3Part] {
        var parts: [S3Part] = []
        var marker: String?
        repeat {
            var query = [("uploadId", uploadID)]
            if let marker { query.append(("part-number-marker", marker)) }
            let request = try request("ListParts", "GET", bucket, key, query)
            let answer = try client.send(request)
            guard let page = S3PartListing(answer.body), page.nextMarker != marker || marker == nil
            else { throw .unreadable(answer, request) }
            parts += page.parts
            marker = page.nextMarker
        } while marker != nil
        return parts
    }

    /// The uploads under way whose keys have the prefix; the first thousand.
    public func listMultipartUploads(
        bucket: String, prefix: String
    ) throws(AWSError) -> [S3Upload] {
        let request = try request(
            "ListMultipartUploads", "GET", bucket, nil,
            [("encoding-type", "url"), ("prefix", prefix), ("uploads", "")])
        let answer = try client.send(request)
        var uploads: [S3Upload] = []
        var isListing = false
        let isWhole = XMLPullParser.forEachLeaf(
            answer.body,
            starting: { path in
                if path == ["ListMultipartUploadsResult"] { isListing = true }
                if path == ["ListMultipartUploadsResult", "Upload"] {
                    uploads.append(S3Upload(key: "", uploadID: ""))
                }
            },
            { path, text in
                guard path.first == "ListMultipartUploadsResult" else { return }
                switch path.dropFirst() {
                case ["Upload", "Key"]: uploads[uploads.count - 1].key = S3Listing.decoded(text)
                case ["Upload", "UploadId"]: uploads[uploads.count - 1].uploadID = text
                default: break
                }
            })
        guard isWhole, isListing else { throw .unreadable(answer, request) }
        return uploads
    }

    /// Makes the object of the parts, in the order given, which must be that of their numbers.
    public func completeMultipartUpload(
        bucket: String, key: String, uploadID: String, parts: [S3Part],
        condition: S3WriteCondition? = nil
    ) throws(AWSError) -> S3Object {
        var request = try request(
            "CompleteMultipartUpload", "POST", bucket, key, [("uploadId", uploadID)])
        request.transfer.request.body = Array(Self.completion(parts).utf8)
        request.transfer.request.headers["Content-Type"] = "application/xml"
        request.set(condition)
        // Putting thousands of parts together takes minutes.
        request.transfer.request.idleTimeoutSeconds = nil
        request.transfer.request.timeoutSeconds = 600
        let answer = try sendAnsweringLate(request)
        var fields: [String: String] = [:]
        let isWhole = XMLPullParser.forEachLeaf(answer.body) { path, text in
            if path.count == 2, path[0] == "CompleteMultipartUploadResult" {
                fields[path[1]] = text
            }
        }
        guard isWhole, let eTag = fields["ETag"] else { throw .unreadable(answer, request) }
        var object = S3Object(key: key, answer)
        object.sizeBytes = parts.reduce(0) { $0 + $1.sizeBytes }
        object.eTag = S3Object.unquoted(eTag)
        object.checksumSHA256 = fields["ChecksumSHA256"]
        return object
    }

    /// Gives an upload up, so that its parts are paid for no longer; one that is gone is no error.
    public func abortMultipartUpload(
        bucket: String, key: String, uploadID: String
    ) throws(AWSError) {
        let request = try request(
            "AbortMultipartUpload", "DELETE", bucket, key, [("uploadId", uploadID)])
        do throws(AWSError) {
            _ = try client.send(request)
        } catch {
            if error.code != "NoSuchUpload" { throw error }
        }
    }

    /// What S3 says of the whole when its parts have these digests: Base64 of their SHA-256, and how
    /// many they were.
    public static func compositeChecksum(ofParts digests: [[UInt8]]) -> String {
        Base64.encode(HashAlgorithm.sha256.digest(of: digests.joined())) + "-\(digests.count)"
    }

    /// The Base64 text of a SHA-256.
    public static func checksum(_ digest: [UInt8]) -> String { Base64.encode(digest) }

    /// The SHA-256 of bytes in the caller's memory.
    public static func sha256(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        HashAlgorithm.sha256.digest(of: bytes)
    }

    private static func completion(_ parts: [S3Part]) -> String {
        let list = parts.map { part in
            let checksum = part.checksumSHA256.map { "<ChecksumSHA256>\($0)</ChecksumSHA256>" }
            return "<Part><PartNumber>\(part.number)</PartNumber>"
                + "<ETag>&quot;\(xmlEscaped(part.eTag))&quot;</ETag>\(checksum ?? "")</Part>"
        }
        return "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
            + list.joined() + "</CompleteMultipartUpload>"
    }

    private static func xmlEscaped(_ text: String) -> String {
        text.map { ["&": "&amp;", "<": "&lt;", ">": "&gt;"][$0] ?? String($0) }.joined()
    }

    /// S3 says 200 before it has done what takes long; the error, if any, is then in the body.
    private func sendAnsweringLate(_ request: AWSRequest) throws(AWSError) -> HTTPResponse {
        var attempt = 1
        while true {
            let answer = try client.send(request)
            guard var failure = AWSError(within: answer, request) else { return answer }
            failure.attempts = attempt
            guard failure.isTransient, attempt < client.configuration.maximumAttempts else {
                throw failure
            }
            client.waitBefore(attemptAfter: attempt)
            attempt += 1
        }
    }
}
