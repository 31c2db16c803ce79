import HTTP
import LoopbackServer
import Testing

@testable import AWSClient

@Suite struct TraceHeaderTests {
    private func header(_ variables: [String: String], has own: String? = nil) -> String? {
        var request = HTTPRequest("GET", "http://127.0.0.1/")
        if let own { request.headers["X-Amzn-Trace-Id"] = own }
        let traced = AWSClient.tracing(HTTPTransfer(request)) { variables[$0] }
        return traced.request.headers["X-Amzn-Trace-Id"]
    }

    @Test func `a request of a Lambda function carries the trace of its invocation`() {
        let trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
        let function = ["AWS_LAMBDA_FUNCTION_NAME": "emit"]
        #expect(header(function.merging(["_X_AMZN_TRACE_ID": trace]) { $1 }) == trace)
        #expect(header(function) == nil)
        #expect(header(function.merging(["_X_AMZN_TRACE_ID": ""]) { $1 }) == nil)
        #expect(header(["_X_AMZN_TRACE_ID": trace]) == nil)
        #expect(header(function.merging(["_X_AMZN_TRACE_ID": trace]) { $1 }, has: "own") == "own")
        // What would end the header, or is not ASCII, cannot get through.
        let hostile = function.merging(["_X_AMZN_TRACE_ID": "a\r\nX-Evil: é"]) { $1 }
        #expect(header(hostile) == "a%0D%0AX-Evil:%20%C3%A9")
    }
}
