public import Engine
import JSON
import Synchronization
import System

/// Lambda's Invoke, synchronous only: `POST /2015-03-31/functions/NAME/invocations`.
///
/// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
extension FunctionHost {
    /// These calls count down, those of the engine up, so that no two have one id.
    private static let nextID = Atomic(UInt64.max)

    func answerInvoke(_ function: String, _ request: ServerRequest) -> ServerResponse {
        let type = request.header("X-Amz-Invocation-Type") ?? "RequestResponse"
        guard type == "RequestResponse" else {
            return .lambdaError("InvalidParameterValueException", "\(type) is not supported here.")
        }
        let payload: JSON
        do throws(JSONError) {
            payload = request.body.isEmpty ? [:] : try JSON(parsing: request.body)
        } catch {
            return .lambdaError(
                "InvalidRequestContentException",
                "Could not parse request body into json: \(error)")
        }
        let invocation = LambdaInvocation(
            id: Self.nextID.wrappingSubtract(1, ordering: .relaxed).oldValue,
            functionName: function, payload: payload, executionARN: "", stateName: "", attempt: 0)
        let version = [("X-Amz-Executed-Version", "$LATEST")]
        switch invokeAndWait(invocation) {
        case .success(let result): return .json(200, result, headers: version)
        case .functionError(let error):
            return .json(200, error, headers: version + [("X-Amz-Function-Error", "Unhandled")])
        case .serviceError(let error, let cause):
            return .lambdaError(String(error.trimmingPrefix("Lambda.")), cause)
        case .notBegun:
            return .lambdaError("ServiceException", "The invocation was not begun.")
        }
    }

    /// Invokes a function and waits for its end.
    public func invokeAndWait(_ invocation: LambdaInvocation) -> LambdaResult {
        let result = Monitor<LambdaResult?>(nil)
        invoke(invocation) { outcome in result.withLock { $0 = outcome } }
        return result.wait { $0 }!
    }
}

extension ServerResponse {
    /// An error of Lambda's REST protocol.
    fileprivate static func lambdaError(_ code: String, _ message: String) -> ServerResponse {
        let status =
            switch code {
            case "ResourceNotFoundException": 404
            case "RequestTooLargeException": 413
            case "InvalidParameterValueException", "InvalidRequestContentException": 400
            default: 502
            }
        return .json(
            status, ["Type": status < 500 ? "User" : "Service", "Message": JSON(message)],
            headers: [("x-amzn-ErrorType", code)])
    }
}
