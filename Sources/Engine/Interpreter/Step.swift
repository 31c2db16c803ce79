import JSON
import StatesLanguage
import System

/// What can happen to an execution.
enum Stimulus: Sendable {
    case start
    /// An invocation is over. Ignored unless the task with that ticket is still waited for.
    case invocationEnded(flow: Int, ticket: Int, LambdaResult)
    /// The engine stops: what that task has asked for is not begun.
    case held(flow: Int, ticket: Int)
    case serviceAnswered(flow: Int, ticket: Int, Result<JSON, ServiceError>)
    case executionStarted(flow: Int, ticket: Int, Result<StartedExecution, ServiceError>)
    case executionEnded(flow: Int, ticket: Int, EndedExecution)
    case callback(flow: Int, ticket: Int, Callback)
    /// A time asked for by ``Effect/wake(flow:at:)`` has come. Flow 0 is the execution's timeout.
    case wake(flow: Int)
    case itemsRead(flow: Int, ticket: Int, Result<MapItems, Failure>)
    case mapRunEnded(flow: Int, arn: String, Result<JSON, Failure>)
    /// The engine was started again: what was in flight is lost, what waits waits on.
    case restored
    case stop(Failure)
    case redrive

    enum Callback: Sendable {
        case success(JSON)
        case failure(Failure)
        case heartbeat
    }
}

/// What the runner is to do once the step is written down.
enum Effect: Sendable {
    case invoke(
        flow: Int, ticket: Int, function: String, payload: JSON, state: String, attempt: Int)
    case cancel(flow: Int, ticket: Int)
    case call(flow: Int, ticket: Int, service: String, action: String, parameters: JSON)
    /// Start another execution; with `waits` its end is to be told to that task.
    case startExecution(flow: Int, ticket: Int, StartRequest, waits: Bool)
    /// From here on the end of that execution is to be told to that task.
    case expectExecution(arn: String, flow: Int, ticket: Int)
    case stopExecution(arn: String)
    case wake(flow: Int, at: Timestamp)
    /// From here on that token leads to that task.
    case expectCallback(token: String, flow: Int, ticket: Int)
    case readItems(flow: Int, ticket: Int, ItemSource)
    case startMapRun(MapRunPlan)
    case abortMapRun(arn: String)
    case redriveMapRun(arn: String)
    /// The execution started to run, or ended.
    case statusChanged(ExecutionState.Status)
}

/// What a stimulus has led to, to be written in one transaction.
struct Step: Sendable {
    var events: [HistoryEvent] = []
    var effects: [Effect] = []
    var changedFlows: Set<Int> = []
    var removedFlows: Set<Int> = []
    var executionChanged = false
}

/// What a step takes from outside, so that it can be repeated exactly in a test.
struct Surroundings: Sendable {
    var now: Timestamp
    /// Makes a UUID.
    var newID: @Sendable () -> String = { randomUUID() }
    /// In 0..<1, for jitter.
    var random: @Sendable () -> Double = { Double.random(in: 0..<1) }
}

/// Where a distributed Map reads its items.
struct ItemSource: Sendable {
    enum What: Sendable {
        case object(key: String)
        case listing(prefix: String)
    }

    let bucket: String
    let what: What
    let reader: ItemReader
    /// Items read at most.
    let limit: Int
}

/// A Map Run as its state asks for it.
struct MapRunPlan: Sendable {
    let arn: String
    let flow: Int
    let label: String
    let body: Int
    let isExpress: Bool
    let children: [Child]
    /// 0 when unlimited.
    let maxConcurrency: Int
    let toleratedFailureCount: Int
    let toleratedFailurePercentage: Double
    let results: ResultPlan

    /// A child execution that is to be.
    struct Child: Sendable {
        /// ItemSelector and ItemBatcher applied, as JSON text.
        let input: String
        /// How many items are in it: 1 without ItemBatcher.
        var items = 1
    }
}

/// What becomes of the results of a Map Run's children.
struct ResultPlan: Sendable {
    /// Nil when they are the state's result.
    let destination: (bucket: String, prefix: String)?
    let transformation: Transformation
    let outputType: OutputType

    typealias Transformation = ResultWriter.WriterConfig.Transformation
    typealias OutputType = ResultWriter.WriterConfig.OutputType
}
