import HTTP

extension S3Object {
    init(key: String, _ answer: HTTPResponse) {
        let versionID = answer.headers["x-amz-version-id"]
        self.init(
            key: key, sizeBytes: answer.headers["Content-Length"].flatMap { Int($0) } ?? 0,
            eTag: answer.headers["ETag"].map(Self.unquoted),
            // "null" is what an object has that was stored before versions were kept.
            versionID: versionID == "" ? nil : versionID)
    }

    static func unquoted(_ eTag: String) -> String {
        eTag.count >= 2 && eTag.hasPrefix("\"") && eTag.hasSuffix("\"")
            ? String(eTag.dropFirst().dropLast()) : eTag
    }
}

/// A page of ListObjectsV2, with keys in `encoding-type=url`.
struct S3Listing {
    var objects: [S3Object] = []
    var isTruncated = false
    var nextToken: String?

    /// Nil when it is no listing.
    init?(_ bytes: [UInt8]) {
        var objects: [S3Object] = []
        var isTruncated = false
        var nextToken: String?
        var isEncoded = false
        let isWhole = XMLPullParser.forEachLeaf(
            bytes,
            starting: { path in
                if path == ["ListBucketResult", "Contents"] {
                    objects.append(S3Object(key: "", sizeBytes: 0))
                }
            },
            { path, text in
                guard path.first == "ListBucketResult" else { return }
                switch path.dropFirst().joined(separator: "/") {
                case "IsTruncated": isTruncated = text == "true"
                case "NextContinuationToken": nextToken = text
                case "EncodingType": isEncoded = text == "url"
                case "Contents/Key": objects[objects.count - 1].key = text
                case "Contents/Size": objects[objects.count - 1].sizeBytes = Int(text) ?? 0
                case "Contents/ETag":
                    objects[objects.count - 1].eTag = S3Object.unquoted(text)
                default: break
                }
            })
        guard isWhole else { return nil }
        if isEncoded {
            for index in objects.indices {
                // Here, unlike in a path, a plus is a space.
                let spaced = objects[index].key.utf8.map {
                    $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0
                }
                objects[index].key = String(decoding: uriDecoded(spaced), as: UTF8.self)
            }
        }
        (self.objects, self.isTruncated, self.nextToken) = (objects, isTruncated, nextToken)
    }
}

extension AWSError {
    /// S3's error, which a HEAD request gets as its status only.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
    init(xml answer: HTTPResponse, _ request: AWSRequest) {
        var code: String?
        var message: String?
        var requestID = answer.awsRequestID
        _ = XMLPullParser.forEachLeaf(answer.body) { path, text in
            // The services of the query protocol have `ErrorResponse` around it.
            switch path.first == "ErrorResponse" ? Array(path.dropFirst()) : path {
            case ["Error", "Code"]: code = text
            case ["Error", "Message"]: message = text
            case ["Error", "RequestId"], ["RequestId"]: requestID = requestID ?? text
            default: break
            }
        }
        let usual =
            switch answer.status {
            case 301: "PermanentRedirect"
            case 403: "AccessDenied"
            case 404: "NoSuchKey"
            case 412: "PreconditionFailed"
            case 503: "SlowDown"
            default: "HTTP\(answer.status)"
            }
        self.init(
            code ?? usual, message ?? "status \(answer.status)", request.name,
            httpStatus: answer.status, requestID: requestID)
    }
}
