import HTTP
import JSON
import LoopbackServer
import System
import Testing

@testable import LambdaRuntime

#if canImport(Glibc)
import Glibc
#endif

private struct Odd: Error, CustomStringConvertible {
    var description: String { "something odd" }
}

/// Plays the host: gives out the events one by one, then answers 410.
private func host(
    _ events: [String], path: String = "", receipt: Int = 202
) -> (server: LoopbackServer, api: RuntimeAPI) {
    let given = Monitor(0)
    let server = LoopbackServer { request in
        guard request.method == "GET" else { return .response(receipt) }
        let number = given.withLock { number in
            defer { number += 1 }
            return number
        }
        guard number < events.count else { return .response(410) }
        return .response(
            200,
            [
                "Lambda-Runtime-Aws-Request-Id": "request-\(number)",
                "Lambda-Runtime-Deadline-Ms": "5000",
                "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:local:0:function:f",
                "Lambda-Runtime-Trace-Id": "Root=1-\(number)",
            ], Array(events[number].utf8))
    }
    let endpoint = "127.0.0.1:\(server.port)\(path)"
    return (server, RuntimeAPI(endpoint: endpoint))
}

private let silent = LambdaLog(minimumLevel: .fatal, function: "f")

@Suite(.serialized) struct LambdaRuntimeTests {
    @Test(arguments: ["", "/worker/7", "/worker/7/"])
    func `results go back under the invocation's id`(path: String) throws {
        let (server, api) = host([#"{"n":1}"#, #"{"n":2}"#], path: path)
        let ending = LambdaRuntime.serve(api, log: silent, exportTraceID: { _ in }) {
            event, context in
            ["event": event, "request": .string(context.requestID)]
        }
        #expect(ending == .hostGone)
        let start = (path.hasSuffix("/") ? String(path.dropLast()) : path) + "/2018-06-01/runtime"
        let told = server.requests.map { "\($0.method) \($0.target) \($0.text)" }
        #expect(
            told == [
                "GET \(start)/invocation/next ",
                "POST \(start)/invocation/request-0/response "
                    + #"{"event":{"n":1},"request":"request-0"}"#,
                "GET \(start)/invocation/next ",
                "POST \(start)/invocation/request-1/response "
                    + #"{"event":{"n":2},"request":"request-1"}"#,
                "GET \(start)/invocation/next ",
            ])
        #expect(Set(server.requests.map(\.connection)) == [0])
    }

    @Test func `the context tells function, deadline and trace`() {
        struct Still: Clock { func now() -> Timestamp { Timestamp(milliseconds: 3500) } }
        let (server, api) = host(["null"])
        var calls = 0
        var exported: [String?] = []
        _ = LambdaRuntime.serve(
            api, log: silent, clock: Still(), exportTraceID: { exported.append($0) }
        ) { _, context in
            calls += 1
            #expect(context.functionARN == "arn:aws:lambda:local:0:function:f")
            #expect(context.deadlineMilliseconds == 5000)
            #expect(context.remainingSeconds == 1.5)
            #expect(context.traceID == "Root=1-0")
            #expect(exported == ["Root=1-0"])
            return nil
        }
        #expect(calls == 1)
        #expect(server.requests.count == 3)
    }

    @Test(arguments: [
        (
            StepError(
                errorName: "Sluice.MissingColumn", cause: "no \"id\"", details: ["line": 1])
                as any Error, "Sluice.MissingColumn", "no \"id\"", #"{"line":1}"# as String?
        ),
        (Odd(), "Sluice.InternalError", "something odd", nil),
    ])
    func `what a handler throws fails its invocation only`(
        error: any Error, type: String, message: String, details: String?
    ) throws {
        let (server, api) = host(["1", "2"])
        let ending = LambdaRuntime.serve(api, log: silent, exportTraceID: { _ in }) { event, _ in
            if event == 1 { throw error }
            return event
        }
        #expect(ending == .hostGone)
        let posts = server.requests.filter { $0.method == "POST" }
        #expect(posts.map { $0.target.split(separator: "/").last } == ["error", "response"])
        #expect(posts[0].headers["Lambda-Runtime-Function-Error-Type"] == type)
        let body = try JSON(parsing: posts[0].body)
        #expect(body["errorType"]?.string == type)
        #expect(body["errorMessage"]?.string == message)
        #expect(body["stackTrace"] == [])
        #expect(body["details"]?.serialized() == details)
    }

    @Test func `an invocation leaves one line of metrics before its answer, also when it fails`()
        throws
    {
        let directory = TemporaryDirectory()
        let file = try File(directory.path + "/log", flags: O_RDWR | O_CREAT)
        let path = file.path
        @Sendable func lines() throws -> [JSON] {
            try FileSystem.contents(of: path).split(separator: UInt8(ascii: "\n"))
                .map { try JSON(parsing: $0) }
        }
        let linesAtAnswers = Monitor<[Int]>([])
        let given = Monitor(0)
        let server = LoopbackServer { request in
            guard request.method == "GET" else {
                linesAtAnswers.withLock { $0.append((try? lines().count) ?? -1) }
                return .response(202)
            }
            let number = given.withLock { number in
                number += 1
                return number
            }
            let events = [#"{"set":"A"}"#, #"{"set":"B"}"#, "not JSON"]
            guard number <= events.count else { return .response(410) }
            return .response(
                200, ["Lambda-Runtime-Aws-Request-Id": "r\(number)"],
                Array(events[number - 1].utf8))
        }
        let log = LambdaLog(
            minimumLevel: .error, function: "f", writesMetrics: true, descriptor: file.descriptor)
        let ending = LambdaRuntime.serve(
            RuntimeAPI(endpoint: "127.0.0.1:\(server.port)"), log: log, exportTraceID: { _ in },
            describing: { ["fileSet": $0["set"] ?? .null] }
        ) { event, context in
            context.record([.records(3)])
            if event["set"] == "B" {
                throw StepError(
                    errorName: "Sluice.NotANumber", cause: "value 12,50",
                    details: ["line": 4, "value": "12,50", "rejects": ["12,50"]],
                    publicCause: "f.csv: line 4")
            }
            return event
        }
        #expect(ending == .hostGone)
        // Metrics; metrics and error; metrics and error.
        #expect(linesAtAnswers.withLock { $0 } == [1, 3, 5])
        let all = try lines()
        let metrics = all.filter { $0["_aws"] != nil }
        #expect(metrics.map { $0["requestId"]?.string } == ["r1", "r2", "r3"])
        #expect(metrics.map { $0["fileSet"]?.string } == ["A", "B", nil])
        #expect(metrics.map { $0["records"]?.int } == [3, 3, nil])
        #expect(metrics.allSatisfy { ($0["duration"]?.int ?? -1) >= 0 })
        let errors = all.filter { $0["level"] == "ERROR" && $0["_aws"] == nil }
        #expect(errors.map { $0["errorType"] } == ["Sluice.NotANumber", "Sluice.InvalidEvent"])
        // What stands in a file goes back to the caller, and into no log.
        #expect(errors[0]["message"] == "f.csv: line 4")
        #expect(errors[0]["details"]?.serialized() == #"{"line":4}"#)
        let posts = server.requests.filter { $0.method == "POST" }
        #expect(posts[1].text.contains("value 12,50"))
    }

    @Test func `a name that no header can carry stays in the body only`() throws {
        let (server, api) = host(["1"])
        _ = LambdaRuntime.serve(api, log: silent, exportTraceID: { _ in }) { _, _ in
            throw StepError(errorName: "Sluice.\r\nX: é", cause: "")
        }
        let post = try #require(server.requests.first { $0.method == "POST" })
        #expect(post.headers["Lambda-Runtime-Function-Error-Type"] == "Sluice.InternalError")
        #expect(try JSON(parsing: post.body)["errorType"]?.string == "Sluice.\r\nX: é")
    }

    @Test func `an event that is not JSON fails without reaching the handler`() throws {
        let (server, api) = host(["{", "2"])
        var seen: [JSON] = []
        _ = LambdaRuntime.serve(api, log: silent, exportTraceID: { _ in }) { event, _ in
            seen.append(event)
            return event
        }
        #expect(seen == [2])
        let post = try #require(server.requests.first { $0.method == "POST" })
        #expect(try JSON(parsing: post.body)["errorType"] == "Sluice.InvalidEvent")
    }

    @Test func `a result that is too large does not end the process`() {
        let (server, api) = host(["1", "2"], receipt: 413)
        #expect(
            LambdaRuntime.serve(api, log: silent, exportTraceID: { _ in }) { event, _ in event }
                == .hostGone)
        #expect(server.requests.count == 5)
    }

    @Test func `a host that answers with a server error has broken`() {
        let (server, api) = host(["1"], receipt: 500)
        let ending = LambdaRuntime.serve(api, log: silent, exportTraceID: { _ in }) { event, _ in
            event
        }
        #expect(ending == .broken("the Runtime API answered 500: "))
        #expect(server.requests.count == 2)
        let other = LoopbackServer { _ in .text(403, "no") }
        #expect(
            LambdaRuntime.serve(
                RuntimeAPI(endpoint: "127.0.0.1:\(other.port)"), log: silent,
                exportTraceID: { _ in }
            ) { event, _ in event } == .broken("the Runtime API answered 403: no"))
        #expect(other.requests.count == 1)
    }

