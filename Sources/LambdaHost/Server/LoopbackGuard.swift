/// Which requests may be answered at all: those of programs on this machine, not those that a web
/// page makes a browser send.
///
/// A page cannot reach 127.0.0.1 under another name (DNS rebinding shows in `Host`) and cannot send
/// from another origin (`Origin`, RFC 6454 §7).
struct LoopbackGuard {
    /// Names that mean this machine and can be resolved to nothing else.
    static let hosts: Set = ["127.0.0.1", "localhost", "[::1]"]

    /// Why the request is refused; nil when it may be answered.
    static func refusal(host: String?, origin: String?) -> ServerResponse? {
        guard let host else { return .text(400, "The Host header is missing.") }
        guard hosts.contains(name(in: host)) else {
            return .text(403, "This server answers to 127.0.0.1 and localhost only.")
        }
        if let origin, origin.lowercased() != "http://" + host.lowercased() {
            return .text(403, "Requests from web pages elsewhere are not answered.")
        }
        return nil
    }

    /// The host without its port, in lower case.
    private static func name(in host: String) -> String {
        let host = host.lowercased()
        guard let colon = host.lastIndex(of: ":"), host[colon...].dropFirst().allSatisfy(\.isNumber)
        else { return host }
        return String(host[..<colon])
    }
}
