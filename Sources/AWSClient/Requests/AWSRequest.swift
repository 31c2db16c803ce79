public import HTTP
import JSON
import System

/// A request to a service, not signed yet.
public struct AWSRequest {
    public var service: AWSService
    /// The operation, for errors.
    public var operation: String
    public var transfer: HTTPTransfer
    /// The SHA-256 of the body where it is known already; nil to have it computed for the signature.
    public var payloadSHA256: [UInt8]?
    /// How long the body of a successful answer must be; a shorter one is tried again.
    public var expectedBodyBytes: Int?

    public init(_ service: AWSService, _ operation: String, _ transfer: HTTPTransfer) {
        self.service = service
        self.operation = operation
        self.transfer = transfer
    }

    /// After so long without a byte, either way, the connection is given up. More than the 20 s of
    /// SQS's long poll.
    public static let idleTimeoutSeconds = 30.0

    var name: String { "\(service.rawValue) \(operation)" }
}

extension AWSClient {
    /// AWS JSON 1.0, <https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html>.
    func jsonRequest(
        _ service: AWSService, _ operation: String, _ input: JSON, endpoint: String?
    ) throws(AWSError) -> AWSRequest {
        guard let prefix = service.targetPrefix else {
            preconditionFailure("\(service.rawValue) has no JSON protocol")
        }
        var body: [UInt8] = []
        input.write(to: &body)
        var url = endpoint ?? ""
        if endpoint == nil { url = try configuration.endpoint(service) }
        var request = HTTPRequest(
            "POST", url + "/",
            headers: [
                "Content-Type": "application/x-amz-json-1.0",
                "X-Amz-Target": "\(prefix).\(operation)",
            ], body: body)
        request.idleTimeoutSeconds = AWSRequest.idleTimeoutSeconds
        return AWSRequest(service, operation, HTTPTransfer(request))
    }

    static func json(of answer: HTTPResponse, _ request: AWSRequest) throws(AWSError) -> JSON {
        if answer.body.isEmpty { return [:] }
        do throws(JSONError) {
            return try JSON(parsing: answer.body)
        } catch {
            throw AWSError(
                "InvalidAnswer", "the answer is not JSON: \(error)", request.name,
                httpStatus: answer.status, requestID: answer.awsRequestID)
        }
    }
}

extension HTTPResponse {
    var awsRequestID: String? { headers["x-amzn-RequestId"] ?? headers["x-amz-request-id"] }
}

extension AWSError {
    init(_ error: HTTPError, _ request: AWSRequest) {
        self.init(
            error.code == .timedOut
                ? "RequestTimeout" : error.isTransient ? "ConnectionError" : "RequestFailed",
            "\(error)", request.name)
    }

    /// Reads the error of a JSON or an XML answer.
    init(_ answer: HTTPResponse, _ request: AWSRequest) {
        if request.service.hasXMLErrors {
            self.init(xml: answer, request)
        } else {
            self.init(json: answer, request)
        }
        serverTime = answer.headers["Date"].flatMap { Timestamp(httpDate: $0) }
        if let asked = answer.headers["x-amz-retry-after"].flatMap({ Double($0) }), asked >= 0 {
            retryAfter = .milliseconds(asked)
        } else if let asked = answer.headers["Retry-After"].flatMap({ Double($0) }), asked >= 0 {
            retryAfter = .seconds(asked)
        }
    }

    private init(json answer: HTTPResponse, _ request: AWSRequest) {
        let fields = (try? JSON(parsing: answer.body))?.object ?? [:]
        // Older services still name the code of the query protocol first: "AWS.Code;Sender".
        let queryCode = answer.headers["x-amzn-query-error"]?.split(separator: ";").first
        let type =
            fields["__type"]?.string ?? answer.headers["x-amzn-ErrorType"]
            ?? fields["code"]?.string ?? queryCode.map { String($0) } ?? "HTTP\(answer.status)"
        // "com.amazonaws.x#Code" or "Code:http://…".
        let code = type.prefix { $0 != ":" }.split(separator: "#").last ?? "Unknown"
        let message = ["message", "Message", "errorMessage"].lazy.compactMap { fields[$0]?.string }
            .first
        self.init(
            String(code), message ?? String(answer.text.prefix(500)), request.name,
            httpStatus: answer.status, requestID: answer.awsRequestID, fields: fields)
    }
}
