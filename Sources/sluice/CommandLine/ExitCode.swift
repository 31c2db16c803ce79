import LocalCloud

/// How the process ends. From 64 on as sysexits.h has them.
enum ExitCode: Int32, CaseIterable {
    case success = 0
    /// The work was done but did not succeed: an execution failed, a generated file is stale.
    case failure = 1
    case usage = 64
    /// An input file is missing, unreadable or does not belong to the others.
    case noInput = 66
    /// What was asked for is not there, or refuses: an execution, a service, a Lambda executable.
    case unavailable = 69
    /// An error of the system or of sluice itself.
    case internalError = 70
    /// Another process has the home.
    case inUse = 75
    case interrupted = 130

    var meaning: String {
        switch self {
        case .success: "done; for run, rerun and graph --follow: the execution succeeded"
        case .failure:
            "the execution did not succeed or cannot be rerun, or a generated file is stale"
        case .usage: "the command line is wrong"
        case .noInput: "an input file is missing, unreadable or does not belong to the set"
        case .unavailable:
            "the execution, a service or an executable that is needed is not there or does not answer"
        case .internalError: "an error of the system, or of sluice itself"
        case .inUse: "the home is in use by another sluice"
        case .interrupted: "interrupted; the execution goes on when the home is opened again"
        }
    }
}

/// Why a command cannot do its work; printed as `sluice: message`.
struct CommandError: Error {
    var code: ExitCode
    var message: String

    init(_ code: ExitCode, _ message: String) {
        self.code = code
        self.message = message
    }

    init(_ error: CloudError) {
        switch error.code {
        case .failure: code = .failure
        case .usage: code = .usage
        case .unavailable: code = .unavailable
        case .internalError: code = .internalError
        case .inUse: code = .inUse
        }
        message = error.message
    }

    static func usage(_ message: String) -> CommandError { CommandError(.usage, message) }
}
