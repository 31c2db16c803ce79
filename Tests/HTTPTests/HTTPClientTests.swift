import HTTP
import LoopbackServer
import System
import Testing

@Suite struct HTTPClientTests {
    private static let echo: @Sendable (LoopbackServer.Request) -> LoopbackServer.Answer = {
        .response(200, ["X-Method": $0.method, "X-Target": $0.target], $0.body)
    }

    @Test(arguments: ["GET", "POST", "PUT", "DELETE", "PATCH"], [0, 1, 200_000])
    func `method, target and body arrive as they were given`(method: String, size: Int) throws {
        let server = LoopbackServer(Self.echo)
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
        let answer = try HTTPClient().perform(
            HTTPRequest(method, server.origin + "/a/../b/./c?d=%20e", body: body))
        #expect(answer.status == 200)
        #expect(answer.headers["x-METHOD"] == method)
        #expect(answer.headers["X-Target"] == "/a/../b/./c?d=%20e")
        #expect(answer.body == body)
        let request = try #require(server.requests.first)
        #expect(request.headers["Expect"] == nil)
        #expect(request.headers["Content-Type"] == nil)
        #expect(request.headers["Accept"] == nil)
        if size > 0 || ["POST", "PUT", "PATCH"].contains(method) {
            #expect(request.headers["Content-Length"] == "\(size)")
        }
    }

    @Test func `header fields go out in order, also empty ones`() throws {
        let server = LoopbackServer(Self.echo)
        _ = try HTTPClient().perform(
            HTTPRequest(
                "GET", server.origin, headers: ["X-B": "1", "X-A": "", "Content-Type": "t"]))
        let fields = try #require(server.requests.first).headers.fields
        let names = fields.map(\.name).filter { !["Host", "User-Agent"].contains($0) }
        #expect(names == ["X-B", "X-A", "Content-Type"])
    }

    @Test func `the connection is kept between requests`() throws {
        let server = LoopbackServer(Self.echo)
        let client = HTTPClient()
        for _ in 0..<5 { _ = try client.perform(HTTPRequest("GET", server.origin)) }
        #expect(server.requests.map(\.connection) == [0, 0, 0, 0, 0])
    }

    @Test func `bodies can lie in memory of the caller`() throws {
        let server = LoopbackServer(Self.echo)
        let sent: [UInt8] = Array("from the caller's memory".utf8)
        var received = [UInt8](repeating: 0, count: 64)
        let answer = try sent.withUnsafeBytes { upload in
            try received.withUnsafeMutableBytes { destination in
                try HTTPClient().perform(
                    HTTPTransfer(
                        HTTPRequest("PUT", server.origin), upload: upload, destination: destination)
                )
            }
        }
        #expect(answer.body.isEmpty)
        #expect(answer.bodyBytes == sent.count)
        #expect(Array(received[..<sent.count]) == sent)
    }

    @Test func `the body of an error does not go into the caller's memory`() throws {
        let server = LoopbackServer { _ in .text(404, "not there") }
        var received = [UInt8](repeating: 7, count: 64)
        let answer = try received.withUnsafeMutableBytes {
            try HTTPClient().perform(
                HTTPTransfer(HTTPRequest("GET", server.origin), destination: $0))
        }
        #expect(answer.status == 404)
        #expect(answer.text == "not there")
        #expect(received.allSatisfy { $0 == 7 })
    }

    @Test func `a redirect is an answer like any other`() throws {
        let server = LoopbackServer { _ in .response(302, ["Location": "/elsewhere"]) }
        #expect(try HTTPClient().perform(HTTPRequest("GET", server.origin)).status == 302)
        #expect(server.requests.count == 1)
    }

