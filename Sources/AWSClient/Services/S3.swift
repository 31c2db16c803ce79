import HTTP
import System
import Digest
import JSON

/// One version of an object, as S3's header fields tell it.
public struct S3Object: Sendable, Hashable {
    public var key: String
    public var sizeBytes: Int
    /// Without its quotes.
    public var eTag: String?
    /// Nil in a bucket without versions.
    public var versionID: String?
    /// `x-amz-checksum-sha256` where it was asked for and is kept: of the content in Base64, or of
    /// the parts' checksums, a hyphen and the number of parts.
    public var checksumSHA256: String?
    /// What the object was stored with, `x-amz-meta-…`, by lower-case names without that prefix. Not in
    /// listings.
    public var metadata: [String: String] = [:]

    public init(
        key: String, sizeBytes: Int, eTag: String? = nil, versionID: String? = nil,
        checksumSHA256: String? = nil
    ) {
        self.key = key
        self.sizeBytes = sizeBytes
        self.eTag = eTag
        self.versionID = versionID
        self.checksumSHA256 = checksumSHA256
    }
}

/// What must hold for an object to be stored; otherwise the error is `PreconditionFailed`.
///
/// When the answer to a request is lost and it is sent again, it can fail because it had succeeded.
public enum S3WriteCondition: Sendable, Hashable {
    /// `If-None-Match: *`: nothing is there under that key.
    case isMissing
    /// `If-Match`: the newest version has that ETag, given without quotes.
    case hasETag(String)
}

/// The operations of S3 on objects; on uploads in parts see S3Multipart.swift.
///
/// Buckets are addressed by host name. By path when their name has a dot, for which AWS has no
/// certificate, and at an endpoint that is an address, this machine, or a name without a dot.
public struct S3: Sendable {
    /// PutObject's and UploadPart's limit, 5 GiB.
    public static let maximumPutBytes = 5 << 30

    public let client: AWSClient

    public init(_ client: AWSClient = AWSClient()) { self.client = client }

    /// The newest version, or that one; nil when there is none.
    /// - Parameter withChecksum: also ask for the checksum that S3 keeps.
    public func headObject(
        bucket: String, key: String, versionID: String? = nil, withChecksum: Bool = false
    ) throws(AWSError) -> S3Object? {
        var request = try request(
            "HeadObject", "HEAD", bucket, key, versionID.map { [("versionId", $0)] } ?? [])
        if withChecksum { request.transfer.request.headers["x-amz-checksum-mode"] = "ENABLED" }
        do throws(AWSError) {
            return S3Object(key: key, try client.send(request))
        } catch {
            if error.httpStatus == 404 { return nil }
            throw error
        }
    }

    /// A request for an object, or a range of its bytes, to be sent with others.
    /// - Parameters:
    ///   - range: the offsets of the bytes; must lie within the object, an answer with fewer bytes
    ///     counts as cut short.
    ///   - ifMatch: the ETag, without quotes, that the object must have; otherwise status 412.
    ///   - destination: where the bytes go; nil for the answer's body.
    public func getObjectRequest(
        bucket: String, key: String, range: Range<Int>? = nil, ifMatch: String? = nil,
        versionID: String? = nil, into destination: UnsafeMutableRawBufferPointer? = nil
    ) throws(AWSError) -> AWSRequest {
        var request = try request(
            "GetObject", "GET", bucket, key, versionID.map { [("versionId", $0)] } ?? [])
        if let range {
            request.transfer.request.headers["Range"] =
                "bytes=\(range.lowerBound)-\(range.upperBound - 1)"
            request.expectedBodyBytes = range.count
            request.allowTime(forBytes: range.count)
        }
        if let ifMatch { request.transfer.request.headers["If-Match"] = "\"\(ifMatch)\"" }
        request.transfer.destination = destination
        return request
    }

    /// Stores an object whole, up to 5 GiB. S3 compares its SHA-256 before it accepts it.
    /// - Parameter metadata: names of lower-case letters, digits and hyphens; values of ASCII.
    public func putObject(
        bucket: String, key: String, bytes: UnsafeRawBufferPointer,
        condition: S3WriteCondition? = nil, metadata: [String: String] = [:]
    ) throws(AWSError) -> S3Object {
        var request = try request("PutObject", "PUT", bucket, key)
        request.setUpload(bytes)
        request.transfer.request.headers["Content-Type"] = "application/octet-stream"
        request.set(condition)
        request.setMetadata(metadata)
        var object = S3Object(key: key, try client.send(request))
        object.sizeBytes = bytes.count
        return object
    }

