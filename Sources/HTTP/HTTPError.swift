import System
/// Why a request got no answer. An answer with any status is not an error here.
public struct HTTPError: Error, Sendable, Hashable, CustomStringConvertible {
    /// libcurl's number, <https://curl.se/libcurl/c/libcurl-errors.html>; negative for our own.
    public struct Code: RawRepresentable, Sendable, Hashable {
        public let rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }

        /// A URL, method or header field that cannot be sent as it is: a line break or NUL in it.
        public static let invalidRequest = Code(rawValue: -1)
        /// A body longer than the request allows, or than the memory given for it.
        public static let bodyTooLong = Code(rawValue: -2)
        /// More than 256 KiB of header fields.
        public static let headersTooLong = Code(rawValue: -3)
        public static let couldNotResolve = Code(rawValue: 6)
        public static let couldNotConnect = Code(rawValue: 7)
        /// The connection ended before the announced end of the body.
        public static let partialBody = Code(rawValue: 18)
        public static let timedOut = Code(rawValue: 28)
        public static let tlsHandshakeFailed = Code(rawValue: 35)
        /// The connection ended without an answer.
        public static let emptyAnswer = Code(rawValue: 52)
        public static let sendFailed = Code(rawValue: 55)
        public static let receiveFailed = Code(rawValue: 56)
        public static let certificateRefused = Code(rawValue: 60)
    }

    public var code: Code
    /// The method and the URL without credentials and query.
    public var operation: String
    public var message: String

    init(_ code: Code, _ request: HTTPRequest, _ message: String) {
        self.code = code
        self.message = message
        operation = "\(request.method) \(Self.withoutSecrets(request.url))"
    }

    public var description: String { "\(operation): \(message)" }

    /// Whether the same request may well succeed a little later.
    public var isTransient: Bool {
        let transient: [Code] = [
            .couldNotResolve, .couldNotConnect, .partialBody, .timedOut, .emptyAnswer, .sendFailed,
            .receiveFailed, .tlsHandshakeFailed,
        ]
        return transient.contains(code)
    }

    /// Whether nobody listens there, or whoever did has gone in the middle of the exchange.
    public var isPeerGone: Bool {
        [.couldNotConnect, .partialBody, .emptyAnswer, .sendFailed, .receiveFailed].contains(code)
    }

    static func withoutSecrets(_ url: String) -> String {
        var kept = url.prefix { $0 != "?" && $0 != "#" }
        if let scheme = kept.utf8.firstOccurrence(of: "://".utf8) {
            let authority = kept[scheme.upperBound...].prefix { $0 != "/" }
            if let at = authority.lastIndex(of: "@") {
                kept = kept[..<scheme.upperBound] + kept[kept.index(after: at)...]
            }
        }
        return String(kept)
    }
}
