package import AWSClient
import Engine
package import JSON
import Pipeline
import System

/// The Step Functions API that a command speaks to.
///
/// Of a home, unless AWS is asked for: over HTTP when a sluice works in the home, else straight in its
/// store. Of AWS with `--aws` or `--state-machine`: where the AWS CLI would go with the same environment,
/// `AWS_ENDPOINT_URL_SFN` and `AWS_ENDPOINT_URL` included.
package struct StepFunctionsAccess: ExecutionAccess {
    package enum Place: Sendable { case store, service, aws }

    package let place: Place
    package let messageHome: Home?
    package let flags: String
    private let api: (String, JSON) throws -> JSON
    /// On AWS: ARNs, or names of jobs whose state machines are to be found; nil for the jobs of a home.
    private let stateMachines: [String]?

    /// Of AWS, for looking; nothing is set going.
    /// - Parameters:
    ///   - stateMachines: their ARNs, or the names of jobs whose state machines are to be found.
    ///   - flags: what a command needs to find an execution here again.
    package init(aws configuration: AWSConfiguration, stateMachines: [String], flags: String) {
        let client = StepFunctions(AWSClient(configuration))
        self.init(place: .aws, messageHome: nil, flags: flags, stateMachines: stateMachines) {
            action, request in try Self.call(client, action, request)
        }
    }

    /// Of a home, for looking; nothing is set going.
    /// - Throws: ``CloudError`` when there is no such home.
    package init(_ home: Home) throws {
        guard home.exists else {
            throw CloudError(.unavailable, "\(home.path): nothing has been run here yet")
        }
        if let port = HomeLock.servingPort(of: home) {
            self.init(home, endpoint: "http://127.0.0.1:\(port)")
            return
        }
        let configuration = EngineConfiguration(
            storePath: home.engineStore, invoker: NoFunctions(), objects: NoObjects())
        let engine = try Home.opening(home.engineStore) { try Engine(configuration) }
        self.init(
            place: .store, messageHome: home, flags: home.flags, stateMachines: nil
        ) { action, request in try engine.call(action, request) }
    }

    /// What works in the home is at that endpoint.
    init(_ home: Home, endpoint: String) {
        let client = StepFunctions(AWSClient(AWSConfiguration(endpointURL: endpoint)))
        self.init(
            place: .service, messageHome: home, flags: home.flags, stateMachines: nil
        ) { action, request in try Self.call(client, action, request) }
    }

    private init(
        place: Place, messageHome: Home?, flags: String, stateMachines: [String]?,
        api: @escaping (String, JSON) throws -> JSON
    ) {
        self.place = place
        self.messageHome = messageHome
        self.flags = flags
        self.stateMachines = stateMachines
        self.api = api
    }

    package func call(_ action: String, _ request: JSON) throws -> JSON { try api(action, request) }

    /// What the service refuses is told from what never reached it.
    private static func call(
        _ client: StepFunctions, _ action: String, _ request: JSON
    ) throws -> JSON {
        do throws(AWSError) {
            return try client.call(action, request)
        } catch {
            guard (400..<500).contains(error.httpStatus), !error.isTransient else {
                throw CloudError(.unavailable, "\(error)")
            }
            throw ServiceError(error.code, error.message)
        }
    }

    /// The ARNs of the state machines that are meant, of one job or of all.
    /// - Throws: ``CloudError`` when none is there.
    package func stateMachineARNs(job: String? = nil) throws -> [String] {
        guard let stateMachines else {
            return Jobs.all.filter { job == nil || $0.name == job }
                .map { LocalFunctions.stateMachineARN($0.name) }
        }
        let wanted = stateMachines.filter { $0.hasPrefix("arn:") || job == nil || $0 == job }
        if wanted.allSatisfy({ $0.hasPrefix("arn:") }) { return wanted }
        let all = try allStateMachines()
        let found = try wanted.compactMap { name in
            name.hasPrefix("arn:") ? name : try Self.find(name, among: all)
        }
        guard !found.isEmpty else {
            throw CloudError(
                .unavailable,
                "there is no state machine \(wanted.joined(separator: ", ")); name it with --state-machine"
            )
        }
        return found
    }

    /// A stack may have put its own name before the job's, or something behind it.
    private static func find(
        _ name: String, among all: [(name: String, arn: String)]
    ) throws -> String? {
        if let exact = all.first(where: { $0.name == name }) { return exact.arn }
        let found = all.filter { $0.name.contains(name) }.map(\.arn)
        guard found.count > 1 else { return found.first }
        throw CloudError(
            .unavailable,
            "several state machines could be meant; name one with --state-machine: "
                + found.joined(separator: ", "))
    }

    private func allStateMachines() throws -> [(name: String, arn: String)] {
        var found: [(String, String)] = []
        var request: JSONObject = ["maxResults": 1000]
        repeat {
            let page = try call("ListStateMachines", .object(request))
            for machine in page["stateMachines"]?.array ?? [] {
                guard let name = machine["name"]?.string,
                    let arn = machine["stateMachineArn"]?.string
                else { continue }
                found.append((name, arn))
            }
            request["nextToken"] = page["nextToken"]
        } while request["nextToken"] != nil
        return found
    }

    /// - Parameter execution: its name, or its ARN.
    package func executionARN(_ execution: String) throws -> String {
        if execution.hasPrefix("arn:") { return execution }
        guard stateMachines != nil else { return try executionOfAnyJob(execution) }
        let arns = try stateMachineARNs().map { arn in
            let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
                .map(String.init)
            guard parts.count == 7, parts[5] == "stateMachine" else {
                throw CloudError.usage("--state-machine: \(arn) is no state machine's ARN")
            }
            return (parts[..<5] + ["execution", parts[6], execution]).joined(separator: ":")
        }
        if arns.count == 1 { return arns[0] }
        for arn in arns {
            do {
                _ = try call("DescribeExecution", ["executionArn": JSON(arn)])
                return arn
            } catch let error as ServiceError where error.code == "ExecutionDoesNotExist" {}
        }
        return arns[0]
    }
}

private struct NoFunctions: LambdaInvoker {
    func invoke(
        _ invocation: LambdaInvocation, completion: @escaping @Sendable (LambdaResult) -> Void
    ) {
        completion(.serviceError(error: "Lambda.ServiceException", cause: "Nothing is run here."))
    }
    func cancel(_ id: LambdaInvocation.ID) {}
}

private struct NoObjects: ObjectSource {
    func getObject(bucket: String, key: String) throws -> [UInt8] { [] }
    func putObject(bucket: String, key: String, bytes: [UInt8]) throws {}
    func listObjects(bucket: String, prefix: String) throws -> [ListedObject] { [] }
}
