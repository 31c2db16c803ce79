import HTTP
import System

/// Gets credentials from where the environment and the shared configuration files say, when they are
/// first needed; keeps them, and gets new ones before they expire. May be used by many threads, one of
/// which asks while the others wait or go on with those there are.
final class CredentialsChain: Sendable {
    let shared: SharedConfiguration
    private let environment: @Sendable (String) -> String?
    private let cache = Monitor(CredentialsCache())
    private let clock: any Clock
    private let retries: RetryPolicy

    init(
        environment: @escaping @Sendable (String) -> String?, clock: any Clock = WallClock(),
        retries: RetryPolicy = RetryPolicy()
    ) {
        self.environment = environment
        self.clock = clock
        self.retries = retries
        shared = SharedConfiguration(environment: environment)
    }

    /// Whether the user has said whose credentials are to be used. Unasked, none are looked for on
    /// behalf of a service on this machine, and no token travels there.
    var isExplicit: Bool {
        shared.namedProfile != nil
            || CredentialsSource.environmentCredentials(environment) != nil
    }

    /// - Throws: code `MissingCredentials` when none are configured and this is no instance with a
    ///   role; else what went wrong.
    func credentials() throws(AWSError) -> AWSCredentials {
        while true {
            let step = cache.wait { [clock] cache -> CredentialsCache.Step? in
                let step = cache.step(at: clock.now())
                return step == .wait ? nil : step
            }
            switch step {
            case .use(let credentials)?: return credentials
            case .fail(let error)?: throw error
            case .get?, .wait?, nil: break
            }
            let outcome: Result<AWSCredentials, AWSError>
            do throws(AWSError) { outcome = .success(try ask()) } catch {
                outcome = .failure(error)
            }
            cache.withLock { $0.took(outcome, at: clock.now()) }
        }
    }

    /// A service says that these have expired or are unknown.
    func drop(_ refused: AWSCredentials) { cache.withLock { $0.drop(refused) } }

    private func ask() throws(AWSError) -> AWSCredentials {
        let source = try CredentialsSource.choose(environment: environment, shared: shared)
        guard let source else { throw Self.missing("") }
        do throws(AWSError) {
            return try credentials(of: source)
        } catch {
            if case .instance = source, error.code == "ConnectionError" {
                throw Self.missing(", and this is no EC2 instance (\(error.message))")
            }
            throw error
        }
    }

    private static func missing(_ more: String) -> AWSError {
        AWSError(
            "MissingCredentials",
            "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE\(more)",
            "AWS configuration")
    }

    private func credentials(of source: CredentialsSource) throws(AWSError) -> AWSCredentials {
        // Nearby, or nobody is there: one second to connect.
        let http = HTTPClient(connectTimeoutSeconds: 1)
        switch source {
        case .fixed(let credentials): return credentials
        case .process(let command): return try ProcessCredentials.credentials(command: command)
        case .container(let container): return try container.credentials(http, retries)
        case .instance(let instance): return try instance.credentials(http)
        case .role(let role, let inner):
            var configuration = AWSConfiguration(environment: environment)
            configuration.credentials = try credentials(of: inner)
            return try role.credentials(
                AWSClient(configuration, clock: clock, retries: retries))
        }
    }
}
