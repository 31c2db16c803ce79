/// Where credentials come from, in the order in which the SDKs look: the environment, the profile,
/// the container's endpoint, the instance's metadata. The first that is configured is used, and its
/// failure is an error: no other one is taken in its place.
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>. Not supported, and
/// refused by name: IAM Identity Center (`sso_…`), web identity tokens, MFA codes. What the AWS CLI can
/// get for these is had with `credential_process = aws configure export-credentials`.
indirect enum CredentialsSource: Sendable, Hashable {
    case fixed(AWSCredentials)
    case process(command: String)
    case container(ContainerCredentials)
    case instance(InstanceMetadata)
    case role(AssumedRole, source: CredentialsSource)

    /// Chooses by what the environment and the profile say.
    /// - Returns: nil when nothing is configured, and the instance's metadata are not to be asked.
    /// - Throws: code `InvalidConfiguration`, `UnsupportedCredentials`, `ProfileNotFound`.
    static func choose(
        environment variable: (String) -> String?, shared: SharedConfiguration
    ) throws(AWSError) -> CredentialsSource? {
        if let fixed = environmentCredentials(variable) { return .fixed(fixed) }
        if let profile = try shared.profile(),
            let source = try choose(profile, [], environment: variable, shared: shared)
        {
            return source
        }
        if let container = try ContainerCredentials(environment: variable) {
            return .container(container)
        }
        if let file = variable("AWS_WEB_IDENTITY_TOKEN_FILE"), !file.isEmpty {
            throw unsupported("AWS_WEB_IDENTITY_TOKEN_FILE: web identity tokens")
        }
        return try InstanceMetadata(environment: variable).map { .instance($0) }
    }

    /// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.
    static func environmentCredentials(_ variable: (String) -> String?) -> AWSCredentials? {
        func value(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }
        guard let id = value("AWS_ACCESS_KEY_ID"), let secret = value("AWS_SECRET_ACCESS_KEY")
        else {
            return nil
        }
        return AWSCredentials(
            accessKeyID: id, secretAccessKey: secret, sessionToken: value("AWS_SESSION_TOKEN"))
    }

    /// - Parameter visited: the profiles that led here.
    private static func choose(
        _ profile: SharedConfiguration.Profile, _ visited: [String],
        environment variable: (String) -> String?, shared: SharedConfiguration
    ) throws(AWSError) -> CredentialsSource? {
        // A profile that is its own source means its keys.
        if let arn = profile["role_arn"], visited.last != profile.name {
            guard !visited.contains(profile.name) else {
                throw invalid(profile, "source_profile goes round in a circle")
            }
            let source = try sourceOfRole(
                profile, visited + [profile.name], environment: variable, shared: shared)
            return .role(try AssumedRole(arn: arn, profile), source: source)
        }
        if let id = profile["aws_access_key_id"] {
            guard let secret = profile["aws_secret_access_key"] else {
                throw invalid(profile, "aws_access_key_id stands without aws_secret_access_key")
            }
            return .fixed(
                AWSCredentials(
                    accessKeyID: id, secretAccessKey: secret,
                    sessionToken: profile["aws_session_token"]))
        }
        if let command = profile["credential_process"] { return .process(command: command) }
        if profile.settings.keys.contains(where: { $0.hasPrefix("sso_") }) {
            throw unsupported("profile \(profile.name): IAM Identity Center")
        }
        return nil
    }

    private static func sourceOfRole(
        _ profile: SharedConfiguration.Profile, _ visited: [String],
        environment variable: (String) -> String?, shared: SharedConfiguration
    ) throws(AWSError) -> CredentialsSource {
        if profile["web_identity_token_file"] != nil {
            throw unsupported("profile \(profile.name): web identity tokens")
        }
        if profile["mfa_serial"] != nil { throw unsupported("profile \(profile.name): MFA codes") }
        if let name = profile["source_profile"] {
            let source = try shared.profile(name)
            if let found = try choose(source, visited, environment: variable, shared: shared) {
                return found
            }
            throw invalid(profile, "its source_profile \(name) has no credentials")
        }
        switch profile["credential_source"] {
        case "Environment"?:
            if let fixed = environmentCredentials(variable) { return .fixed(fixed) }
        case "EcsContainer"?:
            if let container = try ContainerCredentials(environment: variable) {
                return .container(container)
            }
        case "Ec2InstanceMetadata"?:
            if let instance = try InstanceMetadata(environment: variable) {
                return .instance(instance)
            }
        case nil: throw invalid(profile, "role_arn wants source_profile or credential_source")
        case let other?: throw invalid(profile, "credential_source \(other) is not known")
        }
        throw invalid(
            profile, "its credential_source \(profile["credential_source"] ?? "") has none")
    }

    private static func invalid(
        _ profile: SharedConfiguration.Profile, _ message: String
    ) -> AWSError {
        AWSError(
            "InvalidConfiguration", "profile \(profile.name): \(message)", "AWS configuration")
    }

    private static func unsupported(_ what: String) -> AWSError {
        AWSError(
            "UnsupportedCredentials",
            "\(what) are not supported; use credential_process = aws configure export-credentials",
            "AWS configuration")
    }
}
