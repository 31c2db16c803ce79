import System

/// Credentials that were got, how long they may be used, and who gets the next ones. Decides; the
/// chain acts.
struct CredentialsCache {
    /// From so long before they expire on, one thread gets the next ones while the others go on.
    static let earlySeconds = 300.0
    /// From so long before they expire on, all wait for the next ones.
    static let lateSeconds = 60.0
    /// After a failure nobody asks again for so long: an answer that everybody waits for in vain is
    /// waited for once.
    static let pauseAfterFailureSeconds = 5.0

    enum Step: Equatable {
        case use(AWSCredentials)
        case fail(AWSError)
        /// The caller is to get the next ones, and to tell with ``took(_:at:)``.
        case get
        /// Another thread is getting them.
        case wait
    }

    private var credentials: AWSCredentials?
    private var isBeingAsked = false
    private var failure: AWSError?
    private var notBefore: Timestamp?

    mutating func step(at now: Timestamp) -> Step {
        let remaining = credentials?.expiration.map { $0.seconds - now.seconds }
        if let credentials, remaining.map({ $0 > Self.earlySeconds }) ?? true {
            return .use(credentials)
        }
        let mayAsk = !isBeingAsked && notBefore.map { $0 <= now } ?? true
        if mayAsk {
            isBeingAsked = true
            return .get
        }
        if let credentials, let remaining {
            // Late, they are used only when there will be no others for now.
            if remaining > Self.lateSeconds || (!isBeingAsked && remaining > 0) {
                return .use(credentials)
            }
        }
        if isBeingAsked { return .wait }
        return failure.map { .fail($0) } ?? .wait
    }

    mutating func took(_ outcome: Result<AWSCredentials, AWSError>, at now: Timestamp) {
        isBeingAsked = false
        switch outcome {
        case .success(let new): (credentials, failure, notBefore) = (new, nil, nil)
        case .failure(let error):
            (failure, notBefore) = (error, now + Self.pauseAfterFailureSeconds)
        }
    }

    /// A service refused these: others are got with the next step, unless that has happened already.
    mutating func drop(_ refused: AWSCredentials) {
        if credentials == refused { credentials = nil }
    }
}
