/// Why the cloud of this machine, or what is asked through it, cannot do what was asked of it.
package struct CloudError: Error, Sendable {
    package enum Code: Sendable {
        /// The work was done but did not succeed, or cannot be done in this state of things.
        case failure
        /// What was asked for cannot be meant.
        case usage
        /// What was asked for is not there, or refuses: an execution, a service, a function.
        case unavailable
        /// An error of the system or of sluice itself.
        case internalError
        /// Another process has the home.
        case inUse
    }

    package var code: Code
    /// One sentence for the user, without a full stop.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    static func usage(_ message: String) -> CloudError { CloudError(.usage, message) }
}
