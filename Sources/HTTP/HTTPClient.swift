import CCurl
import Synchronization

/// An HTTP/1.1 client that keeps connections alive, one for each thread that uses it at a time.
///
/// Blocking; may be used by many threads. Not supported, on purpose: proxies (also those of the
/// environment), redirects, cookies, compression, HTTP/2. A request whose kept connection turns out
/// to be dead before any byte of an answer is sent once more on a new one.
public final class HTTPClient: Sendable {
    /// Time for the resolver, TCP and TLS.
    public let connectTimeoutSeconds: Double
    private let idle = Mutex<[EasyHandle]>([])
    private let idleGroups = Mutex<[MultiHandle]>([])

    public init(connectTimeoutSeconds: Double = 5) {
        self.connectTimeoutSeconds = connectTimeoutSeconds
    }

    /// Sends a request and waits for the whole answer.
    public func perform(_ request: HTTPRequest) throws(HTTPError) -> HTTPResponse {
        try perform(HTTPTransfer(request))
    }

    /// Sends a request whose bodies may lie in the caller's memory, and waits for the whole answer.
    public func perform(_ transfer: HTTPTransfer) throws(HTTPError) -> HTTPResponse {
        _ = LibCurl.certificateBundle
        let easy = idle.withLock { $0.popLast() } ?? EasyHandle()
        defer { idle.withLock { $0.append(easy) } }
        try easy.prepare(transfer, connectTimeoutSeconds: connectTimeoutSeconds)
        let code =
            if transfer.request.url.hasPrefix("http:") {
                curl_easy_perform(easy.handle)
            } else {
                withoutBrokenPipeSignal { curl_easy_perform(easy.handle) }
            }
        return try easy.finish(code).get()
    }

    /// Sends many requests side by side, from one thread.
    /// - Parameter atMost: how many are under way at a time, at least one.
    /// - Returns: the outcome of each, in the order of the requests.
    public func performAll(
        _ requests: [HTTPRequest], atMost limit: Int
    ) -> [Result<HTTPResponse, HTTPError>] {
        performAll(requests.map { HTTPTransfer($0) }, atMost: limit)
    }

    /// ``performAll(_:atMost:)-([HTTPRequest],_)`` with bodies in the caller's memory.
    public func performAll(
        _ transfers: [HTTPTransfer], atMost limit: Int
    ) -> [Result<HTTPResponse, HTTPError>] {
        _ = LibCurl.certificateBundle
        let group = idleGroups.withLock { $0.popLast() } ?? MultiHandle()
        defer { idleGroups.withLock { $0.append(group) } }
        return withoutBrokenPipeSignal {
            group.perform(
                transfers, atMost: max(1, limit), connectTimeoutSeconds: connectTimeoutSeconds)
        }
    }
}