    /// Deletes the object; one that is not there is no error.
    public func deleteObject(bucket: String, key: String) throws(AWSError) {
        _ = try client.send(try request("DeleteObject", "DELETE", bucket, key))
    }

    /// All keys with the prefix, sorted by their UTF-8 bytes; a request per thousand.
    public func listObjectsV2(bucket: String, prefix: String) throws(AWSError) -> [S3Object] {
        var objects: [S3Object] = []
        var token: String?
        repeat {
            var query = [("encoding-type", "url"), ("list-type", "2"), ("prefix", prefix)]
            if let token { query.append(("continuation-token", token)) }
            let request = try request("ListObjectsV2", "GET", bucket, nil, query)
            let answer = try client.send(request)
            // A token that comes again would be followed for ever.
            guard let page = S3Listing(answer.body),
                !page.isTruncated || page.nextToken != nil && page.nextToken != token
            else { throw .unreadable(answer, request) }
            objects += page.objects
            token = page.isTruncated ? page.nextToken : nil
        } while token != nil
        return objects
    }

    /// A request for a bucket, or for an object in it.
    func request(
        _ operation: String, _ method: String, _ bucket: String, _ key: String?,
        _ query: [(String, String)] = []
    ) throws(AWSError) -> AWSRequest {
        guard Self.isBucketName(bucket), key?.isEmpty != true else {
            throw AWSError(
                "InvalidBucketName", "no bucket or no key: \(bucket.debugDescription)",
                "S3 \(operation)")
        }
        let endpoint = try client.configuration.endpoint(.s3)
        let parts = URLParts(endpoint)
        var url =
            bucket.contains(".") || Self.wantsPathStyle(parts.authority)
            ? "\(endpoint)/\(bucket)/"
            : "\(parts.scheme)://\(bucket).\(parts.authority)\(parts.path == "/" ? "" : parts.path)/"
        if let key { url += uriEncoded(key.utf8, keepingSlash: true) }
        if !query.isEmpty {
            let parameters = query.map { "\($0.0)=\(uriEncoded($0.1.utf8))" }
            url += "?" + parameters.joined(separator: "&")
        }
        var request = HTTPRequest(method, url)
        request.idleTimeoutSeconds = AWSRequest.idleTimeoutSeconds
        return AWSRequest(.s3, operation, HTTPTransfer(request))
    }

    private static func isBucketName(_ name: String) -> Bool {
        name.utf8.count >= 3 && ASCIISet.lettersAndDigits.union("-._").contains(allOf: name)
    }

    /// Whether a bucket cannot become part of an endpoint's host name.
    static func wantsPathStyle(_ authority: String) -> Bool {
        if authority.hasPrefix("[") { return true }
        let host = authority.prefix { $0 != ":" }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        return labels.count == 1 || labels.last == "localhost"
            || labels.count == 4 && labels.allSatisfy { UInt8($0) != nil }
    }
}

extension AWSRequest {
    /// As long as a slow line of 1 MB/s takes, on top of what every request has.
    mutating func allowTime(forBytes count: Int) {
        transfer.request.timeoutSeconds =
            HTTPRequest.defaultTimeoutSeconds + Double(count) / 1e6
    }

    /// Sends these bytes with their SHA-256, which S3 compares.
    mutating func setUpload(_ bytes: UnsafeRawBufferPointer, sha256: [UInt8]? = nil) {
        let digest = sha256 ?? HashAlgorithm.sha256.digest(of: bytes)
        transfer.upload = bytes
        payloadSHA256 = digest
        transfer.request.headers["x-amz-sdk-checksum-algorithm"] = "SHA256"
        transfer.request.headers["x-amz-checksum-sha256"] = Base64.encode(digest)
        allowTime(forBytes: bytes.count)
    }

    mutating func setMetadata(_ metadata: [String: String]) {
        for (name, value) in metadata {
            transfer.request.headers["x-amz-meta-" + name] = value
        }
    }

    mutating func set(_ condition: S3WriteCondition?) {
        switch condition {
        case .isMissing?: transfer.request.headers["If-None-Match"] = "*"
        case .hasETag(let eTag)?: transfer.request.headers["If-Match"] = "\"\(eTag)\""
        case nil: break
        }
    }
}