    @Test func `a host that goes away ends the process quietly`() {
        let given = Monitor(0)
        let server = LoopbackServer { request in
            let number = given.withLock { number in
                defer { number += 1 }
                return number
            }
            return number == 0
                ? .response(200, ["Lambda-Runtime-Aws-Request-Id": "r"], Array("1".utf8)) : .reset
        }
        let api = RuntimeAPI(endpoint: "127.0.0.1:\(server.port)")
        #expect(
            LambdaRuntime.serve(api, log: silent, exportTraceID: { _ in }) { event, _ in event }
                == .hostGone)
    }

    @Test func `a host that never was there is an error`() {
        let server = LoopbackServer { _ in .reset }
        server.stop()
        let api = RuntimeAPI(endpoint: "127.0.0.1:\(server.port)")
        let ending = LambdaRuntime.serve(api, log: silent, exportTraceID: { _ in }) { event, _ in
            event
        }
        guard case .broken(let message) = ending else {
            Issue.record("\(ending)")
            return
        }
        #expect(message.hasPrefix("the Runtime API cannot be reached: GET http://127.0.0.1:"))
    }

    @Test func `an error of the initialisation has its own address`() throws {
        let (server, api) = host([])
        _ = try api.failInitialisation(StepError(errorName: "Sluice.NoTable", cause: "unset"))
        #expect(server.requests.map(\.target) == ["/2018-06-01/runtime/init/error"])
        #expect(
            server.requests[0].text
                == #"{"errorType":"Sluice.NoTable","errorMessage":"unset","stackTrace":[]}"#)
    }
}
