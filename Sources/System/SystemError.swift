#if canImport(Glibc)
public import Glibc
#endif

/// A system call that failed.
public struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The call, `open` say.
    public let call: String
    /// What it was asked to work on, a path mostly.
    public let subject: String
    public let errno: Int32

    public init(_ call: String, _ subject: String, errno: Int32 = Glibc.errno) {
        self.call = call
        self.subject = subject
        self.errno = errno
    }

    public var description: String { "\(call) \(subject): \(String(cString: strerror(errno)))" }
}

/// Runs a system call again while a signal interrupts it.
/// - Throws: ``SystemError`` when it returns -1 for another reason.
@discardableResult
public func retryingInterrupts<Result: FixedWidthInteger>(
    _ call: String, _ subject: @autoclosure () -> String, _ body: () -> Result
) throws(SystemError) -> Result {
    while true {
        let result = body()
        if result != -1 { return result }
        let code = errno
        if code != EINTR { throw SystemError(call, subject(), errno: code) }
    }
}
