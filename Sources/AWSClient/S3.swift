import HTTP

/// One version of an object, as S3's header fields tell it.
public struct S3Object: Sendable, Hashable {
    public var key: String
    public var sizeBytes: Int
    /// Without its quotes.
    public var eTag: String?
    /// Nil in a bucket without versions.
    public var versionID: String?
}

/// The operations of S3 on objects.
///
/// Buckets are addressed by host name at AWS, by path at a configured endpoint and when their name
/// has a dot, for which AWS has no certificate.
public struct S3: Sendable {
    public let client: AWSClient

    public init(_ client: AWSClient = AWSClient()) { self.client = client }

    /// The newest version, or that one; nil when there is none.
    public func headObject(
        bucket: String, key: String, versionID: String? = nil
    ) throws(AWSError) -> S3Object? {
        let request = try request(
            "HeadObject", "HEAD", bucket, key, versionID.map { [("versionId", $0)] } ?? [])
        do throws(AWSError) {
            return S3Object(key: key, try client.send(request))
        } catch {
            if error.httpStatus == 404 { return nil }
            throw error
        }
    }

    /// A request for an object, or a range of its bytes, to be sent with others.
    /// - Parameters:
    ///   - range: the offsets of the bytes.
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
        }
        if let ifMatch { request.transfer.request.headers["If-Match"] = "\"\(ifMatch)\"" }
        request.transfer.destination = destination
        return request
    }

    /// Stores an object whole, up to 5 GB.
    public func putObject(
        bucket: String, key: String, bytes: UnsafeRawBufferPointer
    ) throws(AWSError) -> S3Object {
        var request = try request("PutObject", "PUT", bucket, key)
        request.transfer.upload = bytes
        request.transfer.request.headers["Content-Type"] = "application/octet-stream"
        // As long as a slow line of 1 MB/s takes.
        request.transfer.request.timeoutSeconds =
            HTTPRequest.defaultTimeoutSeconds + Double(bytes.count) / 1e6
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
            guard let page = S3Listing(answer.body), !page.isTruncated || page.nextToken != nil
            else {
                throw AWSError(
                    "InvalidAnswer", "the listing cannot be read", request.name,
                    httpStatus: answer.status, requestID: answer.awsRequestID)
            }
            objects += page.objects
            token = page.isTruncated ? page.nextToken : nil
        } while token != nil
        return objects
    }

    private func request(
        _ operation: String, _ method: String, _ bucket: String, _ key: String?,
        _ query: [(String, String)] = []
    ) throws(AWSError) -> AWSRequest {
        let allowed = bucket.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard allowed, bucket.utf8.count >= 3, key?.isEmpty != true else {
            throw AWSError(
                "InvalidBucketName", "no bucket or no key: \(bucket.debugDescription)",
                "S3 \(operation)")
        }
        let endpoint = try client.configuration.endpoint(.s3)
        var url: String
        if client.configuration.configuredEndpoint(.s3) != nil || bucket.contains(".") {
            url = "\(endpoint)/\(bucket)/"
        } else {
            let parts = URLParts(endpoint)
            url = "\(parts.scheme)://\(bucket).\(parts.authority)/"
        }
        if let key { url += uriEncoded(key.utf8, keepingSlash: true) }
        if !query.isEmpty {
            let parameters = query.map { "\($0.0)=\(uriEncoded($0.1.utf8))" }
            url += "?" + parameters.joined(separator: "&")
        }
        return AWSRequest(.s3, operation, HTTPTransfer(HTTPRequest(method, url)))
    }
}
