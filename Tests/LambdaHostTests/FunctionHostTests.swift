import Glibc
import HTTP
import Engine
import JSON
import System
import Testing

@testable import LambdaHost

let hasPython: Bool = {
    if TestHost.python == nil { print("SKIPPED: tests of the Lambda host, for want of python3") }
    return TestHost.python != nil
}()

@Suite(.enabled(if: hasPython, "python3 plays the functions"))
struct FunctionHostTests {
    @Test func `a call comes back with its result, from one process for many`() throws {
        let test = try TestHost()
        #expect(test.call(["a": [1, "ü"]]) == .success(["a": [1, "ü"]]))
        #expect(test.call(["do": "pid"]) == test.call(["do": "pid"]))
    }

    @Test func `many calls at once share the processes there may be`() throws {
        let test = try TestHost(concurrency: 3)
        let results = Mailbox<LambdaResult>()
        for _ in 0..<60 { test.begin(["do": "pid"], results: results) }
        var pids: [JSON: Int] = [:]
        var count = 0
        while count < 60 {
            for result in results.takeAll() ?? [] {
                guard case .success(let pid) = result else {
                    Issue.record("\(result)")
                    continue
                }
                pids[pid, default: 0] += 1
                count += 1
            }
        }
        #expect((1...3).contains(pids.count))
    }

