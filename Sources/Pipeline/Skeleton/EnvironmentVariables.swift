import AWSClient
import CSV
import JSON
import LambdaRuntime
import Stores
import System

extension StepEnvironment {
    /// What a function's environment variables say.
    ///
    /// | variable | is |
    /// |---|---|
    /// | `SLUICE_OBJECTS` | where objects are: `s3://`, or `file:///` and a directory of buckets |
    /// | `SLUICE_TABLE` | the table of file sets: `dynamodb://NAME` |
    /// | `SLUICE_ERRORS_QUEUE` | the queue for errors of jobs without a queue: its https URL, or `file:///` and a directory |
    /// | `SLUICE_STATE_MACHINE_ARN_PREFIX` | what the ARN of a job's state machine begins with, before the job's name |
    /// | `SLUICE_WORK_BUCKET` | the bucket for manifests, parts and results; `work` unless set |
    /// | `SLUICE_CHUNK_SIZE_BYTES` | bytes of a chunk; see ``ChunkPlan`` |
    /// | `SLUICE_DEADLINE_SECONDS` | how long a set may stay incomplete; 86,400 unless set |
    /// | `SLUICE_ALLOWED_REJECTS` | lines of a file that may be rejected; 0 unless set |
    /// | `SLUICE_DELIMITER` | the byte between two fields; a comma unless set |
    ///
    /// and what the jobs' ``JobOption`` and ``JobResource`` name. A variable that a function does not need
    /// may be missing.
    /// - Throws: ``StepError`` `Sluice.BadConfiguration`.
    public static func fromVariables() throws -> StepEnvironment {
        let delimiter = variable("SLUICE_DELIMITER")?.utf8.first ?? UInt8(ascii: ",")
        guard CSVFormat.delimiters.contains(delimiter) else {
            throw badConfiguration("SLUICE_DELIMITER must be a comma, semicolon, tab or bar")
        }
        let options = Jobs.all.flatMap { $0.allOptions }.compactMap { option in
            variable(option.environment).map { (option.environment, $0) }
        }
        return StepEnvironment(
            objects: try variable("SLUICE_OBJECTS").map(objectStore(uri:))
                ?? Unset(variable: "SLUICE_OBJECTS"),
            table: try variable("SLUICE_TABLE").map(Stores.table(uri:))
                ?? Unset(variable: "SLUICE_TABLE"),
            errors: try variable("SLUICE_ERRORS_QUEUE").map(messageQueue(uri:))
                ?? Unset(variable: "SLUICE_ERRORS_QUEUE"),
            resources: try resources(),
            options: OptionValues(Dictionary(options, uniquingKeysWith: { first, _ in first })),
            executions: StepFunctionsExecutions(
                stateMachineARNPrefix: variable("SLUICE_STATE_MACHINE_ARN_PREFIX") ?? ""),
            workBucket: variable("SLUICE_WORK_BUCKET") ?? "work",
            chunkSizeBytes: try integer("SLUICE_CHUNK_SIZE_BYTES", from: 1),
            deadlineSeconds: try integer("SLUICE_DEADLINE_SECONDS", from: 1) ?? 86_400,
            allowedRejects: try integer("SLUICE_ALLOWED_REJECTS", from: 0) ?? 0,
            delimiter: delimiter,
            memoryMegabytes: try integer("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", from: 1) ?? 1769)
    }

    private static func resources() throws -> ResourceAccess {
        var queues: [String: any MessageQueue] = [:]
        var tables: [String: any ItemTable] = [:]
        var tablesNamed: [String: @Sendable (String) throws(StoreError) -> any ItemTable] = [:]
        var buckets: [String: String] = [:]
        for resource in Jobs.all.flatMap({ $0.resources }) {
            guard let value = variable(resource.environment) else { continue }
            switch resource.kind {
            case .queue: queues[resource.name] = try messageQueue(uri: value)
            case .table: tables[resource.name] = try itemTable(uri: "dynamodb://" + value)
            case .tables:
                // Not as a closure: the compiler crashes on one in an optional that throws this type.
                @Sendable func table(named name: String) throws(StoreError) -> any ItemTable {
                    try itemTable(uri: value + name)
                }
                tablesNamed[resource.name] = table(named:)
            case .bucket: buckets[resource.name] = value
            }
        }
        return ResourceAccess(
            queues: queues, tables: tables, tablesNamed: tablesNamed, buckets: buckets)
    }

