import JSON
import StatesLanguage

/// A service's action that a Task calls, answered by the engine's ``ServiceCaller``.
struct ServiceIntegration: Sendable {
    /// What Step Functions names the service in resources and events: `sqs`, `aws-sdk:s3`.
    let resourceType: String
    let action: String
    /// What the ``ServiceCaller`` knows the service by: `sqs`, `s3`.
    let service: String
    /// What stands before the dot in the names of its errors.
    let errorPrefix: String
    /// The service's name within causes.
    let nameInCauses: String
    /// Codes that are error names of their own; all others share ``otherError``.
    var ownErrors: Set<String> = []
    let otherError: String
    let fields: [ParameterField]
    var canWaitForToken = true
    /// Whether the result has what the SDK tells of the HTTP answer; only that of some optimised
    /// integrations does.
    var tellsOfHTTP = false
    /// The parameters as the service wants them.
    var shape: @Sendable (JSONObject, ExecutionState.Identity) -> JSONObject = { given, _ in given }

    static let all: [ServiceIntegration] =
        [sqsSendMessage, eventsPutEvents] + dynamoDBItems + s3Objects

    /// The failure that Step Functions makes of a service's error.
    func failure(_ error: ServiceError, requestID: String) -> Failure {
        if error.code == StatesError.Name.dataLimitExceeded {
            return .dataLimitExceeded("arn:aws:states:::\(resourceType):\(action)")
        }
        if error.code == "SerializationException" {
            // A value of a wrong type in the parameters: Step Functions does not get as far as the
            // service, and States.ALL does not catch it.
            return Failure(error: StatesError.Name.runtime, cause: error.message)
        }
        let isOwn = ownErrors.contains(error.code)
        let name =
            !isOwn
            ? otherError : error.code.hasSuffix("Exception") ? error.code : error.code + "Exception"
        if service == "s3" {
            // The second version of AWS's SDK for Java words it so, the first as below.
            return Failure(
                error: "\(errorPrefix).\(name)",
                cause: "\(error.message) (Service: \(nameInCauses), Status Code: "
                    + "\(error.httpStatus), Request ID: \(requestID))")
        }
        return Failure(
            error: "\(errorPrefix).\(name)",
            cause: error.causeOfSDK(service: nameInCauses, requestID: requestID))
    }

    /// The task's result.
    /// - Throws: what makes the task fail although the service has answered.
    func result(of answer: JSON, requestID: String) throws(Failure) -> JSON {
        if action == "putEvents", let failed = answer["FailedEntryCount"]?.int, failed > 0 {
            throw Failure(error: errorPrefix + ".FailedEntry", cause: answer.serialized())
        }
        return tellsOfHTTP ? answer.withHTTPMetadata(requestID: requestID) : answer
    }
}

extension ServiceError {
    /// What the error would come with over HTTP.
    fileprivate var httpStatus: Int {
        if code.hasPrefix("NoSuch") { return 404 }
        if code.hasPrefix("AccessDenied") { return 403 }
        return code.hasPrefix("Internal") || code.hasPrefix("InputOutput") ? 500 : 400
    }

    /// As AWS's SDK for Java, in which Step Functions calls, words an error.
    func causeOfSDK(service: String, requestID: String) -> String {
        "\(message) (Service: \(service); Status Code: \(httpStatus); Error Code: \(code); "
            + "Request ID: \(requestID); Proxy: null)"
    }
}

extension JSON {
    /// An answer with `SdkHttpMetadata` and `SdkResponseMetadata`, its members sorted by name.
    func withHTTPMetadata(requestID: String) -> JSON {
        let headers: [(String, JSON)] = [
            ("Content-Length", .string(String(serialized().utf8.count))),
            ("Content-Type", "application/x-amz-json-1.0"),
            ("x-amzn-RequestId", .string(requestID)),
        ]
        var members = object ?? [:]
        members["SdkHttpMetadata"] = [
            "AllHttpHeaders": .object(JSONObject(headers.map { ($0.0, .array([$0.1])) })),
            "HttpHeaders": .object(JSONObject(headers)), "HttpStatusCode": 200,
        ]
        members["SdkResponseMetadata"] = ["RequestId": .string(requestID)]
        return .object(JSONObject(members.sorted { $0.name < $1.name }.map { ($0.name, $0.value) }))
    }
}
