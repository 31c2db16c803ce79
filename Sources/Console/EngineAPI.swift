public import JSON

/// Runs Lambda functions for the engine.
public protocol LambdaInvoker: Sendable {
    /// Starts an invocation; `completion` is called once, from any thread.
    func invoke(
        _ invocation: LambdaInvocation, completion: @escaping @Sendable (LambdaResult) -> Void)
    /// Best effort: kills the worker process or lets the result go.
    func cancel(_ id: LambdaInvocation.ID)
}

public struct LambdaInvocation: Sendable, Identifiable {
    public var id: UInt64
    public var functionName: String
    public var payload: JSON
    public var executionARN: String
    public var stateName: String
    public var attempt: Int

    public init(
        id: UInt64, functionName: String, payload: JSON, executionARN: String, stateName: String,
        attempt: Int
    ) {
        self.id = id
        self.functionName = functionName
        self.payload = payload
        self.executionARN = executionARN
        self.stateName = stateName
        self.attempt = attempt
    }
}

public enum LambdaResult: Sendable {
    case success(JSON)
    case functionError(JSON)
    case serviceError(error: String, cause: String)
}

public struct ServiceError: Error, Sendable, Hashable {
    public let code: String
    public let message: String

    public init(_ code: String, _ message: String) {
        self.code = code
        self.message = message
    }
}
