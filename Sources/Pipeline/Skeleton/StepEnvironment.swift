public import JSON
public import LambdaRuntime
public import Stores

/// What a step may use of the world.
public struct StepEnvironment: Sendable {
    /// The jobs that it serves.
    public var jobs: [any Job.Type]
    public var objects: any ObjectStore
    /// The table of file sets.
    public var table: any Table
    /// Takes the error messages of jobs that have no queue, and of files that no job takes.
    public var errors: any MessageQueue
    /// The jobs' queues, tables and buckets.
    public var resources: ResourceAccess
    /// What is set of the jobs' options.
    public var options: OptionValues
    public var executions: any Executions
    /// The bucket for manifests, parts and results.
    public var workBucket: String
    /// Bytes of a chunk; see ``ChunkPlan``.
    public var chunkSizeBytes: Int?
    /// Seconds that a file set may stay incomplete.
    public var deadlineSeconds: Int
    /// Lines of a file that may be rejected before its step fails.
    public var allowedRejects: Int
    /// The byte between two fields.
    public var delimiter: UInt8
    /// Megabytes of the function's memory, which sets its price.
    public var memoryMegabytes: Int
    /// Writes one line to the function's log: no secrets, nothing that stands in a file.
    public var log: @Sendable (_ message: String, _ fields: JSONObject) -> Void
    /// Takes the invocation's metrics.
    public var record: @Sendable (_ metrics: [StepMetric]) -> Void
    /// Seconds until the invocation is stopped; infinite without limit.
    public var remainingSeconds: @Sendable () -> Double

    public init(
        jobs: [any Job.Type] = Jobs.all, objects: any ObjectStore, table: any Table,
        errors: any MessageQueue,
        resources: ResourceAccess, options: OptionValues = OptionValues(),
        executions: any Executions, workBucket: String, chunkSizeBytes: Int? = nil,
        deadlineSeconds: Int = 86_400, allowedRejects: Int = 0,
        delimiter: UInt8 = UInt8(ascii: ","), memoryMegabytes: Int = 1769
    ) {
        self.jobs = jobs
        self.objects = objects
        self.table = table
        self.errors = errors
        self.resources = resources
        self.options = options
        self.executions = executions
        self.workBucket = workBucket
        self.chunkSizeBytes = chunkSizeBytes
        self.deadlineSeconds = deadlineSeconds
        self.allowedRejects = allowedRejects
        self.delimiter = delimiter
        self.memoryMegabytes = memoryMegabytes
        log = { _, _ in }
        record = { _ in }
        remainingSeconds = { .infinity }
    }

    /// The same for one invocation, with where its log lines and metrics go and when it has to end.
    public func observed(by context: LambdaContext) -> StepEnvironment {
        var copy = self
        copy.log = context.log.info
        copy.record = context.record
        copy.remainingSeconds = { context.remainingSeconds }
        return copy
    }
}

extension StepEnvironment {
    /// - Throws: ``StepError`` `Sluice.UnknownJob`, which lists the jobs.
    func job(_ name: String) throws(StepError) -> any Job.Type {
        try Jobs.named(name, among: jobs)
    }

    /// Takes the error messages of that job; nil for files that no job takes.
    func errorQueue(of job: (any Job.Type)?) throws(StepError) -> any MessageQueue {
        guard let queue = job?.messages else { return errors }
        return try resources.queue(queue)
    }
}

/// What `arrive` asks of Step Functions.
public protocol Executions: Sendable {
    /// Starts an execution of a job's state machine.
    /// - Returns: false when one of that name has been before: it is closed, or has another input.
    ///   True when it was started now or goes on with the very same input.
    func start(_ job: String, name: String, input: JSON) throws -> Bool
    /// Answers a task that waits.
    /// - Returns: false when nobody waits with that token any more.
    func sendTaskSuccess(token: String, output: JSON) throws -> Bool
    /// The job whose state machine that is; nil for another state machine.
    func job(ofStateMachine arn: String) -> (any Job.Type)?
}

/// The queues, tables and buckets of all jobs, by the names of their ``JobResource``.
public struct ResourceAccess: Sendable {
    private let queues: [String: any MessageQueue]
    private let tables: [String: any ItemTable]
    private let tablesNamed: [String: @Sendable (String) throws(StoreError) -> any ItemTable]
    private let buckets: [String: String]

    /// - Parameter tablesNamed: of a resource of many tables, opens one by its name.
    public init(
        queues: [String: any MessageQueue] = [:], tables: [String: any ItemTable] = [:],
        tablesNamed: [String: @Sendable (String) throws(StoreError) -> any ItemTable] = [:],
        buckets: [String: String] = [:]
    ) {
        self.queues = queues
        self.tables = tables
        self.tablesNamed = tablesNamed
        self.buckets = buckets
    }

    /// - Throws: ``StepError`` `Sluice.BadConfiguration` when the function was not given it.
    func queue(_ resource: JobResource) throws(StepError) -> any MessageQueue {
        guard let queue = queues[resource.name] else { throw missing(resource) }
        return queue
    }

    /// Nil when the table is not kept.
    func table(_ resource: JobResource) -> (any ItemTable)? { tables[resource.name] }

    /// One of the resource's tables.
    /// - Throws: ``StepError`` `Sluice.BadConfiguration` when the function was not given it; what the
    ///   store throws for a name that cannot be one.
    func table(_ resource: JobResource, named name: String) throws -> any ItemTable {
        guard let open = tablesNamed[resource.name] else { throw missing(resource) }
        return try open(name)
    }

    /// - Throws: ``StepError`` `Sluice.BadConfiguration` when the function was not given it.
    func bucket(_ resource: JobResource) throws(StepError) -> String {
        guard let bucket = buckets[resource.name] else { throw missing(resource) }
        return bucket
    }

    private func missing(_ resource: JobResource) -> StepError {
        StepError(
            errorName: ErrorName.badConfiguration,
            cause: "the environment variable \(resource.environment) is not set")
    }
}
