import CMicroHTTPD
import Glibc
import Synchronization
public import System

/// An HTTP/1.1 server on 127.0.0.1, for programs on this machine only.
///
/// Every connection has a thread, so a handler may block for as long as it likes.
///
/// Not supported: TLS, IPv6, streaming of bodies, requests of web pages elsewhere (``LoopbackGuard``).
public final class LoopbackServer: Sendable {
    public typealias Handler = @Sendable (ServerRequest) -> ServerResponse

    /// Longer request bodies are answered 413; Lambda's 6 MiB and its envelope fit.
    public static let maximumBodyBytes = 8 << 20
    /// Further connections are closed at once.
    static let maximumConnections: UInt32 = 2000

    /// The port it listens on.
    public let port: UInt16
    private nonisolated(unsafe) let daemon: OpaquePointer
    private let handler: HandlerReference
    private let isStopped = Atomic(false)

    /// Starts to listen and to answer.
    /// - Parameter port: 0 for one that is free.
    /// - Throws: ``SystemError`` when the port is taken.
    public init(port: UInt16 = 0, handler: @escaping Handler) throws(SystemError) {
        let listener = try Self.listen(port)
        self.port = try Self.boundPort(listener)
        self.handler = HandlerReference(handler)
        let context = Unmanaged.passUnretained(self.handler).toOpaque()
        guard
            let daemon = sluice_start_daemon(
                listener, receive, complete, context, Self.maximumConnections)
        else {
            let code = errno
            close(listener)
            throw SystemError("MHD_start_daemon", "127.0.0.1:\(self.port)", errno: code)
        }
        self.daemon = daemon
    }

    /// Stops listening, lets handlers that are at work finish, then closes all connections.
    ///
    /// Whoever blocks handlers must let them go first.
    public func stop() {
        if !isStopped.exchange(true, ordering: .acquiringAndReleasing) { MHD_stop_daemon(daemon) }
    }

    deinit { stop() }

    private static func listen(_ port: UInt16) throws(SystemError) -> Int32 {
        let subject = "127.0.0.1:\(port)"
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = try retryingInterrupts("socket", subject) { socket(AF_INET, type, 0) }
        do throws(SystemError) {
            var on: Int32 = 1
            setsockopt(
                descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
            _ = try withUnsafePointer(to: &address) { address throws(SystemError) in
                try address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    address throws(SystemError) in
                    try retryingInterrupts("bind", subject) {
                        bind(descriptor, address, socklen_t(MemoryLayout<sockaddr_in>.size))
                    }
                }
            }
            try retryingInterrupts("listen", subject) { Glibc.listen(descriptor, SOMAXCONN) }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func boundPort(_ descriptor: Int32) throws(SystemError) -> UInt16 {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &size)
            }
        }
        guard code == 0 else { throw SystemError("getsockname", "127.0.0.1") }
        return UInt16(bigEndian: address.sin_port)
    }
}

private final class HandlerReference: Sendable {
    let handler: LoopbackServer.Handler
    init(_ handler: @escaping LoopbackServer.Handler) { self.handler = handler }
}

/// A request while its body arrives; one thread has it.
private final class PartialRequest {
    var body: [UInt8] = []
    var isTooLarge = false
}

/// MHD_AccessHandlerCallback: once for the header, once for every piece of the body, once at the end.
private func receive(
    context: UnsafeMutableRawPointer?, connection: OpaquePointer?, url: UnsafePointer<CChar>?,
    method: UnsafePointer<CChar>?, version: UnsafePointer<CChar>?, data: UnsafePointer<CChar>?,
    size: UnsafeMutablePointer<Int>?, state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let context, let connection, let url, let method, let size, let state else {
        return .NO
    }
    guard let started = state.pointee else {
        let headers = values(of: connection, .HEADER_KIND)
        if let refusal = earlyRefusal(headers) { return answer(connection, refusal) }
        state.pointee = Unmanaged.passRetained(PartialRequest()).toOpaque()
        return .YES
    }
    let partial = Unmanaged<PartialRequest>.fromOpaque(started).takeUnretainedValue()
    if size.pointee > 0 {
        if partial.body.count + size.pointee > LoopbackServer.maximumBodyBytes {
            partial.isTooLarge = true
            partial.body = []
        }
        if !partial.isTooLarge {
            partial.body.append(
                contentsOf: UnsafeRawBufferPointer(start: data, count: size.pointee))
        }
        size.pointee = 0
        return .YES
    }
    if partial.isTooLarge { return answer(connection, tooLarge) }
    let request = ServerRequest(
        method: String(cString: method), path: String(cString: url),
        query: values(of: connection, .GET_ARGUMENT_KIND),
        headers: values(of: connection, .HEADER_KIND), body: partial.body)
    let handler = Unmanaged<HandlerReference>.fromOpaque(context).takeUnretainedValue().handler
    return answer(connection, handler(request))
}

private let tooLarge = ServerResponse.text(
    413, "A request may have at most \(LoopbackServer.maximumBodyBytes) bytes.")

/// What can be refused before the body is read.
private func earlyRefusal(_ headers: [(name: String, value: String)]) -> ServerResponse? {
    let request = ServerRequest(method: "", path: "", headers: headers)
    let length = request.header("Content-Length").flatMap { Int($0) } ?? 0
    if length > LoopbackServer.maximumBodyBytes { return tooLarge }
    return LoopbackGuard.refusal(
        host: request.header("Host"), origin: request.header("Origin"))
}

/// MHD_RequestCompletedCallback: the connection forgets the request, answered or broken off.
private func complete(
    context: UnsafeMutableRawPointer?, connection: OpaquePointer?,
    state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, code: MHD_RequestTerminationCode
) {
    guard let started = state?.pointee else { return }
    Unmanaged<PartialRequest>.fromOpaque(started).release()
    state?.pointee = nil
}

private func values(
    of connection: OpaquePointer, _ kind: MHD_ValueKind
) -> [(name: String, value: String)] {
    var list: [(name: String, value: String)] = []
    withUnsafeMutablePointer(to: &list) { list in
        _ = MHD_get_connection_values(
            connection, kind,
            { list, _, name, value in
                guard let list, let name else { return .YES }
                list.assumingMemoryBound(to: [(name: String, value: String)].self).pointee.append(
                    (String(cString: name), value.map { String(cString: $0) } ?? ""))
                return .YES
            }, list)
    }
    return list
}

private func answer(_ connection: OpaquePointer, _ response: ServerResponse) -> MHD_Result {
    var body = response.body
    let created = body.withUnsafeMutableBytes {
        MHD_create_response_from_buffer($0.count, $0.baseAddress, .RESPMEM_MUST_COPY)
    }
    guard let created else { return .NO }
    defer { MHD_destroy_response(created) }
    for (name, value) in response.headers { MHD_add_response_header(created, name, value) }
    return MHD_queue_response(connection, UInt32(response.status), created)
}
