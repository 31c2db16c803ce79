import HTTP
import JSON
import LoopbackServer
import System
import Testing

@testable import AWSClient

/// A client of a loopback server that notes how long it would have waited.
private struct Stage {
    let waits = Monitor<[Double]>([])
    let server: LoopbackServer
    let client: AWSClient

    init(
        credentials: AWSCredentials? = nil, attempts: Int = 3,
        _ answers: @escaping @Sendable (Int, LoopbackServer.Request) -> LoopbackServer.Answer
    ) {
        struct Still: Clock { func now() -> Timestamp { Timestamp(milliseconds: 0) } }
        let count = Monitor(0)
        server = LoopbackServer { request in
            let number = count.withLock { count in
                defer { count += 1 }
                return count
            }
            return answers(number, request)
        }
        let waits = waits
        client = AWSClient(
            AWSConfiguration(
                region: "eu-west-1", credentials: credentials, endpointURL: server.origin + "/",
                maximumAttempts: attempts), clock: Still(),
            retries: RetryPolicy(
                pause: { seconds in waits.withLock { $0.append(seconds) } }, random: { 0.5 }))
    }
}

@Suite struct AWSClientTests {
    private let keys = AWSCredentials(accessKeyID: "AKID", secretAccessKey: "secret")

    @Test func `a call names its target and is signed`() throws {
        let stage = Stage(credentials: keys) { _, _ in .text(200, #"{"executionArn":"arn:1"}"#) }
        let arn = try StepFunctions(stage.client).startExecution(
            stateMachineARN: "arn:m", name: "20240105-1", input: ["a": 1])
        #expect(arn == "arn:1")
        let request = try #require(stage.server.requests.first)
        #expect(request.method == "POST" && request.target == "/")
        #expect(request.headers["X-Amz-Target"] == "AWSStepFunctions.StartExecution")
        #expect(request.headers["Content-Type"] == "application/x-amz-json-1.0")
        #expect(
            request.text
                == #"{"stateMachineArn":"arn:m","name":"20240105-1","input":"{\"a\":1}"}"#)
        let authorization = try #require(request.headers["Authorization"])
        let scope = "Credential=AKID/19700101/eu-west-1/states/aws4_request, "
        #expect(authorization.hasPrefix("AWS4-HMAC-SHA256 " + scope))
        // What the server got is what was signed: host and port above all.
        #expect(request.headers["Host"] == "127.0.0.1:\(stage.server.port)")
        #expect(authorization.contains("SignedHeaders=content-type;host;x-amz-date;x-amz-target,"))
    }

    @Test func `without credentials only this machine is asked`() throws {
        let stage = Stage { _, _ in .response(200) }
        #expect(try stage.client.call(.sqs, "ListQueues", [:]) == [:])
        #expect(try #require(stage.server.requests.first).headers["Authorization"] == nil)
        let remote = AWSClient(AWSConfiguration(region: "eu-west-1"))
        let error = #expect(throws: AWSError.self) { try remote.call(.sqs, "ListQueues", [:]) }
        #expect(error?.code == "MissingCredentials")
        let nowhere = AWSClient(AWSConfiguration(credentials: keys))
        let other = #expect(throws: AWSError.self) { try nowhere.call(.sqs, "ListQueues", [:]) }
        #expect(other?.code == "MissingRegion")
    }

    @Test(
        arguments: [
            (400, [:], #"{"__type":"com.amazonaws.x#Known","message":"m"}"#, "Known", "m"),
            (400, [:], #"{"__type":"Known:http://x/#y","Message":"m"}"#, "Known", "m"),
            (400, ["x-amzn-ErrorType": "Known:http://x"], "{}", "Known", "{}"),
            (400, ["x-amzn-query-error": "AWS.Old;Sender"], #"{"message":"m"}"#, "AWS.Old", "m"),
            (418, [:], "<html>", "HTTP418", "<html>"), (400, [:], "", "HTTP400", ""),
        ] as [(Int, HTTPHeaders, String, String, String)])
    func `errors are read in all their forms`(
        status: Int, headers: HTTPHeaders, body: String, code: String, message: String
    ) throws {
        var headers = headers
        headers["x-amzn-RequestId"] = "id-1"
        let answer = LoopbackServer.Answer.response(status, headers, Array(body.utf8))
        let stage = Stage { _, _ in answer }
        let error = try #require(
            #expect(throws: AWSError.self) { try stage.client.call(.dynamoDB, "GetItem", [:]) })
        #expect(error.code == code && error.message == message)
        #expect(error.httpStatus == status && error.requestID == "id-1")
        #expect(error.operation == "DynamoDB GetItem")
        #expect(stage.server.requests.count == 1)
    }

    @Test(arguments: [
        (LoopbackServer.Answer.text(503, ""), 3), (.text(500, "{}"), 3), (.reset, 3),
        (.text(400, #"{"__type":"ThrottlingException"}"#), 3),
        (.text(400, #"{"__type":"x#ProvisionedThroughputExceededException"}"#), 3),
        (.text(400, #"{"__type":"ValidationException"}"#), 1), (.text(403, ""), 1),
        (.text(200, "not JSON"), 1),
    ])
    func `what is worth another try gets it`(answer: LoopbackServer.Answer, attempts: Int) {
        let stage = Stage { _, _ in answer }
        #expect(throws: AWSError.self) { try stage.client.call(.dynamoDB, "GetItem", [:]) }
        #expect(stage.server.requests.count == attempts)
        #expect(stage.waits.withLock { $0 } == Array([0.5, 1].prefix(attempts - 1)))
    }

    @Test func `a success after failures is a success`() throws {
        let stage = Stage { number, _ in number < 2 ? .text(503, "") : .text(200, #"{"a":1}"#) }
        #expect(try stage.client.call(.dynamoDB, "GetItem", [:]) == ["a": 1])
    }

    @Test func `waits grow, to twenty seconds at most`() {
        let stage = Stage(attempts: 8) { _, _ in .text(503, "") }
        #expect(throws: AWSError.self) { try stage.client.call(.sqs, "X", [:]) }
        #expect(stage.waits.withLock { $0 } == [0.5, 1, 2, 4, 8, 10, 10])
    }

    @Test func `of many calls only the failed ones are repeated`() throws {
        let failed = Monitor<Set<String>>([])
        let stage = Stage { _, request in
            // Every third fails once, the seventh for good.
            let number = Int(try! JSON(parsing: request.body)["n"]!.int!)
            if number == 7 { return .text(400, #"{"__type":"Bad"}"#) }
            let isFirst = failed.withLock { $0.insert(request.text).inserted }
            return number % 3 == 0 && isFirst ? .text(503, "") : .text(200, request.text)
        }
        let inputs = (0..<10).map { JSON.object(["n": JSON($0)]) }
        let outcomes = try stage.client.callAll(.sqs, "X", inputs, atMost: 4)
        for (number, outcome) in outcomes.enumerated() {
            switch outcome {
            case .success(let answer): #expect(answer == inputs[number])
            case .failure(let error): #expect(number == 7 && error.code == "Bad")
            }
        }
        #expect(stage.server.requests.count == 14)
        #expect(stage.waits.withLock { $0.count } == 1)
    }
}

@Suite struct AWSConfigurationTests {
    @Test(arguments: [
        (
            ["AWS_REGION": "eu-west-1"], AWSService.stepFunctions,
            "https://states.eu-west-1.amazonaws.com"
        ),
        (
            ["AWS_DEFAULT_REGION": "cn-north-1", "AWS_REGION": ""], .sqs,
            "https://sqs.cn-north-1.amazonaws.com.cn"
        ),
        (["AWS_ENDPOINT_URL": "http://localhost:1/"], .s3, "http://localhost:1"),
        (
            ["AWS_ENDPOINT_URL": "http://a", "AWS_ENDPOINT_URL_SFN": "http://b"], .stepFunctions,
            "http://b"
        ),
        (
            ["AWS_ENDPOINT_URL": "http://a", "AWS_ENDPOINT_URL_SFN": "http://b"], .dynamoDB,
            "http://a"
        ),
        (["AWS_ENDPOINT_URL_DYNAMODB": "http://c"], .dynamoDB, "http://c"),
        (
            [
                "AWS_ENDPOINT_URL": "http://a", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "True",
                "AWS_REGION": "us-east-1",
            ], .s3, "https://s3.us-east-1.amazonaws.com"
        ),
    ])
    func `endpoints come from the environment`(
        environment: [String: String], service: AWSService, endpoint: String
    ) throws {
        #expect(try AWSConfiguration { environment[$0] }.endpoint(service) == endpoint)
    }

    @Test(arguments: [
        ("http://127.0.0.1:80/x", true), ("http://localhost", true), ("http://[::1]:4", true),
        ("http://s3.localhost:1", true), ("http://127.evil.example", false),
        ("http://127.0.0.1@example.com/", false), ("http://localhost.example", false),
        ("https://sqs.eu-west-1.amazonaws.com", false), ("http://10.0.0.1", false),
    ])
    func `loopback is told from the rest`(url: String, isLoopback: Bool) {
        #expect(AWSConfiguration.isLoopback(url) == isLoopback)
    }
}