    private static let ninetyKilobytes = String(repeating: "x", count: 90_000)
    private static let longHeaders =
        ["X", "Y", "Z"].map { "\($0): \(ninetyKilobytes)\r\n" }.joined()

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", HTTPError.Code.partialBody),
        ("", HTTPError.Code.emptyAnswer),
        ("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nabcdefghijk", HTTPError.Code.bodyTooLong),
        ("HTTP/1.1 200 OK\r\n\(longHeaders)\r\n", HTTPError.Code.headersTooLong),
    ])
    func `broken answers have their codes`(answer: String, code: HTTPError.Code) {
        let server = LoopbackServer { _ in .raw(answer) }
        let error = #expect(throws: HTTPError.self) {
            try HTTPClient().perform(
                HTTPRequest("GET", server.origin + "/a?secret=1", maximumBodyBytes: 10))
        }
        #expect(error?.code == code)
        #expect(error?.operation == "GET \(server.origin)/a")
    }

    @Test func `an interim answer is passed over`() throws {
        let server = LoopbackServer { _ in
            .raw(
                "HTTP/1.1 103 Early\r\nX-A: early\r\n\r\nHTTP/1.1 201 Made\r\nX-B: \t b \r\n\r\nbody"
            )
        }
        let answer = try HTTPClient().perform(HTTPRequest("GET", server.origin))
        #expect(answer.status == 201)
        #expect(answer.headers["X-A"] == nil)
        #expect(answer.headers["X-B"] == "b")
        #expect(answer.text == "body")
    }

    @Test func `nobody listening and a reset are told apart`() {
        let server = LoopbackServer { _ in .reset }
        let reset = #expect(throws: HTTPError.self) {
            try HTTPClient().perform(HTTPRequest("GET", server.origin))
        }
        #expect(reset?.isPeerGone == true && reset?.code == .receiveFailed)
        server.stop()
        let refused = #expect(throws: HTTPError.self) {
            try HTTPClient().perform(HTTPRequest("GET", server.origin))
        }
        #expect(refused?.code == .couldNotConnect)
        #expect(refused?.isTransient == true)
    }

    @Test func `an answer that does not come ends at the time limit`() {
        let never = Mailbox<Int>()
        let server = LoopbackServer { _ in
            _ = never.takeAll()
            return .reset
        }
        let error = #expect(throws: HTTPError.self) {
            try HTTPClient().perform(HTTPRequest("GET", server.origin, timeoutSeconds: 0.05))
        }
        #expect(error?.code == .timedOut)
        never.close()
    }

    @Test(arguments: [
        HTTPRequest("GET", "http://127.0.0.1:1/a b"),
        HTTPRequest("GET", "http://127.0.0.1:1/\r\nX: y"),
        HTTPRequest("GE T", "http://127.0.0.1:1/"),
        HTTPRequest("GET", "http://127.0.0.1:1/", headers: ["X": "a\r\nY: b"]),
        HTTPRequest("GET", "http://127.0.0.1:1/", headers: ["X: y\r\nZ": "a"]),
        HTTPRequest("GET", "http://127.0.0.1:1/", headers: ["X": "a\0b"]),
    ])
    func `what would become another request is refused`(request: HTTPRequest) {
        let error = #expect(throws: HTTPError.self) { try HTTPClient().perform(request) }
        #expect(error?.code == .invalidRequest)
    }

    @Test func `other schemes are refused`() {
        #expect(throws: HTTPError.self) {
            try HTTPClient().perform(HTTPRequest("GET", "file:///etc/passwd"))
        }
    }

    @Test(arguments: [1, 3, 64])
    func `parallel transfers keep their order and their limit`(limit: Int) {
        let busy = Monitor<(now: Int, most: Int)>((0, 0))
        let server = LoopbackServer { request in
            busy.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            // Each waits until as many as may be are under way, or its turn among the last comes.
            if limit == 3, Int(request.text)! < 3 {
                _ = busy.wait(untilNanoseconds: monotonicNanoseconds() + 5_000_000_000) {
                    $0.most == 3 ? true : nil
                }
            }
            busy.withLock { $0.now -= 1 }
            return .response(200, [:], request.body)
        }
        let requests = (0..<40).map {
            HTTPRequest(
                $0 == 20 ? "BAD METHOD" : "POST", server.origin, body: Array("\($0)".utf8))
        }
        let client = HTTPClient()
        for _ in 0..<2 {
            let outcomes = client.performAll(requests, atMost: limit)
            for (index, outcome) in outcomes.enumerated() {
                switch outcome {
                case .success(let answer): #expect(answer.text == "\(index)")
                case .failure(let error):
                    #expect(index == 20)
                    #expect(error.code == .invalidRequest)
                }
            }
        }
        #expect(busy.withLock { $0.most } <= limit)
        if limit == 3 { #expect(busy.withLock { $0.most } == 3) }
        #expect(Set(server.requests.map(\.connection)).count <= limit)
    }

    @Test func `ranges are read side by side into one buffer`() throws {
        let object = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let server = LoopbackServer { request in
            let bounds = request.headers["Range"]!.dropFirst(6).split(separator: "-").map {
                Int($0)!
            }
            return .response(206, [:], Array(object[bounds[0]...bounds[1]]))
        }
        var received = [UInt8](repeating: 0, count: object.count)
        let outcomes = received.withUnsafeMutableBytes { whole in
            let transfers = stride(from: 0, to: whole.count, by: 1000).map { start in
                HTTPTransfer(
                    HTTPRequest(
                        "GET", server.origin, headers: ["Range": "bytes=\(start)-\(start + 999)"]),
                    destination: UnsafeMutableRawBufferPointer(
                        rebasing: whole[start..<(start + 1000)]))
            }
            return HTTPClient().performAll(transfers, atMost: 4)
        }
        for outcome in outcomes { #expect(try outcome.get().bodyBytes == 1000) }
        #expect(received == object)
    }
}
