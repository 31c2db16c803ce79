import HTTP

/// The metadata service of an EC2 instance, version 2; the first version is never used.
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html>
struct InstanceMetadata: Sendable, Hashable {
    /// Without a slash at the end.
    var endpoint: String
    /// For each of the three exchanges; on a machine that is no instance nobody answers.
    var timeoutSeconds: Double
    var attempts: Int

    /// Nil when AWS_EC2_METADATA_DISABLED says so. Also reads AWS_EC2_METADATA_SERVICE_ENDPOINT,
    /// AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE, AWS_METADATA_SERVICE_TIMEOUT (1 s unless set) and
    /// AWS_METADATA_SERVICE_NUM_ATTEMPTS (1 unless set).
    /// - Throws: code `InvalidConfiguration`.
    init?(environment variable: (String) -> String?) throws(AWSError) {
        func value(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }
        if value("AWS_EC2_METADATA_DISABLED")?.lowercased() == "true" { return nil }
        let usual =
            value("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")?.lowercased() == "ipv6"
            ? "http://[fd00:ec2::254]" : "http://169.254.169.254"
        endpoint = AWSConfiguration.trimmed(value("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? usual)
        guard endpoint.hasPrefix("http://") || endpoint.hasPrefix("https://") else {
            throw AWSError(
                "InvalidConfiguration", "AWS_EC2_METADATA_SERVICE_ENDPOINT must be an http URL",
                "instance metadata")
        }
        timeoutSeconds = max(0.1, value("AWS_METADATA_SERVICE_TIMEOUT").flatMap { Double($0) } ?? 1)
        attempts = max(1, value("AWS_METADATA_SERVICE_NUM_ATTEMPTS").flatMap { Int($0) } ?? 1)
    }

    /// - Throws: code `ConnectionError` when nobody answers: this is no instance then.
    func credentials(_ http: HTTPClient) throws(AWSError) -> AWSCredentials {
        // Tokens last six hours, more than it takes to use this one.
        let token = try exchange(
            "PUT", "/latest/api/token", ["X-aws-ec2-metadata-token-ttl-seconds": "21600"], http)
        guard token.utf8.allSatisfy({ 0x21...0x7E ~= $0 }), !token.isEmpty else {
            throw invalid("the token is no token")
        }
        let headers: HTTPHeaders = ["X-aws-ec2-metadata-token": token]
        let path = "/latest/meta-data/iam/security-credentials/"
        let roles = try exchange("GET", path, headers, http)
        guard let role = roles.split(whereSeparator: \.isNewline).first else {
            throw invalid("the instance has no role")
        }
        let answer = try exchange("GET", path + uriEncoded(role.utf8), headers, http)
        return try AWSCredentials(
            parsing: Array(answer.utf8), tokenName: "Token", source: "instance metadata")
    }

    private func invalid(_ message: String) -> AWSError {
        AWSError("InvalidCredentials", message, "instance metadata")
    }

    private func exchange(
        _ method: String, _ path: String, _ headers: HTTPHeaders, _ http: HTTPClient
    ) throws(AWSError) -> String {
        let request = HTTPRequest(
            method, endpoint + path, headers: headers, timeoutSeconds: timeoutSeconds,
            maximumBodyBytes: 1 << 20)
        var attempt = 1
        while true {
            let failure: AWSError
            do throws(HTTPError) {
                let answer = try http.perform(request)
                if answer.isSuccess { return answer.text }
                failure = AWSError(
                    "CredentialsRefused", "\(path) answered with status \(answer.status)",
                    "instance metadata", httpStatus: answer.status)
            } catch {
                failure = AWSError("ConnectionError", "\(error)", "instance metadata")
            }
            guard failure.isTransient, attempt < attempts else { throw failure }
            attempt += 1
        }
    }
}
