public import HTTP
import Synchronization
import System

#if canImport(Glibc)
import Glibc
#endif

/// A small HTTP/1.1 server for tests: loopback, port chosen by the system, one thread a connection,
/// requests recorded in the order of their arrival. Runs until it is stopped or the process ends.
public final class LoopbackServer: Sendable {
    /// A request as it came in.
    public struct Request: Sendable {
        public var method: String
        /// Path and query, as sent.
        public var target: String
        public var headers: HTTPHeaders
        public var body: [UInt8]
        /// Counts the connections from 0.
        public var connection: Int

        public var text: String { String(decoding: body, as: UTF8.self) }

        /// The same request to another server, as a proxy sends it on.
        public func forwarded(to origin: String) -> HTTPRequest {
            var request = HTTPRequest(method, origin + target, body: body)
            for field in headers.fields
            where !["host", "content-length", "connection"].contains(field.name.lowercased()) {
                request.headers.append(field.name, field.value)
            }
            return request
        }
    }

    public enum Answer: Sendable {
        case response(Int, HTTPHeaders = [:], [UInt8] = [])
        /// These bytes as they are; then the connection is closed.
        case bytes([UInt8])
        /// The same for a text.
        case raw(String)
        /// The connection is reset without an answer.
        case reset
        /// These bytes, then nothing, until the other side gives up.
        case stall([UInt8])

        /// Another server's answer, as a proxy hands it back.
        public init(_ answer: HTTPResponse, isHead: Bool) {
            var headers = answer.headers
            for name in ["Connection", "Server", "Transfer-Encoding"] { headers[name] = nil }
            if !isHead { headers["Content-Length"] = nil }
            self = .response(answer.status, headers, answer.body)
        }

        public static func text(_ status: Int, _ text: String) -> Answer {
            .response(status, ["Content-Type": "application/json"], Array(text.utf8))
        }
    }

    public let port: UInt16
    private let listener: Int32
    private let state = Monitor<State>(State())
    private struct State {
        var requests: [Request] = []
        var sockets: Set<Int32> = []
        var isClosed = false
        var connections = 0
    }

    public var origin: String { "http://127.0.0.1:\(port)" }
    public var requests: [Request] { state.withLock { $0.requests } }

    /// Starts to listen. `handler` is called on the connection's thread with each request.
    public init(_ handler: @escaping @Sendable (Request) -> Answer) {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                precondition(bind(listener, $0, size) == 0 && listen(listener, 128) == 0)
                precondition(getsockname(listener, $0, &size) == 0)
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        let state = state
        _ = Thread {
            while true {
                let socket = accept(listener, nil, nil)
                guard socket >= 0 else {
                    // Closed here only: a number that is free is soon another server's.
                    close(listener)
                    return
                }
                let number = state.withLock { state -> Int? in
                    guard !state.isClosed else { return nil }
                    state.sockets.insert(socket)
                    state.connections += 1
                    return state.connections - 1
                }
                guard let number else {
                    close(socket)
                    continue
                }
                _ = Thread {
                    Self.serve(socket, number, handler) { request in
                        state.withLock { $0.requests.append(request) }
                    }
                    state.withLock {
                        $0.sockets.remove(socket)
                        _ = close(socket)
                    }
                }
            }
        }
    }

    /// Stops listening and ends the connections there are.
    public func stop() {
        state.withLock { state in
            for socket in state.sockets { shutdown(socket, Int32(SHUT_RDWR)) }
            if !state.isClosed { shutdown(listener, Int32(SHUT_RDWR)) }
            state.isClosed = true
        }
    }

    private static func serve(
        _ socket: Int32, _ number: Int, _ handler: (Request) -> Answer,
        _ record: (Request) -> Void
    ) {
        var input = Input(socket: socket)
        while var request = input.next() {
            request.connection = number
            record(request)
            let answer = handler(request)
            switch answer {
            case .response(let status, let headers, let body):
                var head = "HTTP/1.1 \(status) Status\r\n"
                for field in headers.fields { head += "\(field.name): \(field.value)\r\n" }
                if headers["Content-Length"] == nil { head += "Content-Length: \(body.count)\r\n" }
                guard
                    write(
                        socket, Array((head + "\r\n").utf8) + (request.method == "HEAD" ? [] : body)
                    )
                else { return }
            case .raw, .bytes:
                if case .raw(let text) = answer { _ = write(socket, Array(text.utf8)) }
                if case .bytes(let bytes) = answer { _ = write(socket, bytes) }
                shutdown(socket, Int32(SHUT_RDWR))
                return
            case .stall(let bytes):
                _ = write(socket, bytes)
                while input.fill() {}
                return
            case .reset:
                var linger = linger(l_onoff: 1, l_linger: 0)
                setsockopt(
                    socket, SOL_SOCKET, SO_LINGER, &linger,
                    socklen_t(MemoryLayout<Glibc.linger>.size))
                return
            }
        }
    }

    private static func write(_ socket: Int32, _ bytes: [UInt8]) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(socket, $0.baseAddress! + done, $0.count - done, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }
}

/// Requests read from a connection.
private struct Input {
    let socket: Int32
    var bytes: [UInt8] = []

    init(socket: Int32) { self.socket = socket }

    mutating func fill() -> Bool {
        var block = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(socket, &block, block.count, 0)
        guard count > 0 else { return false }
        bytes += block[..<count]
        return true
    }

    mutating func next() -> LoopbackServer.Request? {
        var end: Range<Int>?
        while true {
            end = bytes.firstRange(of: Array("\r\n\r\n".utf8))
            if end != nil { break }
            guard fill() else { return nil }
        }
        let head = String(decoding: bytes[..<end!.lowerBound], as: UTF8.self)
        bytes.removeSubrange(..<end!.upperBound)
        // A line's end is one grapheme, "\r\n".
        var lines = head.split(separator: "\r\n")
        let words = lines.removeFirst().split(separator: " ")
        var headers = HTTPHeaders()
        for line in lines {
            let colon = line.firstIndex(of: ":")!
            headers.append(
                String(line[..<colon]), String(line[line.index(after: colon)...].drop { $0 == " " })
            )
        }
        let length = headers["Content-Length"].flatMap { Int($0) } ?? 0
        while bytes.count < length { guard fill() else { return nil } }
        let body = Array(bytes[..<length])
        bytes.removeSubrange(..<length)
        return LoopbackServer.Request(
            method: String(words[0]), target: String(words[1]), headers: headers, body: body,
            connection: 0)
    }
}
