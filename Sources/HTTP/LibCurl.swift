import CCurl

#if canImport(Glibc)
import Glibc
#endif

/// libcurl as a whole: set up once, when the first client is made.
enum LibCurl {
    /// Where Debian and Amazon Linux keep the certificates of the authorities that they trust. A
    /// static libcurl knows no path of its own.
    private static let certificateBundles = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
    ]

    /// The bundle to trust in place of libcurl's own; nil in a dynamic executable.
    static let certificateBundle: String? = {
        let isStatic = curl_prepare_static_executable() == 1
        curl_global_init(Int(CURL_GLOBAL_NOTHING))
        return isStatic ? certificateBundles.first { access($0, R_OK) == 0 } : nil
    }()
}

/// Runs `body` with SIGPIPE held back from this thread: OpenSSL writes to sockets without
/// MSG_NOSIGNAL, and a server that hangs up must not end the process.
func withoutBrokenPipeSignal<Result>(_ body: () -> Result) -> Result {
    var signals = sigset_t()
    var before = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &signals, &before)
    let result = body()
    if sigismember(&before, SIGPIPE) == 0 {
        // One that came meanwhile is taken away before the thread can get it.
        var noTime = timespec()
        while sigtimedwait(&signals, nil, &noTime) == -1, errno == EINTR {}
        pthread_sigmask(SIG_SETMASK, &before, nil)
    }
    return result
}
