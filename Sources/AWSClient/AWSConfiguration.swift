public import System

/// Where requests go and who sends them.
///
/// Read from the environment, as Lambda sets it and every AWS tool understands it; what it does not say
/// is looked up when it is first needed, in the shared configuration files, from a
/// `credential_process`, a role, a container's endpoint or an instance's metadata.
public struct AWSConfiguration: Sendable {
    /// Nil: the profile's.
    public var region: String?
    /// Nil: looked up. When there are none, requests go out unsigned, which only a loopback endpoint
    /// gets.
    public var credentials: AWSCredentials?
    /// URLs without slash at the end, for all services and for one.
    public var endpointURL: String?
    public var endpointURLs: [AWSService: String]
    /// How often a request is tried in all (AWS_MAX_ATTEMPTS).
    public var maximumAttempts: Int
    /// Nil: what is not said here is not looked up.
    let chain: CredentialsChain?
    private let ignoresConfiguredEndpoints: Bool

    /// Just this; nothing is looked up.
    public init(
        region: String? = nil, credentials: AWSCredentials? = nil, endpointURL: String? = nil,
        endpointURLs: [AWSService: String] = [:], maximumAttempts: Int = 3
    ) {
        self.region = region
        self.credentials = credentials
        self.endpointURL = endpointURL.map(Self.trimmed)
        self.endpointURLs = endpointURLs.mapValues(Self.trimmed)
        self.maximumAttempts = max(1, maximumAttempts)
        chain = nil
        ignoresConfiguredEndpoints = false
    }

    /// Reads AWS_REGION, AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
    /// AWS_SESSION_TOKEN, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_<SERVICE>,
    /// AWS_IGNORE_CONFIGURED_ENDPOINT_URLS and AWS_MAX_ATTEMPTS; an empty variable counts as not set.
    /// What ``CredentialsSource`` and ``SharedConfiguration`` read is read when it is needed.
    ///
    /// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>
    public init(environment variable: @escaping @Sendable (String) -> String? = environmentVariable)
    {
        func value(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }
        ignoresConfiguredEndpoints =
            value("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")?.lowercased() == "true"
        endpointURLs = [:]
        if !ignoresConfiguredEndpoints {
            for service in AWSService.allCases {
                endpointURLs[service] = value("AWS_ENDPOINT_URL_" + service.environmentName)
                    .map(Self.trimmed)
            }
            endpointURL = value("AWS_ENDPOINT_URL").map(Self.trimmed)
        }
        region = value("AWS_REGION") ?? value("AWS_DEFAULT_REGION")
        credentials = CredentialsSource.environmentCredentials(variable)
        maximumAttempts = max(1, value("AWS_MAX_ATTEMPTS").flatMap { Int($0) } ?? 3)
        chain = CredentialsChain(environment: variable)
    }

    /// The region to sign for and to send to; nil when nobody says.
    func knownRegion() throws(AWSError) -> String? {
        if let region { return region }
        return try chain?.shared.profile()?["region"]
    }

    /// The endpoint that was configured for the service; nil when AWS's own is to be used.
    /// - Throws: when the shared configuration files cannot be read.
    public func configuredEndpoint(_ service: AWSService) throws(AWSError) -> String? {
        if let known = endpointURLs[service] ?? endpointURL { return known }
        guard let chain, !ignoresConfiguredEndpoints, let profile = try chain.shared.profile(),
            profile["ignore_configured_endpoint_urls"]?.lowercased() != "true"
        else { return nil }
        let name = service.environmentName.lowercased()
        return (profile.services["\(name).endpoint_url"] ?? profile["endpoint_url"])
            .map(Self.trimmed)
    }

    /// `https://states.eu-west-1.amazonaws.com`, or the configured endpoint.
    func endpoint(_ service: AWSService) throws(AWSError) -> String {
        if let configured = try configuredEndpoint(service) { return configured }
        guard let region = try knownRegion() else {
            throw AWSError(
                "MissingRegion",
                "no region: set AWS_REGION, or region in the profile, or AWS_ENDPOINT_URL",
                service.rawValue)
        }
        // It becomes part of a host's name.
        let allowed = ASCIISet.lowercaseLetters.union(.digits).union("-")
        guard allowed.contains(allOf: region) else {
            throw AWSError(
                "InvalidConfiguration", "\(region.debugDescription) is no region", service.rawValue)
        }
        let suffix = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        return "https://\(service.signingName).\(region).\(suffix)"
    }

    /// Who signs a request to that URL; nil for nobody, which only this machine gets.
    /// - Throws: code `MissingCredentials` for anywhere else.
    func signer(for url: String) throws(AWSError) -> AWSCredentials? {
        if let credentials { return credentials }
        if Self.isLoopback(url) {
            return chain?.isExplicit == true ? try chain?.credentials() : nil
        }
        if let chain { return try chain.credentials() }
        throw AWSError(
            "MissingCredentials",
            "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
            "AWS configuration")
    }

    static func trimmed(_ url: String) -> String {
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
