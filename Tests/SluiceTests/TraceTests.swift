import HTTP
import JSON
import LoopbackServer
import System
import Testing

/// A function's executable between a host and a store that are both played by one server.
struct TraceTests {
    @Test func `what a function asks of other services carries the trace of its invocation`() throws
    {
        let traces = ["Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1", "Root=1-2;Sampled=0"]
        let given = Monitor(0)
        let server = LoopbackServer { request in
            switch request.target.split(separator: "/").last {
            case "next":
                let number = given.withLock { number in
                    defer { number += 1 }
                    return number
                }
                guard number < traces.count else { return .response(410) }
                return .response(
                    200,
                    [
                        "Lambda-Runtime-Aws-Request-Id": "r\(number)",
                        "Lambda-Runtime-Trace-Id": traces[number],
                    ],
                    Array(
                        #"{"action":"summary","job":"customer-messages","fileSet":"S","run":1,"secret":"s"}"#
                            .utf8))
            case "error", "response": return .response(202)
            default: return .response(404)
            }
        }
        defer { server.stop() }
        let process = try ChildProcess(
            Place.executables + "/seal",
            environment: [
                "AWS_LAMBDA_RUNTIME_API=127.0.0.1:\(server.port)", "AWS_LAMBDA_FUNCTION_NAME=seal",
                "AWS_ENDPOINT_URL=\(server.origin)", "AWS_REGION=us-east-1",
                "AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local", "SLUICE_OBJECTS=s3://",
            ])
        #expect(process.wait() == .exited(code: 0))
        let asked = server.requests.filter { $0.target.hasPrefix("/work/") }
        #expect(asked.map { $0.headers["X-Amzn-Trace-Id"] } == traces)
        // Not signed, since who stands between may replace it.
        let signed = asked.compactMap { $0.headers["Authorization"] }
        #expect(signed.count == 2)
        #expect(signed.allSatisfy { !$0.lowercased().contains("x-amzn-trace-id") })
        let failed = server.requests.filter { $0.target.hasSuffix("/error") }
        #expect(failed.count == 2)
        #expect(failed.allSatisfy { $0.text.contains("Sluice.NoSuchKey") }, "\(failed.map(\.text))")
    }
}
