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
    let digits = Array("0123456789ABCDEF".utf8)
    var encoded: [UInt8] = []
    for byte in bytes {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "~"):
            encoded.append(byte)
        case UInt8(ascii: "/") where keepingSlash: encoded.append(byte)
        default:
            encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
    return String(decoding: encoded, as: UTF8.self)
}

/// Undoes percent-encoding; a `%` without two hexadecimal digits stays. A `+` is a plus.
func uriDecoded(_ bytes: some Collection<UInt8>) -> [UInt8] {
    let bytes = Array(bytes)
    var decoded: [UInt8] = []
    var at = 0
    while at < bytes.count {
        if bytes[at] == UInt8(ascii: "%"), at + 2 < bytes.count,
            let high = hexadecimalValue(bytes[at + 1]), let low = hexadecimalValue(bytes[at + 2])
        {
            decoded.append(high << 4 | low)
            at += 3
        } else {
            decoded.append(bytes[at])
            at += 1
        }
    }
    return decoded
}

private func hexadecimalValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
}
