import Engine
import Glibc
import JSON
import System

/// Why a call got no answer from the function's own code.
enum CallFailure: Sendable, Hashable {
    case timedOut(seconds: Double)
    case processEnded(ChildProcess.Ending)
    case notStarted(SystemError)
    /// The process asked for the next call without having answered.
    case noAnswer
    case cancelled
    /// Failed on purpose, see ``Drill``.
    case drill

    /// The failure as AWS Lambda words it.
    func result(requestID: String) -> LambdaResult {
        switch self {
        case .timedOut(let seconds):
            .functionError(
                "Sandbox.Timedout", requestID, "Task timed out after \(hundredths(seconds)) seconds"
            )
        case .processEnded(.exited(code: 0)), .noAnswer:
            .functionError(
                "Runtime.ExitError", requestID, "Runtime exited without providing a reason")
        case .processEnded(let ending):
            .functionError("Runtime.ExitError", requestID, "Runtime exited with error: \(ending)")
        case .notStarted(let error) where error.errno == ENOENT:
            .serviceError(
                error: "Lambda.ResourceNotFoundException",
                cause: "The function's executable is missing: \(error.subject)")
        case .notStarted(let error):
            .functionError("Runtime.InvalidEntrypoint", requestID, "fork/exec \(error)")
        case .drill:
            .functionError("Sluice.Drill", requestID, "This call was made to fail, by a drill")
        case .cancelled:
            .serviceError(error: "Lambda.Unknown", cause: "The invocation was cancelled.")
        }
    }

    private func hundredths(_ seconds: Double) -> String {
        let value = Int((seconds * 100).rounded())
        let fraction = value % 100
        return "\(value / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }
}

extension LambdaResult {
    /// As AWS Lambda refuses a request over its limit.
    static func payloadTooLarge(_ bytes: Int) -> LambdaResult {
        .serviceError(
            error: "Lambda.RequestTooLargeException",
            cause: "\(bytes) byte payload is too large for the RequestResponse invocation type "
                + "(limit \(FunctionHost.maximumPayloadBytes) bytes)")
    }

    static func functionNotFound(_ arn: String) -> LambdaResult {
        .serviceError(
            error: "Lambda.ResourceNotFoundException", cause: "Function not found: \(arn)")
    }

    static var answerTooLarge: LambdaResult {
        .functionError([
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": JSON(
                "Response payload size exceeded maximum allowed payload size "
                    + "(\(FunctionHost.maximumPayloadBytes) bytes)."),
        ])
    }

    /// An error object as AWS Lambda makes it for a function that could not.
    static func functionError(
        _ type: String, _ requestID: String, _ message: String
    ) -> LambdaResult {
        .functionError([
            "errorType": JSON(type), "errorMessage": "RequestId: \(requestID) Error: \(message)",
        ])
    }
}
