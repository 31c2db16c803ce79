#if canImport(Glibc)
import Glibc
#endif

/// Lets this process, and those that it starts, have as many files open as it may allow itself: raises the
/// soft limit of setrlimit(2) to the hard one. Systems set the soft one to 1,024 for the sake of select(2),
/// which nothing here uses.
/// - Returns: how many that are.
@discardableResult
public func raiseOpenFileLimit() throws(SystemError) -> Int {
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { throw SystemError("getrlimit", "") }
    if limit.rlim_cur < limit.rlim_max {
        limit.rlim_cur = limit.rlim_max
        guard setrlimit(resource, &limit) == 0 else { throw SystemError("setrlimit", "") }
    }
    return Int(clamping: limit.rlim_cur)
}
