import HTTP
import Digest
import System

/// Signature Version 4 in the `Authorization` header.
///
/// The functions are AWS's steps, named as in
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.
/// Not supported: presigned URLs, chunked uploads, SigV4a.
struct SigV4 {
    static let algorithm = "AWS4-HMAC-SHA256"

    var credentials: AWSCredentials
    var region: String
    /// The service's signing name.
    var service: String
    /// S3 signs its paths as they are sent; all other services remove dot segments and encode the
    /// path that is sent once more.
    var isS3: Bool { service == "s3" }

    /// Adds `X-Amz-Date`, `X-Amz-Security-Token`, for S3 `X-Amz-Content-Sha256`, and
    /// `Authorization`.
    func sign(_ request: inout HTTPRequest, payloadHash: String, at time: Timestamp) {
        let date = Self.dateTime(time)
        request.headers["X-Amz-Date"] = date
        if let token = credentials.sessionToken { request.headers["X-Amz-Security-Token"] = token }
        if isS3 { request.headers["X-Amz-Content-Sha256"] = payloadHash }
        let canonical = canonicalRequest(request, payloadHash: payloadHash)
        let string = stringToSign(canonicalRequest: canonical.text, dateTime: date)
        let signature = signature(stringToSign: string, dateTime: date)
        request.headers["Authorization"] =
            "\(Self.algorithm) Credential=\(credentials.accessKeyID)/\(scope(date)), "
            + "SignedHeaders=\(canonical.signedHeaders), Signature=\(signature)"
    }

    /// Step 1. All headers of the request are signed, and `host`.
    func canonicalRequest(
        _ request: HTTPRequest, payloadHash: String
    ) -> (text: String, signedHeaders: String) {
        let url = URLParts(request.url)
        var values: [(name: String, values: [String])] = []
        var fields = request.headers.fields.map { ($0.name.lowercased(), $0.value) }
        if !fields.contains(where: { $0.0 == "host" }) { fields.append(("host", url.host)) }
        for (name, value) in fields {
            if let at = values.firstIndex(where: { $0.name == name }) {
                values[at].values.append(Self.trimmedAll(value))
            } else {
                values.append((name, [Self.trimmedAll(value)]))
            }
        }
        values.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        let signedHeaders = values.map(\.name).joined(separator: ";")
        let headerLines = values.map { "\($0.name):\($0.values.joined(separator: ","))\n" }
        let text = [
            request.method, canonicalURI(url.path), canonicalQueryString(url.query),
            headerLines.joined(), signedHeaders, payloadHash,
        ].joined(separator: "\n")
        return (text, signedHeaders)
    }

    /// Steps 2 and 3.
    func stringToSign(canonicalRequest: String, dateTime: String) -> String {
        let hash = sha256Hexadecimal(canonicalRequest)
        return "\(Self.algorithm)\n\(dateTime)\n\(scope(dateTime))\n\(hash)"
    }

    /// Step 4.
    func signingKey(dateTime: String) -> [UInt8] {
        let dateKey = hmacSHA256(
            key: Array("AWS4\(credentials.secretAccessKey)".utf8), String(dateTime.prefix(8)))
        let regionKey = hmacSHA256(key: dateKey, region)
        let serviceKey = hmacSHA256(key: regionKey, service)
        return hmacSHA256(key: serviceKey, "aws4_request")
    }

    /// Step 5.
    func signature(stringToSign: String, dateTime: String) -> String {
        Hexadecimal.encode(hmacSHA256(key: signingKey(dateTime: dateTime), stringToSign))
    }

    private func scope(_ dateTime: String) -> String {
        "\(dateTime.prefix(8))/\(region)/\(service)/aws4_request"
    }

    private func canonicalURI(_ path: String) -> String {
        if isS3 { return path }
        var kept: [Substring.UTF8View] = []
        let segments = Substring(path).utf8.split(separator: UInt8(ascii: "/"))
        for segment in segments {
            if segment.elementsEqual("..".utf8) {
                _ = kept.popLast()
            } else if !segment.elementsEqual(".".utf8) {
                kept.append(segment)
            }
        }
        // A path that ends in a slash, or in a dot segment, names a directory.
        let isDirectory =
            path.hasSuffix("/")
            || segments.last.map { [".", ".."].contains(String(Substring($0))) } == true
        let joined = "/" + kept.map { uriEncoded($0) }.joined(separator: "/")
        return isDirectory && !kept.isEmpty ? joined + "/" : joined
    }

    private func canonicalQueryString(_ query: String) -> String {
        let parameters = query.utf8.split(separator: UInt8(ascii: "&")).map { parameter in
            let equals = parameter.firstIndex(of: UInt8(ascii: "="))
            let name = uriEncoded(
                PercentEncoding.decode(parameter[..<(equals ?? parameter.endIndex)]))
            let value = equals.map {
                uriEncoded(PercentEncoding.decode(parameter[parameter.index(after: $0)...]))
            }
            return (name, value ?? "")
        }
        return parameters.sorted { $0 < $1 }.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    }

    /// Without spaces at the ends, with runs of spaces within made one.
    private static func trimmedAll(_ value: String) -> String {
        value.utf8.split { $0 == 0x20 || $0 == 0x09 }.map { String(Substring($0)) }
            .joined(separator: " ")
    }

    /// `20150830T123600Z`.
    static func dateTime(_ time: Timestamp) -> String {
        time.iso8601.prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
    }
}
