import HTTP
import JSON
import LoopbackServer
import System
import Testing

@testable import AWSClient

@Suite struct RetryTests {
    private let clock = ManualClock("2026-01-05T10:00:00Z")
    private let waits = Monitor<[Double]>([])

    private func client(
        _ server: LoopbackServer, attempts: Int = 3, _ more: [String: String]? = nil
    ) -> AWSClient {
        let waits = waits
        var configuration = AWSConfiguration(
            region: "eu-west-1",
            credentials: AWSCredentials(accessKeyID: "AKID", secretAccessKey: "s"),
            endpointURL: server.origin, maximumAttempts: attempts)
        if let more {
            configuration = AWSConfiguration {
                more.merging([
                    "AWS_ENDPOINT_URL_SQS": server.origin, "AWS_REGION": "eu-west-1",
                ]) { $1 }[$0]
            }
        }
        return AWSClient(
            configuration, clock: clock,
            retries: RetryPolicy(
                pause: { seconds in waits.withLock { $0.append(seconds) } }, random: { 0.5 }))
    }

    @Test func `the quota pays for retries and is filled by successes`() {
        var quota = RetryQuota()
        func takes(_ cost: Int) -> Bool { quota.take(cost) }
        for _ in 0..<100 { #expect(takes(RetryQuota.retryCost)) }
        #expect(!takes(RetryQuota.retryCost))
        for _ in 0..<4 { quota.giveBack(0) }
        #expect(!takes(RetryQuota.retryCost))
        quota.giveBack(0)
        #expect(takes(RetryQuota.retryCost) && quota.tokens == 0)
        quota.giveBack(RetryQuota.timeoutCost)
        #expect(takes(RetryQuota.timeoutCost))
        for _ in 0..<600 { quota.giveBack(0) }
        #expect(quota.tokens == RetryQuota.capacity)
        #expect(RetryQuota.cost(of: AWSError("RequestTimeout", "", "")) == 10)
        #expect(RetryQuota.cost(of: AWSError("SlowDown", "", "")) == 5)
    }

    @Test func `a service that is down is asked less and less`() {
        let server = LoopbackServer { _ in .text(503, "") }
        let client = client(server)
        for _ in 0..<60 {
            #expect(throws: AWSError.self) { try client.call(.sqs, "X", [:]) }
        }
        // 500 tokens are 100 retries: 50 calls of three attempts, then one attempt each.
        #expect(server.requests.count == 50 * 3 + 10)
    }

    @Test(
        arguments: [
            ([:], 1, 0.5), ([:], 5, 8), ([:], 6, 10), ([:], 40, 10), (["Retry-After": "3"], 1, 3),
            (["Retry-After": "3"], 5, 8), (["Retry-After": "9000"], 1, 60),
            (["Retry-After": "soon"], 1, 0.5), (["x-amz-retry-after": "1500"], 1, 1.5),
            (["x-amz-retry-after": "100"], 1, 0.5), (["x-amz-retry-after": "60000"], 1, 5.5),
            (["x-amz-retry-after": "-1"], 1, 0.5),
        ] as [(HTTPHeaders, Int, Double)])
    func `delays are drawn, or asked for`(headers: HTTPHeaders, attempt: Int, seconds: Double) {
        let request = AWSRequest(.sqs, "X", HTTPTransfer(HTTPRequest("GET", "http://h")))
        let error = AWSError(HTTPResponse(status: 503, headers: headers), request)
        let policy = RetryPolicy(pause: { _ in }, random: { 0.5 })
        #expect(policy.delaySeconds(afterAttempt: attempt, error) == seconds)
    }

    @Test(arguments: [
        (400, #"{"__type":"InvalidSignatureException"}"#),
        (403, #"{"__type":"RequestTimeTooSkewed"}"#), (403, ""),
    ])
    func `a clock that is wrong is set right by the refusal`(status: Int, body: String) throws {
        let server = LoopbackServer { request in
            let date = request.headers["X-Amz-Date"] ?? ""
            return date.hasPrefix("20260105T12")
                ? .text(200, "{}")
                : .response(status, ["Date": "Mon, 05 Jan 2026 12:00:00 GMT"], Array(body.utf8))
        }
        let client = client(server)
        _ = try client.call(.sqs, "X", [:])
        #expect(server.requests.count == 2)
        _ = try client.call(.sqs, "X", [:])
        #expect(server.requests.count == 3)
        clock.advance(60)
        _ = try client.call(.sqs, "X", [:])
        #expect(server.requests[3].headers["X-Amz-Date"] == "20260105T120100Z")
    }

    @Test func `a refusal at the right time is one`() {
        let server = LoopbackServer { _ in
            .response(
                403, ["Date": "Mon, 05 Jan 2026 10:03:00 GMT"],
                Array(#"{"__type":"SignatureDoesNotMatch"}"#.utf8))
        }
        #expect(throws: AWSError.self) { try client(server).call(.sqs, "X", [:]) }
        #expect(server.requests.count == 1)
    }

    @Test func `credentials that have expired are replaced once`() throws {
        let count = Monitor(0)
        let metadata = LoopbackServer { _ in
            let number = count.withLock { count in
                count += 1
                return count
            }
            return .text(200, #"{"AccessKeyId":"AK\#(number)","SecretAccessKey":"s"}"#)
        }
        // Unasked, nothing looked up is sent to this machine: a profile is asked for by name.
        let directory = TemporaryDirectory()
        try FileSystem.replace(
            directory.path + "/config",
            with: "[profile p]\ncredential_process = /bin/cat '\(directory.path)/keys'")
        func write(_ id: String) throws {
            try FileSystem.replace(
                directory.path + "/keys",
                with: #"{"AccessKeyId":"\#(id)","SecretAccessKey":"s"}"#)
        }
        try write("AK1")
        let server = LoopbackServer { request in
            request.headers["Authorization"]?.contains("Credential=AK2/") == true
                ? .text(200, "{}") : .text(400, #"{"__type":"ExpiredTokenException"}"#)
        }
        let client = client(
            server, ["AWS_PROFILE": "p", "AWS_CONFIG_FILE": directory.path + "/config"])
        let error = #expect(throws: AWSError.self) { try client.call(.sqs, "X", [:]) }
        #expect(error?.code == "ExpiredTokenException" && error?.attempts == 3)
        try write("AK2")
        _ = try client.call(.sqs, "X", [:])
        // Without a profile the same endpoint is asked unsigned.
        let anonymous = self.client(
            server, ["AWS_CONTAINER_CREDENTIALS_FULL_URI": metadata.origin])
        #expect(throws: AWSError.self) { try anonymous.call(.sqs, "X", [:]) }
        #expect(metadata.requests.isEmpty)
        #expect(server.requests.last?.headers["Authorization"] == nil)
    }

    @Test func `what went wrong is told with its attempts`() {
        let server = LoopbackServer { _ in
            .response(
                503, ["x-amzn-RequestId": "id-7"], Array(#"{"__type":"a#B","message":"m"}"#.utf8))
        }
        let error = #expect(throws: AWSError.self) { try client(server).call(.sqs, "X", [:]) }
        #expect(error?.description == "SQS X: B: m (HTTP 503, request id-7, 3 attempts)")
    }

    @Test func `a connection over which nothing comes is given up`() throws {
        let server = LoopbackServer { _ in
            .stall(Array("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".utf8))
        }
        var request = HTTPRequest("GET", server.origin)
        request.idleTimeoutSeconds = 1
        let error = #expect(throws: AWSError.self) {
            try client(server, attempts: 1).send(AWSRequest(.s3, "X", HTTPTransfer(request)))
        }
        #expect(error?.code == "RequestTimeout")
    }

    @Test func `a range that is cut short is asked for again`() throws {
        let count = Monitor(0)
        let server = LoopbackServer { _ in
            let number = count.withLock { count in
                count += 1
                return count
            }
            return .response(206, [:], Array("abcdef".utf8.prefix(number * 2)))
        }
        let s3 = S3(client(server))
        let answer = try s3.client.send(
            try s3.getObjectRequest(bucket: "bucket", key: "k", range: 0..<6))
        #expect(answer.text == "abcdef" && server.requests.count == 3)
    }
}