    private static func variable(_ name: String) -> String? {
        environmentVariable(name).flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func integer(_ name: String, from minimum: Int) throws -> Int? {
        guard let text = variable(name) else { return nil }
        guard let value = Int(text), value >= minimum else {
            throw badConfiguration("\(name) must be an integer from \(minimum) on, not \(text)")
        }
        return value
    }

    private static func badConfiguration(_ cause: String) -> StepError {
        StepError(errorName: ErrorName.badConfiguration, cause: cause)
    }
}

/// Stands for what a function was not given; using it says which variable is missing.
private struct Unset: ObjectStore, MessageQueue, Table {
    let variable: String

    private func missing() -> StoreError {
        StoreError(.invalidURI, "the environment variable is not set", subject: variable)
    }

    func headObject(bucket: String, key: String) throws(StoreError) -> ObjectReference? {
        throw missing()
    }
    func openObject(_ reference: ObjectReference) throws(StoreError) -> any ObjectReader {
        throw missing()
    }
    func getObject(bucket: String, key: String) throws(StoreError) -> [UInt8] { throw missing() }
    func putObject(
        bucket: String, key: String, bytes: UnsafeRawBufferPointer
    ) throws(StoreError) -> ObjectReference { throw missing() }
    func listObjects(bucket: String, prefix: String) throws(StoreError) -> [ObjectReference] {
        throw missing()
    }
    func deleteObject(bucket: String, key: String) throws(StoreError) { throw missing() }
    var minimumPartBytes: Int { 1 }
    func beginOutput(
        _ plan: OutputObject, resuming known: OutputObject?
    ) throws(StoreError) -> OutputObject { throw missing() }
    func outputWriter(
        _ output: OutputObject, part number: Int
    ) throws(StoreError) -> any OutputWriter { throw missing() }
    func completeOutput(
        _ output: OutputObject, parts: [OutputPart]
    ) throws(StoreError) -> OutputOutcome { throw missing() }
    func abortOutput(_ output: OutputObject) throws(StoreError) { throw missing() }
    func sentCount(sender: String) throws(StoreError) -> Int? { throw missing() }
    func send(_ group: MessageGroup) throws(StoreError) { throw missing() }
    func send(_ message: String) throws(StoreError) { throw missing() }
    func getItem(key: TableKey) throws(StoreError) -> JSONObject? { throw missing() }
    func updateItem(
        key: TableKey, set: JSONObject, remove: [String], condition: TableCondition?
    ) throws(StoreError) -> TableUpdate { throw missing() }
}

/// ``Executions`` as Step Functions has them, on AWS or served by the engine.
struct StepFunctionsExecutions: Executions {
    /// `arn:…:stateMachine:` and, on AWS, the stack's name and a dash: a job's name completes it.
    let stateMachineARNPrefix: String
    private let client = StepFunctions()

    init(stateMachineARNPrefix: String) { self.stateMachineARNPrefix = stateMachineARNPrefix }

    func job(ofStateMachine arn: String) -> (any Job.Type)? {
        Jobs.all.first { stateMachineARNPrefix + $0.name == arn }
    }

    func start(_ job: String, name: String, input: JSON) throws -> Bool {
        do throws(AWSError) {
            _ = try client.startExecution(
                stateMachineARN: stateMachineARNPrefix + job, name: name, input: input)
            return true
        } catch {
            if error.code == "ExecutionAlreadyExists" { return false }
            throw Self.stepError(error)
        }
    }

    func sendTaskSuccess(token: String, output: JSON) throws -> Bool {
        do throws(AWSError) {
            try client.sendTaskSuccess(taskToken: token, output: output)
            return true
        } catch {
            if ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"].contains(error.code) {
                return false
            }
            throw Self.stepError(error)
        }
    }

    private static func stepError(_ error: AWSError) -> StepError {
        StepError(
            errorName: error.isTransient ? ErrorName.unavailable : "Sluice.\(error.code)",
            cause: error.description)
    }
}
