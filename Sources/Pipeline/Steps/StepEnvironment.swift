public import JSON
public import Stores

/// What a step may use of the world.
public struct StepEnvironment: Sendable {
    public var objects: any ObjectStore
    public var queue: any MessageQueue
    public var table: any Table
    /// Where `emit` also keeps an item per customer; nil when it does not.
    public var customersTable: (any ItemTable)?
    public var executions: any Executions
    /// The bucket for manifests, parts and results.
    public var workBucket: String
    /// Bytes of a chunk; see ``ChunkPlan``.
    public var chunkSizeBytes: Int?
    /// Seconds that a file set may stay incomplete.
    public var deadlineSeconds: Int
    /// Records of a file that may be rejected before its step fails.
    public var allowedRejects: Int
    /// The byte between two fields.
    public var delimiter: UInt8
    /// Megabytes of the function's memory, which sets its price.
    public var memoryMegabytes: Int
    /// Writes one line to the function's log: no secrets, nothing that stands in a file.
    public var log: @Sendable (_ message: String, _ fields: JSONObject) -> Void
    /// Takes the invocation's metrics.
    public var record: @Sendable (_ metrics: [StepMetric]) -> Void

    public init(
        objects: any ObjectStore, queue: any MessageQueue, table: any Table,
        customersTable: (any ItemTable)? = nil, executions: any Executions, workBucket: String,
        chunkSizeBytes: Int? = nil,
        deadlineSeconds: Int = 86_400, allowedRejects: Int = 0,
        delimiter: UInt8 = UInt8(ascii: ","), memoryMegabytes: Int = 1769,
        log: @escaping @Sendable (String, JSONObject) -> Void = { _, _ in },
        record: @escaping @Sendable ([StepMetric]) -> Void = { _ in }
    ) {
        self.objects = objects
        self.queue = queue
        self.table = table
        self.customersTable = customersTable
        self.executions = executions
        self.workBucket = workBucket
        self.chunkSizeBytes = chunkSizeBytes
        self.deadlineSeconds = deadlineSeconds
        self.allowedRejects = allowedRejects
        self.delimiter = delimiter
        self.memoryMegabytes = memoryMegabytes
        self.log = log
        self.record = record
    }
}

/// What `arrive` asks of Step Functions.
public protocol Executions: Sendable {
    /// Starts an execution of the job's state machine.
    /// - Returns: false when one of that name has been before: it is closed, or has another input.
    ///   True when it was started now or goes on with the very same input.
    func start(name: String, input: JSON) throws -> Bool
    /// Answers a task that waits.
    /// - Returns: false when nobody waits with that token any more.
    func sendTaskSuccess(token: String, output: JSON) throws -> Bool
}

/// The objects that one run keeps in the work bucket.
struct RunStorage {
    let environment: StepEnvironment
    /// `customer-messages/SET-RUN/`.
    let prefix: String

    func key(_ name: String) -> String { prefix + name }

    /// 00007: names sort as the numbers do, up to 100,000 of a kind and well beyond.
    static func number(_ index: Int) -> String {
        let text = String(index)
        return String(repeating: "0", count: max(0, 5 - text.count)) + text
    }

    func put(_ name: String, _ json: JSON) throws {
        var bytes: [UInt8] = []
        json.write(to: &bytes)
        try put(name, bytes)
    }

    func put(_ name: String, _ bytes: [UInt8]) throws {
        _ = try bytes.withUnsafeBytes {
            try environment.objects.putObject(
                bucket: environment.workBucket, key: key(name), bytes: $0)
        }
    }

    func get(_ name: String) throws -> JSON {
        try JSON(
            parsing: environment.objects.getObject(
                bucket: environment.workBucket, key: key(name)))
    }

    /// Nil when there is no such object.
    func getIfThere(_ name: String) throws -> JSON? {
        let found = try environment.objects.headObject(
            bucket: environment.workBucket, key: key(name))
        return found == nil ? nil : try get(name)
    }

    /// Lays out a part and stores it.
    /// - Returns: its size in bytes; 0 when it has no rows, and then nothing is stored.
    func put(_ name: String, _ part: inout PartBuilder) throws -> Int {
        if part.rowCount == 0 { return 0 }
        return try part.withBytes { bytes in
            try environment.objects.putObject(
                bucket: environment.workBucket, key: key(name), bytes: bytes
            ).sizeBytes
        }
    }
}
