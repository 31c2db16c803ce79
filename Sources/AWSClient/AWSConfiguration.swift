public import System

/// Access keys, with a session token when they are temporary.
public struct AWSCredentials: Sendable, Hashable {
    public var accessKeyID: String
    public var secretAccessKey: String
    public var sessionToken: String?

    public init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }
}

/// Where requests go and who sends them.
///
/// Read from the environment, as Lambda sets it and every AWS tool understands it. Not supported yet:
/// the shared configuration files, container and instance credentials.
public struct AWSConfiguration: Sendable {
    /// Nil when none is set; then only a configured endpoint can be used.
    public var region: String?
    /// Nil: requests go out unsigned, which only a loopback endpoint gets.
    public var credentials: AWSCredentials?
    /// URLs without slash at the end, for all services and for one.
    public var endpointURL: String?
    public var endpointURLs: [AWSService: String]
    /// How often a request is tried in all (AWS_MAX_ATTEMPTS).
    public var maximumAttempts: Int

    public init(
        region: String? = nil, credentials: AWSCredentials? = nil, endpointURL: String? = nil,
        endpointURLs: [AWSService: String] = [:], maximumAttempts: Int = 3
    ) {
        self.region = region
        self.credentials = credentials
        self.endpointURL = endpointURL.map(Self.trimmed)
        self.endpointURLs = endpointURLs.mapValues(Self.trimmed)
        self.maximumAttempts = max(1, maximumAttempts)
    }

    /// Reads AWS_REGION, AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
    /// AWS_SESSION_TOKEN, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_<SERVICE>,
    /// AWS_IGNORE_CONFIGURED_ENDPOINT_URLS and AWS_MAX_ATTEMPTS; an empty variable counts as not set.
    ///
    /// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>
    public init(environment variable: (String) -> String? = environmentVariable) {
        func value(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }
        var credentials: AWSCredentials?
        if let id = value("AWS_ACCESS_KEY_ID"), let secret = value("AWS_SECRET_ACCESS_KEY") {
            credentials = AWSCredentials(
                accessKeyID: id, secretAccessKey: secret, sessionToken: value("AWS_SESSION_TOKEN"))
        }
        var own: [AWSService: String] = [:]
        var general: String?
        if value("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")?.lowercased() != "true" {
            for service in AWSService.allCases {
                own[service] = value("AWS_ENDPOINT_URL_" + service.environmentName)
            }
            general = value("AWS_ENDPOINT_URL")
        }
        self.init(
            region: value("AWS_REGION") ?? value("AWS_DEFAULT_REGION"), credentials: credentials,
            endpointURL: general, endpointURLs: own,
            maximumAttempts: value("AWS_MAX_ATTEMPTS").flatMap { Int($0) } ?? 3)
    }

    /// The endpoint that was configured for the service; nil when AWS's own is to be used.
    public func configuredEndpoint(_ service: AWSService) -> String? {
        endpointURLs[service] ?? endpointURL
    }

    /// `https://states.eu-west-1.amazonaws.com`, or the configured endpoint.
    func endpoint(_ service: AWSService) throws(AWSError) -> String {
        if let configured = configuredEndpoint(service) { return configured }
        guard let region else {
            throw AWSError(
                "MissingRegion", "no region: set AWS_REGION, or AWS_ENDPOINT_URL", service.rawValue)
        }
        let suffix = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        return "https://\(service.signingName).\(region).\(suffix)"
    }

    private static func trimmed(_ url: String) -> String {
        var url = url
        while url.hasSuffix("/") { url.removeLast() }
        return url
    }

    /// Whether a URL's host is this very machine: there requests may go unsigned.
    static func isLoopback(_ url: String) -> Bool {
        var host = URLParts(url).authority
        if let at = host.lastIndex(of: "@") { host = String(host[host.index(after: at)...]) }
        if host.hasPrefix("[") { return host.hasPrefix("[::1]") }
        let name = host.prefix { $0 != ":" }
        if name == "localhost" || name.hasSuffix(".localhost") { return true }
        let numbers = name.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
    }
}
