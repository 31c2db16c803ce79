import HTTP
import System
import Digest
public import JSON

/// The operations of Lambda that replace a function's code.
///
/// <https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html>
public struct Lambda: Sendable {
    public let client: AWSClient

    public init(_ client: AWSClient = AWSClient()) { self.client = client }

    /// `CodeSha256` (base64), `LastUpdateStatus` and the like.
    public func getFunctionConfiguration(function: String) throws(AWSError) -> JSON {
        try send("GetFunctionConfiguration", "GET", function, "configuration", nil)
    }

    /// Replaces the code by a package in S3 (of the function's region); the configuration stays.
    /// - Returns: the function's configuration, with `LastUpdateStatus` `InProgress` mostly.
    public func updateFunctionCode(
        function: String, bucket: String, key: String
    ) throws(AWSError) -> JSON {
        try send(
            "UpdateFunctionCode", "PUT", function, "code",
            ["S3Bucket": .string(bucket), "S3Key": .string(key)])
    }

    /// Has a function called with an event, some time; its result goes nowhere.
    public func invokeAsynchronously(function: String, _ event: JSON) throws(AWSError) {
        _ = try send(
            "Invoke", "POST", function, "invocations", event,
            headers: ["X-Amz-Invocation-Type": "Event"])
    }

    /// A SHA-256 in base64, as `CodeSha256` is that of the package, and in hexadecimal digits, for names.
    public static func codeSHA256(of package: [UInt8]) -> (base64: String, hexadecimal: String) {
        let digest = HashAlgorithm.sha256.digest(of: package)
        return (Base64.encode(digest), Hexadecimal.encode(digest))
    }

    private func send(
        _ operation: String, _ method: String, _ function: String, _ part: String, _ input: JSON?,
        headers: HTTPHeaders = [:]
    ) throws(AWSError) -> JSON {
        var headers = headers
        headers["Content-Type"] = "application/json"
        var body: [UInt8] = []
        input?.write(to: &body)
        let endpoint = try client.configuration.endpoint(.lambda)
        let request = AWSRequest(
            .lambda, operation,
            HTTPTransfer(
                HTTPRequest(
                    method,
                    "\(endpoint)/2015-03-31/functions/\(uriEncoded(function.utf8))/\(part)",
                    headers: headers, body: body)))
        return try AWSClient.json(of: try client.send(request), request)
    }
}
