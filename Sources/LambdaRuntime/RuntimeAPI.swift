import HTTP
import JSON

/// The four requests of the Lambda Runtime API.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>
struct RuntimeAPI: Sendable {
    static let version = "2018-06-01"

    private let base: String
    private let client: HTTPClient

    /// - Parameter endpoint: AWS_LAMBDA_RUNTIME_API: host and port, and a path when the host tells
    ///   its workers apart by it.
    init(endpoint: String, client: HTTPClient = HTTPClient()) {
        var endpoint = Substring(endpoint)
        while endpoint.hasSuffix("/") { endpoint.removeLast() }
        base = "http://\(endpoint)/\(Self.version)/runtime"
        self.client = client
    }

    /// Waits for the next invocation, however long that takes.
    func next() throws(HTTPError) -> HTTPResponse {
        try client.perform(HTTPRequest("GET", base + "/invocation/next", timeoutSeconds: nil))
    }

    func respond(_ result: JSON, to requestID: String) throws(HTTPError) -> HTTPResponse {
        try post("/invocation/\(requestID)/response", result)
    }

    func fail(_ error: StepError, of requestID: String) throws(HTTPError) -> HTTPResponse {
        try post("/invocation/\(requestID)/error", error)
    }

    func failInitialisation(_ error: StepError) throws(HTTPError) -> HTTPResponse {
        try post("/init/error", error)
    }

    private func post(_ path: String, _ error: StepError) throws(HTTPError) -> HTTPResponse {
        var body: JSONObject = [
            "errorType": .string(error.errorName), "errorMessage": .string(error.cause),
            "stackTrace": [],
        ]
        if let details = error.details { body["details"] = .object(details) }
        let isPlain = error.errorName.utf8.allSatisfy { 0x21...0x7E ~= $0 }
        let type = isPlain && !error.errorName.isEmpty ? error.errorName : "Sluice.InternalError"
        return try post(path, .object(body), ["Lambda-Runtime-Function-Error-Type": type])
    }

    private func post(
        _ path: String, _ value: JSON, _ headers: HTTPHeaders = [:]
    ) throws(HTTPError) -> HTTPResponse {
        var headers = headers
        headers["Content-Type"] = "application/json"
        var body: [UInt8] = []
        value.write(to: &body)
        return try client.perform(HTTPRequest("POST", base + path, headers: headers, body: body))
    }
}
