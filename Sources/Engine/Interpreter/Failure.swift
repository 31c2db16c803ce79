import JSON
import StatesLanguage

/// Why a state, an execution or a Map Run failed. A Fail state may leave out either part.
struct Failure: Error, Sendable, Hashable {
    var error: String?
    var cause: String?

    init(error: String?, cause: String?) {
        self.error = error
        self.cause = cause
    }

    init(_ error: StatesError) {
        self.init(error: error.error, cause: error.cause)
    }

    /// What Retry and Catch see.
    var statesError: StatesError { StatesError(error ?? "", cause ?? "") }

    /// The same with `error` and `cause` cut off at their limits: a function may answer megabytes.
    var shortened: Failure {
        func cut(_ text: String?, _ count: Int) -> String? {
            guard let text, text.utf8.count > count, text.unicodeScalars.count > count else {
                return text
            }
            return String(String.UnicodeScalarView(text.unicodeScalars.prefix(count)))
        }
        return Failure(
            error: cut(error, Limits.errorCharacters), cause: cut(cause, Limits.causeCharacters))
    }

    /// The members `error` and `cause`, those that are there.
    var members: JSONObject {
        var object = JSONObject()
        object["error"] = error.map { .string($0) }
        object["cause"] = cause.map { .string($0) }
        return object
    }

    /// As Step Functions words an error of its own while it runs a state.
    static func during(_ state: String, eventID: Int, _ error: StatesError) -> Failure {
        Failure(
            error: error.error,
            cause: "An error occurred while executing the state '\(state)' (entered at the event "
                + "id #\(eventID)). \(error.cause)")
    }

    /// `who` is a state's name or a task's resource.
    static func dataLimitExceeded(_ who: String) -> Failure {
        Failure(
            error: StatesError.Name.dataLimitExceeded,
            cause: "The state/task '\(who)' returned a result with a size exceeding the maximum "
                + "number of bytes service limit.")
    }

    static let timeout = Failure(error: StatesError.Name.timeout, cause: nil)
}
