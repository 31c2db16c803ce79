public import JSON
import LambdaRuntime
import Stores

/// The executables that states call, all jobs' alike.
public enum StepFunction: String, Sendable, CaseIterable {
    case arrive, validate
    case parseChunk = "parse-chunk"
    case seal, aggregate, emit

    /// `ParseChunk` for parse-chunk: what its logical ids and placeholders begin with.
    public var logicalName: String {
        rawValue.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    /// What stands, as `${…}`, for the function's ARN in definitions: `ParseChunkFunctionArn`.
    public var placeholder: String { logicalName + "FunctionArn" }

    /// Serves invocations until the host goes away: all that an executable does.
    public func serve() -> Never {
        LambdaRuntime.run(describing: StepSubject.fields) {
            let environment = try StepEnvironment.fromVariables()
            return { event, context in try handle(event, environment.observed(by: context)) }
        }
    }

    /// Answers one event. What fails in a store fails the step under `Sluice.` and the store's code.
    public func handle(_ event: JSON, _ environment: StepEnvironment) throws -> JSON {
        do {
            switch self {
            case .arrive: return try Arrive(environment).handle(event)
            case .validate: return try Validate(environment).handle(event)
            case .parseChunk: return try ParseChunk(environment).handle(event)
            case .seal: return try Seal(environment).handle(event)
            case .aggregate, .emit: return try WorkOnTask(environment).handle(event)
            }
        } catch let error as StoreError { throw StepError(error) }
    }
}

extension StepError {
    /// An error of a store under the name that definitions retry: `Sluice.Unavailable`,
    /// `Sluice.VersionChanged` and so on.
    init(_ error: StoreError) {
        let cause = "\(error.subject): \(error.message)"
        self.init(
            errorName: "Sluice." + error.code.rawValue, cause: cause,
            details: ["subject": .string(error.subject)])
        if let key = error.key {
            self.cause = "\(error.subject), key \(key.debugDescription): \(error.message)"
            details?["value"] = .string(key)
            publicCause = cause
        }
    }
}
