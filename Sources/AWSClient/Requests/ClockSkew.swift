import System

/// How far this machine's clock is from the services', found out when one refuses a request for its
/// time.
enum ClockSkew {
    /// Below this, a refusal has another reason: signatures are good for five minutes.
    static let toleranceSeconds = 240.0
    /// Codes that say so, and codes that can mean it. A HEAD request is told the status only.
    static let codes: Set = [
        "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "InvalidSignatureException",
        "SignatureDoesNotMatch", "AuthFailure",
    ]

    /// What is to be added to this machine's time from now on, in nanoseconds; nil when the error has
    /// nothing to do with it.
    /// - Parameters:
    ///   - skew: what is added to it at present.
    ///   - now: this machine's time.
    static func correction(for error: AWSError, skew: Int, now: Timestamp) -> Int? {
        guard codes.contains(error.code) || error.httpStatus == 403,
            let theirs = error.serverTime
        else { return nil }
        let off = theirs.nanoseconds - now.nanoseconds
        return Double((off - skew).magnitude) > toleranceSeconds * 1e9 ? off : nil
    }
}