    @Test func `a process knows what AWS Lambda would tell it, and nothing else`() throws {
        setenv("SLUICE_TEST_SECRET", "secret", 1)
        let test = try TestHost(environment: ["OWN": "value"])
        guard case .success(.object(let variables)) = test.call(["do": "environment"]) else {
            Issue.record("no environment")
            return
        }
        // LC_CTYPE is Python's own doing.
        #expect(
            variables.names.filter { $0 != "LC_CTYPE" }.sorted() == [
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME",
                "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_LOG_LEVEL", "AWS_LAMBDA_RUNTIME_API",
                "AWS_REGION", "OWN", "PATH",
            ])
        #expect(
            variables["AWS_LAMBDA_RUNTIME_API"]?.string
                == "127.0.0.1:\(test.server.port)/worker/work-1")
    }

    @Test func `a call carries the headers of the Runtime API`() throws {
        let test = try TestHost(timeoutSeconds: 60)
        let before = WallClock().now().milliseconds
        guard case .success(let headers) = test.call(["do": "headers"]) else {
            Issue.record("no headers")
            return
        }
        let deadline = try #require(
            headers["Lambda-Runtime-Deadline-Ms"]?.string.flatMap { Int($0) })
        #expect((before + 60_000...before + 90_000).contains(deadline))
        #expect(
            headers["Lambda-Runtime-Invoked-Function-Arn"]
                == "arn:aws:lambda:us-east-1:000000000000:function:work")
        #expect(headers["Lambda-Runtime-Aws-Request-Id"]?.string?.utf8.count == 36)
        #expect(headers["Lambda-Runtime-Trace-Id"]?.string?.hasPrefix("Root=1-") == true)
    }

    @Test(
        arguments: [
            (
                ["do": "exit", "code": 1], "Runtime.ExitError",
                "Runtime exited with error: exit status 1"
            ),
            (
                ["do": "exit", "code": 0], "Runtime.ExitError",
                "Runtime exited without providing a reason"
            ),
            (["do": "kill"], "Runtime.ExitError", "Runtime exited with error: signal: killed"),
            (["do": "no answer"], "Runtime.ExitError", "Runtime exited without providing a reason"),
            (["do": "hang"], "Sandbox.Timedout", "Task timed out after 0.50 seconds"),
            (
                ["do": "no JSON"], "Runtime.InvalidResponse",
                "The response is not JSON: a member name is missing at line 1, byte 1"
            ),
        ] as [(JSON, String, String)])
    func `a call that fails is worded as AWS does, and the next one works`(
        payload: JSON, type: String, message: String
    ) throws {
        let test = try TestHost(concurrency: 1, timeoutSeconds: payload["do"] == "hang" ? 0.5 : 30)
        guard case .functionError(let error) = test.call(payload) else {
            Issue.record("no function error")
            return
        }
        #expect(error["errorType"]?.string == type)
        let parts = error["errorMessage"]?.string?.split(separator: " ", maxSplits: 2) ?? []
        #expect(parts.first == "RequestId:")
        #expect(parts.last.map(String.init) == "Error: " + message)
        #expect(test.call(["do": "nothing"]) == .success(["do": "nothing"]))
    }

    @Test func `an error that the function reports is passed on as it is`() throws {
        let test = try TestHost()
        #expect(
            test.call(["do": "error"])
                == .functionError([
                    "errorType": "Sluice.Test", "errorMessage": "as asked", "stackTrace": [],
                ]))
    }

    @Test func `an answer to somebody else's call is refused`() throws {
        let test = try TestHost()
        #expect(test.call(["do": "wrong id"]) == .success(400))
    }

    @Test func `a function that cannot start fails each call`() throws {
        let test = try TestHost(environment: ["INIT": "exit"])
        for _ in 0..<2 {
            guard case .functionError(let error) = test.call([:]) else {
                Issue.record("no function error")
                return
            }
            #expect(error["errorType"] == "Runtime.ExitError")
            #expect(error["errorMessage"]?.string?.hasSuffix("error: exit status 3") == true)
        }
    }

    @Test func `what a function says of its start is the error of the call`() throws {
        let test = try TestHost(environment: ["INIT": "error"])
        #expect(
            test.call([:]) == .functionError(["errorType": "No", "errorMessage": "not today"]))
    }

    @Test func `a missing executable and an unknown function are told apart by name`() throws {
        let test = try TestHost()
        #expect(
            test.call([:], function: "missing")
                == .serviceError(
                    error: "Lambda.ResourceNotFoundException",
                    cause: "The function's executable is missing: \(test.directory.path)/not-there")
        )
        #expect(
            test.call([:], function: "arn:aws:lambda:us-east-1:000000000000:function:none:1")
                == .serviceError(
                    error: "Lambda.ResourceNotFoundException",
                    cause: "Function not found: "
                        + "arn:aws:lambda:us-east-1:000000000000:function:none"))
        guard case .functionError(let error) = test.call([:], function: "empty") else {
            Issue.record("no function error")
            return
        }
        #expect(error["errorType"] == "Runtime.InvalidEntrypoint")
    }

    @Test func `payloads over 6 MiB are refused on the way in and on the way out`() throws {
        let test = try TestHost()
        let large = JSON(String(repeating: "x", count: 6 << 20))
        guard case .serviceError("Lambda.RequestTooLargeException", _) = test.call(large) else {
            Issue.record("accepted")
            return
        }
        #expect(test.call(["do": "large", "bytes": JSON(6 << 20)]) == .answerTooLarge)
        guard case .success = test.call(["do": "large", "bytes": JSON((6 << 20) - 2)]) else {
            Issue.record("not accepted")
            return
        }
    }

    @Test func `what a process prints is in its call's log when the call ends`() throws {
        let test = try TestHost(concurrency: 1)
        _ = test.call(["do": "print", "text": "one"], state: "First")
        #expect(try test.log("run-1/First") == "out one\nerr one\n")
        _ = test.call(["do": "print", "text": "two"], state: "../Second/x")
        #expect(
            try test.log("run-1/_.._Second_x") == "out two\nerr two\n")
        _ = test.call(["do": "unfinished"], state: "Third")
        #expect(try test.log("run-1/Third") == "no line feed\n")
        _ = test.call(["do": "print", "text": "one more"], state: "First")
        #expect(try test.log("run-1/First") == "out one\nerr one\nout one more\nerr one more\n")
    }

    @Test func `a drill fails the calls it means, so often, without harm to others`() throws {
        let test = try TestHost(
            drills: [
                Drill("work:items:2/kill/1"), Drill("work:orders/error"), Drill("work:x/timeout"),
            ])
        let payload: JSON = ["kind": "items", "index": 2]
        guard case .functionError(let killed) = test.call(payload) else {
            Issue.record("not killed")
            return
        }
        #expect(killed["errorMessage"]?.string?.hasSuffix("signal: killed") == true)
        #expect(test.call(payload) == .success(payload))
        for _ in 0..<2 {
            guard case .functionError(let failed) = test.call(["kind": "orders"]) else {
                Issue.record("not failed")
                return
            }
            #expect(failed["errorType"] == "Sluice.Drill")
        }
        guard case .functionError(let late) = test.call(["kind": "x"]) else {
            Issue.record("not timed out")
            return
        }
        #expect(late["errorMessage"]?.string?.hasSuffix("timed out after 30.00 seconds") == true)
    }

    @Test func `a cancelled call ends with its process`() throws {
        let test = try TestHost(concurrency: 1)
        let results = Mailbox<LambdaResult>()
        let id = test.begin(["do": "hang"], results: results)
        let waiting = test.begin(["do": "nothing"], results: results)
        test.host.cancel(waiting)
        test.host.cancel(id)
        var count = 0
        while count < 2 {
            for result in results.takeAll() ?? [] {
                guard case .serviceError("Lambda.Unknown", _) = result else {
                    Issue.record("\(result)")
                    return
                }
                count += 1
            }
        }
        #expect(test.call(["do": "nothing"]) == .success(["do": "nothing"]))
    }

    @Test func `shutting down ends idle and busy processes and those that are starting`() throws {
        let test = try TestHost(concurrency: 3)
        guard case .success(let idle) = test.call(["do": "pid"]), let pid = idle.int else {
            Issue.record("no pid")
            return
        }
        let results = Mailbox<LambdaResult>()
        for _ in 0..<5 { test.begin(["do": "hang"], results: results) }
        test.stop()
        #expect(kill(pid_t(pid), 0) == -1 && errno == ESRCH)
        var count = 0
        while count < 5 { count += results.takeAll()?.count ?? 0 }
        #expect(
            test.call([:])
                == .serviceError(error: "Lambda.Unknown", cause: "The invocation was cancelled."))
    }

    @Test func `a process of another time is sent away`() throws {
        let test = try TestHost()
        let response = try HTTPClient().perform(
            HTTPRequest(
                "GET",
                "http://127.0.0.1:\(test.server.port)/worker/work-77/2018-06-01/runtime/invocation/next"
            ))
        #expect(response.status == 410)
    }
}
