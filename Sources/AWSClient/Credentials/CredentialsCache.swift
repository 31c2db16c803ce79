import System

/// Credentials that were got, how long they may be used, and who gets the next ones. Decides; the
/// chain acts.
struct CredentialsCache {
    /// From so long before they expire on, one thread gets the next ones while the others go on.
    static let earlySeconds = 300.0
    /// From so long before they expire on, all wait for the next ones.
    static let lateSeconds = 60.0
    /// After an answer nobody asks again for so long: what everybody waits for in vain is waited for
    /// once, and credentials that are good for a short time only are not asked for with every request.
    static let pauseSeconds = 5.0

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
        let isTooEarly = notBefore.map { now < $0 } ?? false
        let isUsable = remaining.map { $0 > 0 } ?? false
        if !isBeingAsked, !(isTooEarly && (failure != nil || isUsable)) {
            isBeingAsked = true
            return .get
        }
        if let credentials, let remaining {
            // Late, they are used only when there will be no others for now.
            if remaining > Self.lateSeconds || (!isBeingAsked && isUsable) {
                return .use(credentials)
            }
        }
        if isBeingAsked { return .wait }
        return failure.map { .fail($0) } ?? .wait
    }

    mutating func took(_ outcome: Result<AWSCredentials, AWSError>, at now: Timestamp) {
        isBeingAsked = false
        notBefore = now + Self.pauseSeconds
        switch outcome {
        case .success(let new) where new.expiration.map { $0 <= now } ?? false:
            failure = AWSError(
                "InvalidCredentials", "the credentials that were given have expired already",
                "AWS configuration")
        case .success(let new): (credentials, failure) = (new, nil)
        case .failure(let error): failure = error
        }
    }

    /// A service refused these: others are got with the next step, unless that has happened already.
    mutating func drop(_ refused: AWSCredentials) {
        if credentials == refused { (credentials, failure, notBefore) = (nil, nil, nil) }
    }
}
