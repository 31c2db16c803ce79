import HTTP
import System
import Testing

@testable import LambdaHost

struct LoopbackServerTests {
    let client = HTTPClient()

    @Test func `a handler gets the request whole and its response goes out whole`() throws {
        let server = try LoopbackServer { request in
            let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: ";")
            let text =
                "\(request.method) \(request.path) \(query) \(request.header("x-some") ?? "")"
            return ServerResponse(
                status: 201, headers: [("X-Echo", text)], body: request.body.reversed())
        }
        defer { server.stop() }
        let response = try client.perform(
            HTTPRequest(
                "PUT", "http://127.0.0.1:\(server.port)/a%20b/c?x=1&y=%C3%BC",
                headers: ["X-Some": "thing"], body: Array(0...255)))
        #expect(response.status == 201)
        #expect(response.headers["X-Echo"] == "PUT /a b/c x=1;y=ü thing")
        #expect(response.body == (0...255).reversed())
    }

    @Test(arguments: [(8 << 20, 200), (8 << 20 + 1, 413)])
    func `a body may have 8 MiB`(bytes: Int, status: Int) throws {
        let server = try LoopbackServer { .text(200, "\($0.body.count)") }
        defer { server.stop() }
        let request = HTTPRequest(
            "POST", "http://127.0.0.1:\(server.port)/", body: [UInt8](repeating: 7, count: bytes))
        // A refusal may come before the body is sent; the client then reports it or a broken connection.
        let answered = (try? client.perform(request))?.status
        #expect(answered == status || status == 413 && answered == nil)
    }

    @Test(
        arguments: [
            ("127.0.0.1:80", nil, nil), ("localhost", nil, nil), ("LOCALHOST:8080", nil, nil),
            ("[::1]:80", nil, nil), ("localhost:80", "http://localhost:80", nil),
            (nil, nil, 400), ("evil.example", nil, 403), ("evil.example:80", nil, 403),
            ("127.0.0.1.evil.example", nil, 403), ("localhost:80", "http://evil.example", 403),
            ("localhost:80", "null", 403), ("localhost:80", "http://localhost:81", 403),
            ("", nil, 403),
        ] as [(String?, String?, Int?)])
    func `only requests of programs on this machine are answered`(
        host: String?, origin: String?, status: Int?
    ) {
        #expect(LoopbackGuard.refusal(host: host, origin: origin)?.status == status)
    }

    @Test func `another host name is refused before the handler is asked`() throws {
        let server = try LoopbackServer { _ in .text(200, "asked") }
        defer { server.stop() }
        let url = "http://127.0.0.1:\(server.port)/"
        let refused = try client.perform(HTTPRequest("GET", url, headers: ["Host": "evil.example"]))
        #expect(refused.status == 403)
        #expect(try client.perform(HTTPRequest("GET", url)).text == "asked\n")
    }

    @Test func `a handler that waits holds up nobody else, and stopping waits for it`() throws {
        let gate = Monitor(false)
        let server = try LoopbackServer { request in
            if request.path == "/wait" { _ = gate.wait { $0 ? true : nil } }
            return .text(200, request.path)
        }
        let url = "http://127.0.0.1:\(server.port)"
        let waited = Mailbox<String>()
        let thread = Thread { [client] in
            waited.put((try? client.perform(HTTPRequest("GET", url + "/wait")))?.text ?? "failed")
        }
        for _ in 0..<20 {
            #expect(try client.perform(HTTPRequest("GET", url + "/quick")).text == "/quick\n")
        }
        gate.withLock { $0 = true }
        thread.join()
        #expect(waited.takeAll() == ["/wait\n"])
        server.stop()
        #expect(throws: HTTPError.self) { try client.perform(HTTPRequest("GET", url + "/quick")) }
    }

    @Test func `a port that is taken is refused with its number`() throws {
        let server = try LoopbackServer { _ in .text(200, "") }
        defer { server.stop() }
        #expect {
            try LoopbackServer(port: server.port) { _ in .text(200, "") }
        } throws: { error in
            "\(error)" == "bind 127.0.0.1:\(server.port): Address already in use"
        }
    }
}
