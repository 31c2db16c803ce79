public import JSON
public import System

/// Runs Lambda functions for the engine. Its methods are called on the engine's thread: they must
/// neither block nor call the engine.
public protocol LambdaInvoker: Sendable {
    /// Starts an invocation. `completion` is to be called once, from any thread, also for one that
    /// is cancelled. State timeouts are the engine's business, by ``cancel(_:)``.
    func invoke(
        _ invocation: LambdaInvocation, completion: @escaping @Sendable (LambdaResult) -> Void)

    /// The result of that invocation is no longer wanted; kills its worker or lets the result go.
    func cancel(_ id: LambdaInvocation.ID)
}

/// One invocation of a function.
public struct LambdaInvocation: Sendable, Identifiable {
    /// Unique as long as the process lives.
    public let id: UInt64
    /// Without ARN, version or alias.
    public let functionName: String
    public let payload: JSON
    public let executionARN: String
    public let stateName: String
    /// 0 for the first, then counting the retries of the state.
    public let attempt: Int

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

/// How an invocation ended.
public enum LambdaResult: Sendable {
    case success(JSON)
    /// What the function answered as its error: `{"errorType":…,"errorMessage":…}`.
    case functionError(JSON)
    /// The function could not be run, `Lambda.ResourceNotFoundException` say.
    case serviceError(error: String, cause: String)
    /// The invocation was not begun and never will be. The task waits, and is invoked again, as if for
    /// the first time, when the engine is next started.
    case notBegun
}

/// Where ItemReader reads and ResultWriter writes. Called on a thread of the engine's own.
public protocol ObjectSource: Sendable {
    func getObject(bucket: String, key: String) throws -> [UInt8]
    func putObject(bucket: String, key: String, bytes: [UInt8]) throws
    /// All objects whose keys start with the prefix, however many, sorted by their keys' bytes.
    func listObjects(bucket: String, prefix: String) throws -> [ListedObject]
}

/// One entry of a listing.
public struct ListedObject: Sendable, Hashable {
    public let key: String
    public let sizeBytes: Int
    /// Since 1970.
    public let lastModifiedSeconds: Int
    /// Without quotes.
    public let eTag: String

    public init(key: String, sizeBytes: Int, lastModifiedSeconds: Int, eTag: String) {
        self.key = key
        self.sizeBytes = sizeBytes
        self.lastModifiedSeconds = lastModifiedSeconds
        self.eTag = eTag
    }
}

/// The services that tasks call. Called on a thread of the engine's own, one call at a time; may
/// block.
public protocol ServiceCaller: Sendable {
    /// One call: `sqs` `sendMessage`, `dynamodb` `getItem` and its like, `s3` `getObject` and
    /// `putObject`, `events` `putEvents`, with the parameters of the service's own API.
    /// - Returns: the answer as the service's API has it.
    /// - Throws: the service's own error. `States.DataLimitExceeded` for an answer that no state
    ///   could hold.
    func call(_ service: String, _ action: String, _ parameters: JSON) throws(ServiceError) -> JSON
}

/// Stands where nobody offers services.
struct NoServices: ServiceCaller {
    func call(
        _ service: String, _ action: String, _ parameters: JSON
    ) throws(ServiceError) -> JSON {
        throw ServiceError("ServiceUnavailable", "There is no \(service) here")
    }
}

/// What an ``Engine`` works with.
public struct EngineConfiguration: Sendable {
    /// The SQLite file; made when it is not there. Only one engine at a time may have it open.
    public var storePath: String
    public var region = LocalAccount.region
    public var account = LocalAccount.id
    /// Child executions of a Map Run that run at once at most, whatever its MaxConcurrency, when
    /// they wait for nothing but functions; at least 1. AWS allows 10,000, which on one machine would
    /// only wait for workers.
    public var childConcurrency = Limits.childConcurrency
    public var clock: any Clock = WallClock()
    public var invoker: any LambdaInvoker
    public var objects: any ObjectSource
    /// Without it tasks that call a service fail.
    public var services: any ServiceCaller = NoServices()
    /// Given EventBridge's "Step Functions Execution Status Change" event each time an execution
    /// starts to run or ends (not for a Map Run's children): at least once, after it is written.
    /// Called on the engine's thread: be quick, and do not call the engine from it.
    public var onStatusChange: (@Sendable (JSON) -> Void)?
    /// Whether the event of an execution's end is kept, and given again after each start of the engine,
    /// until ``Engine/acknowledge(_:)``; otherwise it counts as taken once it was given.
    public var keepsEndsUntilAcknowledged = false
    /// Told once when the store can no longer be written, a full disk say. Nothing goes on from then, and
    /// every call is refused; what is written goes on with the next ``Engine`` that opens the store.
    /// Called on the engine's thread.
    public var onStoreFailure: @Sendable (EngineError) -> Void = {
        standardError("sluice: the engine stops, its store failed: \($0)\n")
    }

    public init(
        storePath: String, invoker: any LambdaInvoker, objects: any ObjectSource
    ) {
        self.storePath = storePath
        self.invoker = invoker
        self.objects = objects
    }
}

/// Why an operation was refused, as the API of Step Functions or of another service words it.
public struct ServiceError: Error, Sendable, Hashable, CustomStringConvertible {
    /// `ExecutionAlreadyExists`, `StateMachineDoesNotExist` …
    public let code: String
    public let message: String

    public init(_ code: String, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(code): \(message)" }
}

/// What keeps the engine from opening or writing its store.
public struct EngineError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable { case store, storeInUse }
    public let code: Code
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}

/// The account and the region that everything on one machine is said to be in, as other local
/// endpoints of AWS have them.
public enum LocalAccount {
    public static let id = "000000000000"
    public static let region = "us-east-1"
}
