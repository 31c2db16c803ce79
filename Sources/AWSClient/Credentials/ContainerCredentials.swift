import HTTP
import System

/// The endpoint that gives a container its credentials: ECS's, EKS Pod Identity's, or another on this
/// machine.
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>
struct ContainerCredentials: Sendable, Hashable, CustomStringConvertible {
    static let attempts = 3
    static let timeoutSeconds = 2.0
    /// Where plain HTTP is allowed besides this machine: ECS, EKS over IPv4 and IPv6.
    static let allowedHosts: Set = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"]

    var url: String
    /// Sent as `Authorization`; read from the file each time, since it is renewed.
    var tokenFile: String?
    var token: String?
    /// Without the token.
    var description: String { "container credentials of \(url)" }

    /// Nil when no endpoint is configured.
    /// - Throws: code `InvalidConfiguration` when secrets would travel where they must not.
    init?(environment variable: (String) -> String?) throws(AWSError) {
        func value(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }
        func invalid(_ message: String) -> AWSError {
            AWSError("InvalidConfiguration", message, "container credentials")
        }
        if let path = value("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            guard path.hasPrefix("/") else {
                throw invalid("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with a slash")
            }
            url = "http://169.254.170.2" + path
        } else if let full = value("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
            let parts = URLParts(full)
            let isAllowed =
                parts.scheme == "https"
                || parts.scheme == "http"
                    && (AWSConfiguration.isLoopback(full)
                        || Self.allowedHosts.contains(Self.withoutPort(parts.authority)))
            guard isAllowed else {
                throw invalid(
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or be on this machine, "
                        + "169.254.170.2, 169.254.170.23 or [fd00:ec2::23]")
            }
            url = full
        } else {
            return nil
        }
        tokenFile = value("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
        token = value("AWS_CONTAINER_AUTHORIZATION_TOKEN")
    }

    private static func withoutPort(_ authority: String) -> String {
        if authority.hasPrefix("[") {
            return authority.firstIndex(of: "]").map { String(authority[...$0]) } ?? authority
        }
        return String(authority.prefix { $0 != ":" })
    }

    func credentials(_ http: HTTPClient, _ retries: RetryPolicy) throws(AWSError) -> AWSCredentials
    {
        let name = "container credentials"
        var request = HTTPRequest(
            "GET", url, headers: ["Accept": "application/json"],
            timeoutSeconds: Self.timeoutSeconds, maximumBodyBytes: 1 << 20)
        if let tokenFile {
            do throws(SystemError) {
                let text = String(
                    decoding: try FileSystem.contents(of: tokenFile), as: UTF8.self)
                request.headers["Authorization"] = text.split(separator: "\n").first.map {
                    String($0)
                }
            } catch { throw AWSError("InvalidConfiguration", "\(error)", name) }
        } else if let token {
            request.headers["Authorization"] = token
        }
        var attempt = 1
        while true {
            let failure: AWSError
            let outcome: Result<HTTPResponse, HTTPError>
            do throws(HTTPError) {
                outcome = .success(try http.perform(request))
            } catch { outcome = .failure(error) }
            switch outcome {
            case .success(let answer) where answer.isSuccess:
                return try AWSCredentials(parsing: answer.body, tokenName: "Token", source: name)
            case .success(let answer):
                failure = AWSError(
                    "CredentialsRefused", "the endpoint answered with status \(answer.status)",
                    name, httpStatus: answer.status)
            case .failure(let error): failure = AWSError("ConnectionError", "\(error)", name)
            }
            guard failure.isTransient, attempt < Self.attempts else { throw failure }
            retries.wait(retries.delaySeconds(afterAttempt: attempt, nil))
            attempt += 1
        }
    }
}
