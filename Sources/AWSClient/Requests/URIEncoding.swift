import System
/// The pieces of an absolute URL, as written.
struct URLParts: Hashable {
    var scheme: String
    /// Host, with the port when there is one.
    var authority: String
    /// Starts with a slash.
    var path: String
    /// Behind the question mark; empty when there is none.
    var query: String

    init(_ url: String) {
        var rest = Substring(url).utf8
        if let end = rest.firstOccurrence(of: "://".utf8) {
            scheme = String(Substring(rest[..<end.lowerBound]))
            rest = rest[end.upperBound...]
        } else {
            scheme = ""
        }
        if let hash = rest.firstIndex(of: UInt8(ascii: "#")) { rest = rest[..<hash] }
        query = ""
        if let mark = rest.firstIndex(of: UInt8(ascii: "?")) {
            query = String(Substring(rest[rest.index(after: mark)...]))
            rest = rest[..<mark]
        }
        let slash = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        authority = String(Substring(rest[..<slash]))
        path = slash == rest.endIndex ? "/" : String(Substring(rest[slash...]))
    }

    /// What a client sends as `Host`: the port only where it is not the scheme's own.
    var host: String {
        let usual = scheme == "https" ? ":443" : ":80"
        return authority.hasSuffix(usual) ? String(authority.dropLast(usual.count)) : authority
    }
}

/// AWS's `UriEncode`: every byte but the unreserved ones of RFC 3986 §2.3 as `%XX`.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>
func uriEncoded(_ bytes: some Sequence<UInt8>, keepingSlash: Bool = false) -> String {
    let unreserved = PercentEncoding.unreserved
    return PercentEncoding.encode(bytes, keeping: keepingSlash ? unreserved.union("/") : unreserved)
}
