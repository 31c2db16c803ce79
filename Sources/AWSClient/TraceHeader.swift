import HTTP
import System

extension AWSClient {
    /// Passes on the X-Ray trace of the invocation that sends the request, in a Lambda function: so
    /// that a trace shows the services it called, and Lambda detects functions that call themselves
    /// without end.
    ///
    /// Never signed, as in the SDKs: what stands between may write another one.
    /// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html>
    static func tracing(
        _ transfer: HTTPTransfer, environment variable: (String) -> String? = environmentVariable
    ) -> HTTPTransfer {
        guard variable("AWS_LAMBDA_FUNCTION_NAME") != nil, let trace = variable("_X_AMZN_TRACE_ID"),
            !trace.isEmpty, transfer.request.headers["X-Amzn-Trace-Id"] == nil
        else { return transfer }
        var transfer = transfer
        transfer.request.headers["X-Amzn-Trace-Id"] = percentEncoded(trace)
        return transfer
    }

    /// Line breaks and all else that a header must not hold, as %XX.
    private static func percentEncoded(_ trace: String) -> String {
        let kept = "=;:+&[]{}\"',"
        return trace.unicodeScalars.map { scalar in
            kept.unicodeScalars.contains(scalar)
                ? String(scalar) : uriEncoded(String(scalar).utf8)
        }.joined()
    }
}
