package import Engine
import Inspection
package import JSON
package import LambdaHost
import LocalDynamoDB
package import Pipeline
package import Stores
import Synchronization
import System

/// What AWS is to the jobs, in this process: engine, functions, tables, buckets and queue of one home.
package final class HomeCloud: CloudAccess, Sendable {
    package let home: Home
    package let objects: LocalObjectStore
    package let engine: Engine
    let host: FunctionHost
    /// What is set of the jobs' options.
    package let options: OptionValues
    let report: @Sendable (Notice) -> Void
    private let tables: TableStore
    private let server: LoopbackServer
    private let lock: HomeLock
    private let notifier: StatusNotifier
    private let invoker: DrainableInvoker

    /// Opens the home, which is made when it is missing, and goes on with what was running in it.
    /// - Parameters:
    ///   - port: where to serve; 0 for a port that is free.
    ///   - isService: whether the drop bucket will be watched, which others are told.
    ///   - report: told what nobody waits for, by any thread.
    ///   - onStoreFailure: told when the engine has stopped; ``checkStore()`` says why.
    package init(
        _ home: Home, _ settings: CloudSettings, port: UInt16 = 0, isService: Bool = false,
        report: @escaping @Sendable (Notice) -> Void,
        onStoreFailure: @escaping @Sendable () -> Void = {}
    ) throws {
        self.home = home
        options = settings.options
        self.report = report
        try OpenFileLimit.raise(workers: settings.workers)
        lock = try HomeLock(home)
        let workers = WorkerRecord(path: home.workers)
        try workers.endLeftovers()
        objects = LocalObjectStore(root: home.buckets)
        tables = try Home.opening(home.tableStore) { try TableStore(home.tableStore) }

        // The functions are told the port, the server is given what answers it: it comes first.
        let reference = GatewayReference()
        server = try LoopbackServer.listening(on: port) { request in reference.answer(request) }
        var hosting = FunctionHost.Settings(
            functions: try LocalFunctions.hosted(home, port: server.port, settings),
            logDirectory: home.logs)
        hosting.drills = settings.drills
        // Those of the step that goes on, and of those before and after it one.
        hosting.maximumProcesses = settings.workers + 2
        hosting.logName = HomeCloud.logName
        hosting.workerStarted = workers.append
        let host = FunctionHost(hosting)
        self.host = host
        let invoker = DrainableInvoker(host)
        self.invoker = invoker
        let notifier = StatusNotifier(home: home, host: host, report: report)
        self.notifier = notifier
        var configuration = EngineConfiguration(
            storePath: home.engineStore, invoker: invoker, objects: BucketObjects(store: objects))
        configuration.services = LocalServices(home: home, objects: objects, tables: tables)
        configuration.onStatusChange = notifier.statusChanged
        configuration.keepsEndsUntilAcknowledged = true
        configuration.onStoreFailure = { failure in
            notifier.storeFailed(failure)
            onStoreFailure()
        }
        configuration.childConcurrency = Self.childConcurrency(workers: settings.workers)
        let engine = try Home.opening(home.engineStore) { try Engine(configuration) }
        self.engine = engine
        notifier.ask(engine)
        reference.set(
            Gateway(tables: tables, host: host) { action, request throws(ServiceError) in
                try engine.call(action, request)
            })
        host.start(port: server.port)
        try lock.publish(port: server.port, isService: isService)
        try createTable(LocalFunctions.tableName, keys: [("pk", "HASH"), ("sk", "RANGE")])
        for job in Jobs.all {
            for resource in LocalFunctions.resources(of: job, settings) {
                guard case .table(let key) = resource.kind else { continue }
                try createTable(resource.name, keys: [(key, "HASH")])
            }
            try createStateMachine(of: job)
        }
        engine.resume()
    }

    /// Children of a Map that run at once, when they wait for nothing but functions: those the workers
    /// have, and as many that are ready for them.
    ///
    /// More would only wait, which their states' TimeoutSeconds counts, and would all lose a try when
    /// the process is killed.
    static func childConcurrency(workers: Int) -> Int { 2 * workers }

    package var messageHome: Home? { home }
    package var flags: String { home.flags }

    package func call(_ action: String, _ request: JSON) throws -> JSON {
        try engine.call(action, request)
    }

    package func executionARN(_ name: String) throws -> String {
        try executionOfAnyJob(name)
    }

    package func waitForEnd(
        of executionARN: String, telling listener: ExecutionListener
    ) throws -> JSON {
        engine.observe(listener.event)
        defer { engine.observe(nil) }
        // What happened before is told once more; who listens leaves out what it knows.
        for event in try inspector.history(executionARN) {
            listener.event(executionARN, event)
        }
        do {
            try notifier.waitForEnd {
                let status = try? self.engine.call(
                    "DescribeExecution", ["executionArn": JSON(executionARN)])["status"]?.string
                return status != nil && status != "RUNNING"
            }
        } catch { throw stopped(by: error) }
        return try engine.call("DescribeExecution", ["executionArn": JSON(executionARN)])
    }

    /// - Throws: ``CloudError`` that says why the engine has stopped, if it has.
    package func checkStore() throws {
        do { try notifier.checkStore() } catch { throw stopped(by: error) }
    }

    private func stopped(by failure: EngineError) -> CloudError {
        CloudError(
            .internalError,
            "\(home.engineStore) can no longer be written: \(failure); what was running goes on when "
                + "the home is opened again")
    }

    package func announce(_ objects: [ObjectReference]) throws {
        // What ended before this process began may be told only now, and tells what was taken.
        settle()
        try tellArrive(S3Event.created(objects))
    }

    package func settle(_ executionARN: String) { settle() }

    /// Waits until `arrive` has heard of all executions that have ended so far.
    func settle() { notifier.settle() }

    package func invoke(_ function: String, _ payload: JSON) -> LambdaResult {
        host.invokeAndWait(.local(function, payload))
    }

    /// Ends all that was started, after `arrive` has heard what has ended. What was running goes on
    /// when the home is opened again.
    package func shutdown() {
        notifier.finish()
        interrupt()
        server.stop()
        try? FileSystem.remove(home.workers)
        lock.release()
    }

    package var idleDrills: [Drill] { host.idleDrills }

    /// Where it serves.
    package var port: UInt16 { server.port }

    /// Begins no more tasks and waits for those in flight.
    /// - Returns: false when the time has passed before.
    package func drain(seconds: Int) -> Bool { invoker.drain(seconds: seconds) }

    /// Ends executions and processes at once, for a process that is about to end.
    package func interrupt() {
        engine.shutdown()
        host.shutdown()
    }

    package func table(_ action: String, _ request: JSONObject) throws -> JSON {
        var request = request
        request["TableName"] = JSON(LocalFunctions.tableName)
        return try tables.call(action, .object(request))
    }

    private func createTable(_ name: String, keys: [(name: String, role: String)]) throws {
        try Home.opening(tables.path(ofTable: name)) {
            do throws(TableError) {
                _ = try tables.call(
                    "CreateTable",
                    [
                        "TableName": JSON(name),
                        "KeySchema": .array(
                            keys.map {
                                ["AttributeName": JSON($0.name), "KeyType": JSON($0.role)]
                            }),
                        "AttributeDefinitions": .array(
                            keys.map { ["AttributeName": JSON($0.name), "AttributeType": "S"] }),
                    ])
            } catch {
                guard error.code == "ResourceInUseException" else { throw error }
            }
        }
    }

    private func createStateMachine(of job: any Job.Type) throws {
        let arn = LocalFunctions.stateMachineARN(job.name)
        let definition = LocalFunctions.definition(job)
        do {
            let present = try engine.call(
                "DescribeStateMachine", ["stateMachineArn": JSON(arn)])
            if present["definition"]?.string == definition { return }
            _ = try engine.call(
                "UpdateStateMachine",
                [
                    "stateMachineArn": JSON(arn),
                    "definition": JSON(definition),
                ])
        } catch {
            guard error.code == "StateMachineDoesNotExist" else { throw error }
            _ = try engine.call(
                "CreateStateMachine",
                [
                    "name": JSON(job.name), "definition": JSON(definition),
                    "roleArn": JSON("arn:aws:iam::\(LocalFunctions.account):role/sluice"),
                ])
        }
    }

    /// The log of a call is with its run, whether the run's execution made it or a Map's child.
    private static func logName(_ invocation: LambdaInvocation) -> String {
        let payload = invocation.payload
        let state =
            invocation.stateName.isEmpty ? invocation.functionName : invocation.stateName
        if let prefix = payload["prefix"]?.string?.split(separator: "/").last {
            return FunctionHost.fileName(String(prefix)) + "/" + FunctionHost.fileName(state)
        }
        if let fileSet = payload["fileSet"]?.string, let run = payload["run"]?.int {
            let name = ExecutionName(fileSet: fileSet, run: run).description
            return name + "/" + FunctionHost.fileName(state)
        }
        return FunctionHost.logName(invocation)
    }
}

/// Stands for the gateway until there is one.
private final class GatewayReference: Sendable {
    private let gateway = Mutex<Gateway?>(nil)

    func set(_ gateway: Gateway) { self.gateway.withLock { $0 = gateway } }

    func answer(_ request: ServerRequest) -> ServerResponse {
        gateway.withLock { $0 }?.answer(request) ?? .text(503, "Not ready yet.")
    }
}
