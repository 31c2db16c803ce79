/// A request as it goes out. `Host`, `Content-Length` and `User-Agent` are added by the client.
public struct HTTPRequest: Sendable, Hashable {
    /// Time for everything from the resolver to the last byte, unless a request says otherwise.
    public static let defaultTimeoutSeconds = 60.0
    /// The longest body taken into memory, unless a request says otherwise.
    public static let defaultMaximumBodyBytes = 1 << 30

    public var method: String
    /// `http` or `https`, percent-encoded where needed; sent as it is, `.` and `..` are not resolved.
    public var url: String
    public var headers: HTTPHeaders
    public var body: [UInt8]
    /// Time for the whole exchange; nil waits for ever, as the long poll of a Lambda runtime must.
    public var timeoutSeconds: Double?
    /// Longest time with less than ``idleBytesPerSecond`` either way; nil for none. A timeout as well.
    public var idleTimeoutSeconds: Double?
    static let idleBytesPerSecond = 16
    /// An answer with a longer body is an error.
    public var maximumBodyBytes: Int

    public init(
        _ method: String, _ url: String, headers: HTTPHeaders = [:], body: [UInt8] = [],
        timeoutSeconds: Double? = defaultTimeoutSeconds,
        maximumBodyBytes: Int = defaultMaximumBodyBytes
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeoutSeconds = timeoutSeconds
        self.maximumBodyBytes = maximumBodyBytes
    }
}

/// A request together with memory of the caller's, which must stay valid until it is answered.
public struct HTTPTransfer {
    public var request: HTTPRequest
    /// Sent as the body in place of the request's own; spares a copy of something large.
    public var upload: UnsafeRawBufferPointer?
    /// Takes the body of an answer with status 2xx; one that is longer than this is an error. Bodies
    /// of other answers go to ``HTTPResponse/body`` as ever.
    public var destination: UnsafeMutableRawBufferPointer?

    public init(
        _ request: HTTPRequest, upload: UnsafeRawBufferPointer? = nil,
        destination: UnsafeMutableRawBufferPointer? = nil
    ) {
        self.request = request
        self.upload = upload
        self.destination = destination
    }
}

/// An answer, whatever its status.
public struct HTTPResponse: Sendable, Hashable {
    public var status: Int
    public var headers: HTTPHeaders
    /// Empty when the body went into the caller's memory.
    public var body: [UInt8]
    /// The length of the body as received, wherever it went.
    public var bodyBytes: Int

    public init(status: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
        bodyBytes = body.count
    }

    public var isSuccess: Bool { 200...299 ~= status }
    /// The body as text; invalid UTF-8 is replaced.
    public var text: String { String(decoding: body, as: UTF8.self) }
}
