import Engine
import Glibc
import JSON
import LocalDynamoDB
import System
import Testing

@testable import LambdaHost

/// Bytes on a socket that are no good request: the server answers with a status of HTTP's or closes,
/// and goes on answering others. `SLUICE_FUZZ_SECONDS` and `SLUICE_FUZZ_SEED` as in the engine's.
@Suite(.enabled(if: hasPython, "python3 plays the functions"))
struct RawRequestTests {
    let test: TestHost
    let server: LoopbackServer
    let engine: Engine

    init() throws {
        let test = try TestHost()
        self.test = test
        let engine = try Engine(
            EngineConfiguration(
                storePath: test.directory.path + "/engine.sqlite", invoker: test.host,
                objects: NoObjects()))
        self.engine = engine
        let tables = try TableStore(test.directory.path + "/tables")
        let gateway = Gateway(tables: tables, host: test.host) {
            action, request throws(ServiceError) in try engine.call(action, request)
        }
        server = try LoopbackServer { gateway.answer($0) }
    }

    static let requests: [String] = [
        request("AWSStepFunctions.ListStateMachines", "{}"),
        request(
            "AWSStepFunctions.CreateStateMachine",
            #"{"name":"n","roleArn":"arn:aws:iam::000000000000:role/r","definition":"{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Succeed\"}}}"}"#
        ),
        request("DynamoDB_20120810.PutItem", #"{"TableName":"t","Item":{"pk":{"S":"a"}}}"#),
        request(
            "DynamoDB_20120810.UpdateItem",
            #"{"TableName":"t","Key":{"pk":{"S":"a"}},"UpdateExpression":"SET a = :b","ExpressionAttributeValues":{":b":{"N":"1"}}}"#
        ),
        "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "POST /2015-03-31/functions/none/invocations HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            + "Content-Length: 2\r\n\r\n{}",
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    ]

    private static func request(_ target: String, _ body: String) -> String {
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Target: \(target)\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test func `mutated requests are answered or refused, and others still served`() throws {
        func environment(_ name: String) -> Int? {
            getenv(name).flatMap { Int(String(cString: $0)) }
        }
        let seed =
            environment("SLUICE_FUZZ_SEED") ?? Int(UInt32.random(in: 0...UInt32.max))
        let end = monotonicNanoseconds() + (environment("SLUICE_FUZZ_SECONDS") ?? 2) * 1_000_000_000
        print("fuzzing raw requests from SLUICE_FUZZ_SEED=\(seed)")
        var count = 0
        while monotonicNanoseconds() < end {
            var random = RandomBytes(state: UInt64(seed + count))
            let original = Array(Self.requests[random.below(Self.requests.count)].utf8)
            let request = random.mutated(original)
            let status = try exchange(request)
            // No answer is that of a request that was cut off; 500 would be a defect of ours.
            let isExpected =
                status.map { (200..<500).contains($0) || [501, 505].contains($0) } ?? true
            #expect(
                isExpected,
                """
                \(status ?? 0) for SLUICE_FUZZ_SEED=\(seed + count): \
                \(String(decoding: request, as: UTF8.self).debugDescription)
                """)
            count += 1
            if count % 50 == 0 {
                #expect(try exchange(Array(Self.requests[4].utf8)) == 200)
            }
        }
        #expect(try exchange(Array(Self.requests[0].utf8)) == 200)
        print("\(count) raw requests were tried")
    }

    @Test(arguments: [
        ("GET /" + String(repeating: "a", count: 100_000) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
        ("GET / HTTP/1.1\r\n" + String(repeating: "X-A: b\r\n", count: 20_000) + "\r\n"),
        ("POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n"),
        ("POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999999999999\r\n\r\n"),
        ("POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9000000000\r\n\r\n{}"),
        ("POST / HTTP/1.1\r\nHost: a\u{0}b\r\n\r\n"), ("\u{0}\u{1}\u{2}"), ("\r\n\r\n\r\n"),
        ("POST / HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n"),
        ("POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n{}"),
    ])
    func `a request that is none harms nobody`(_ text: String) throws {
        _ = try exchange(Array(text.utf8))
        #expect(try exchange(Array(Self.requests[4].utf8)) == 200)
    }

    /// Sends the bytes and no more; the status of the answer, nil when there is none.
    private func exchange(_ bytes: [UInt8]) throws -> Int? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = server.port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        try #require(isConnected)
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            // The server has heard enough and closed.
            if count <= 0 { break }
            sent += count
        }
        shutdown(descriptor, Int32(SHUT_WR))
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EAGAIN || errno == EWOULDBLOCK {
                Issue.record("no end of the answer within half a minute")
            }
            if count <= 0 { break }
            answer += buffer[..<count]
        }
        // `Expect: 100-continue` gets an answer before the answer.
        let interim = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
        if answer.starts(with: interim) { answer.removeFirst(interim.count) }
        let words = String(decoding: answer.prefix(32), as: UTF8.self).split(separator: " ")
        return words.count > 1 && words[0].hasPrefix("HTTP/1.") ? Int(words[1]) : nil
    }
}

private struct NoObjects: ObjectSource {
    struct Missing: Error {}
    func getObject(bucket: String, key: String) throws -> [UInt8] { throw Missing() }
    func putObject(bucket: String, key: String, bytes: [UInt8]) throws { throw Missing() }
    func listObjects(bucket: String, prefix: String) throws -> [ListedObject] { [] }
}

/// Sebastiano Vigna's SplitMix64, for changes that can be repeated.
private struct RandomBytes {
    var state: UInt64

    mutating func below(_ count: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) % UInt64(count))
    }

    /// With one to four changes anywhere.
    mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        let parts = [
            "\r\n", " ", "0", "99999999999", "-1", "\0", "\u{FFFF}", "%00", "%", "HTTP/1.0", "/../",
            "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Expect: 100-continue\r\n",
            "[[[[[[[[", "\\uD800", "1e999999999", "null", "\"", "}",
        ]
        for _ in 0...below(4) {
            let at = below(bytes.count + 1)
            switch below(5) {
            case 0 where !bytes.isEmpty: bytes.remove(at: min(at, bytes.count - 1))
            case 1: bytes.insert(UInt8(below(256)), at: at)
            case 2 where !bytes.isEmpty: bytes.removeSubrange(min(at, bytes.count - 1)...)
            case 3 where !bytes.isEmpty:
                bytes[min(at, bytes.count - 1)] = UInt8(below(256))
            default: bytes.insert(contentsOf: Array(parts[below(parts.count)].utf8), at: at)
            }
        }
        return bytes
    }
}
