import HTTP
import System

/// A role of a profile (`role_arn`), taken with the credentials of another profile or source.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
struct AssumedRole: Sendable, Hashable {
    static let apiVersion = "2011-06-15"

    var arn: String
    var sessionName: String
    var externalID: String?
    /// 900 to 43,200; nil for the service's 3600.
    var durationSeconds: Int?

    /// - Throws: code `InvalidConfiguration`.
    init(arn: String, _ profile: SharedConfiguration.Profile) throws(AWSError) {
        self.arn = arn
        sessionName = profile["role_session_name"] ?? "sluice"
        externalID = profile["external_id"]
        guard let duration = profile["duration_seconds"] else { return }
        guard let seconds = Int(duration), 900...43_200 ~= seconds else {
            throw AWSError(
                "InvalidConfiguration",
                "profile \(profile.name): duration_seconds must be 900 to 43200, not \(duration)",
                "AWS configuration")
        }
        durationSeconds = seconds
    }

    /// Asks STS, with a client that has the source's credentials.
    func credentials(_ client: AWSClient) throws(AWSError) -> AWSCredentials {
        var parameters = [
            ("Action", "AssumeRole"), ("Version", Self.apiVersion), ("RoleArn", arn),
            ("RoleSessionName", sessionName),
        ]
        if let externalID { parameters.append(("ExternalId", externalID)) }
        if let durationSeconds { parameters.append(("DurationSeconds", String(durationSeconds))) }
        let body = parameters.map { "\($0.0)=\(uriEncoded($0.1.utf8))" }.joined(separator: "&")
        let request = AWSRequest(
            .sts, "AssumeRole",
            HTTPTransfer(
                HTTPRequest(
                    "POST", try client.configuration.endpoint(.sts) + "/",
                    headers: [
                        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8"
                    ], body: Array(body.utf8))))
        let answer = try client.send(request)
        var fields: [String: String] = [:]
        let isWhole = XMLPullParser.forEachLeaf(answer.body) { path, text in
            if path.dropLast().last == "Credentials" { fields[path[path.count - 1]] = text }
        }
        guard isWhole, let id = fields["AccessKeyId"], let secret = fields["SecretAccessKey"],
            let token = fields["SessionToken"],
            let expiration = fields["Expiration"].flatMap({ Timestamp(rfc3339: $0) })
        else {
            throw AWSError(
                "InvalidAnswer", "the answer has no credentials", request.name,
                httpStatus: answer.status, requestID: answer.awsRequestID)
        }
        return AWSCredentials(
            accessKeyID: id, secretAccessKey: secret, sessionToken: token, expiration: expiration)
    }
}
