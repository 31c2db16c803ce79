import HTTP
import System

extension S3Object {
    init(key: String, _ answer: HTTPResponse) {
        let versionID = answer.headers["x-amz-version-id"]
        self.init(
            key: key, sizeBytes: answer.headers["Content-Length"].flatMap { Int($0) } ?? 0,
            eTag: answer.headers["ETag"].map(Self.unquoted),
            // "null" is what an object has that was stored before versions were kept.
            versionID: versionID == "" ? nil : versionID,
            checksumSHA256: answer.headers["x-amz-checksum-sha256"])
        for field in answer.headers.fields {
            let name = field.name.lowercased()
            guard name.hasPrefix("x-amz-meta-") else { continue }
            metadata[String(name.dropFirst("x-amz-meta-".utf8.count))] = field.value
        }
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
            for index in objects.indices { objects[index].key = Self.decoded(objects[index].key) }
        }
        (self.objects, self.isTruncated, self.nextToken) = (objects, isTruncated, nextToken)
    }

    /// A key in `encoding-type=url`, where, unlike in a path, a plus is a space.
    static func decoded(_ key: String) -> String {
        let spaced = key.utf8.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
        return String(decoding: PercentEncoding.decode(spaced), as: UTF8.self)
    }
}

/// A page of ListParts.
struct S3PartListing {
    var parts: [S3Part] = []
    /// Nil on the last page.
    var nextMarker: String?

    /// Nil when it is no such page.
    init?(_ bytes: [UInt8]) {
        var parts: [S3Part] = []
        var fields: [String: String] = [:]
        let isWhole = XMLPullParser.forEachLeaf(
            bytes,
            starting: { path in
                if path.count == 2, path[1] == "Part" {
                    parts.append(S3Part(number: 0, eTag: "", sizeBytes: 0))
                }
            },
            { path, text in
                // Emulators name the root otherwise.
                guard path[0].hasPrefix("ListParts") else { return }
                guard path.count == 3, path[1] == "Part" else {
                    fields[path[path.count - 1]] = text
                    return
                }
                switch path[2] {
                case "PartNumber": parts[parts.count - 1].number = Int(text) ?? 0
                case "ETag": parts[parts.count - 1].eTag = S3Object.unquoted(text)
                case "Size": parts[parts.count - 1].sizeBytes = Int(text) ?? 0
                case "ChecksumSHA256": parts[parts.count - 1].checksumSHA256 = text
                default: break
                }
            })
        guard isWhole, let isTruncated = fields["IsTruncated"] else { return nil }
        if isTruncated == "true" {
            guard let marker = fields["NextPartNumberMarker"] else { return nil }
            nextMarker = marker
        }
        self.parts = parts
    }
}

extension AWSError {
    static func unreadable(_ answer: HTTPResponse, _ request: AWSRequest) -> AWSError {
        AWSError(
            "InvalidAnswer", "the answer cannot be read", request.name,
            httpStatus: answer.status, requestID: answer.awsRequestID)
    }

    /// The error in an answer with status 200; nil when it has none.
    init?(within answer: HTTPResponse, _ request: AWSRequest) {
        var isError = false
        _ = XMLPullParser.forEachLeaf(
            answer.body, starting: { path in if path == ["Error"] { isError = true } }
        ) { _, _ in }
        guard isError else { return nil }
        self.init(xml: answer, request)
    }

    /// The error of S3 or STS, which a HEAD request gets as its status only.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
    init(xml answer: HTTPResponse, _ request: AWSRequest) {
        var code: String?
        var message: String?
        var requestID = answer.awsRequestID
        _ = XMLPullParser.forEachLeaf(answer.body) { path, text in
            // STS has its error within an ErrorResponse.
            switch path.first == "ErrorResponse" ? path.dropFirst() : path[...] {
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
        var text = message ?? "status \(answer.status)"
        if [301, 400].contains(answer.status), let region = answer.headers["x-amz-bucket-region"] {
            text += "; the bucket is in region \(region)"
        }
        self.init(
            code ?? usual, text, request.name,
            httpStatus: answer.status, requestID: requestID)
    }
}
