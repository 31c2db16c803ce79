import AWSClient

extension StoreError {
    /// A service's error under the code that handlers and retriers know.
    init(_ error: AWSError, subject: String) {
        let code: Code =
            switch error.code {
            case "AccessDenied", "AccessDeniedException", "Forbidden": .accessDenied
            case "NoSuchKey", "NotFound", "NoSuchVersion": .noSuchKey
            case "NoSuchBucket": .noSuchBucket
            case "PreconditionFailed": .versionChanged
            default: error.isTransient ? .unavailable : Code(rawValue: error.code)
            }
        self.init(code, "\(error)", subject: subject)
    }
}
