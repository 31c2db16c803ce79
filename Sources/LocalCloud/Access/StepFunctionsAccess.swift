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
    /// An ARN, or the name of a job whose state machine is to be found.
    private let stateMachine: String

    /// Of AWS, for looking; nothing is set going.
    /// - Parameters:
    ///   - stateMachine: its ARN, or the name of a job whose state machine is to be found.
    ///   - flags: what a command needs to find an execution here again.
    package init(aws configuration: AWSConfiguration, stateMachine: String, flags: String) {
        let client = StepFunctions(AWSClient(configuration))
        self.init(place: .aws, messageHome: nil, flags: flags, stateMachine: stateMachine) {
            action, request in try Self.call(client, action, request)
        }
    }

    /// Of a home, for looking; nothing is set going.
    /// - Throws: ``CloudError`` when there is no such home.
    package init(_ home: Home, job: String = CustomerMessages.name) throws {
        guard home.exists else {
            throw CloudError(.unavailable, "\(home.path): nothing has been run here yet")
        }
        if let port = HomeLock.servingPort(of: home) {
            self.init(home, endpoint: "http://127.0.0.1:\(port)", job: job)
            return
        }
        let configuration = EngineConfiguration(
            storePath: home.engineStore, invoker: NoFunctions(), objects: NoObjects())
        let engine = try Home.opening(home.engineStore) { try Engine(configuration) }
        self.init(
            place: .store, messageHome: home, flags: home.flags,
            stateMachine: LocalFunctions.stateMachineARN(job)
        ) { action, request in try engine.call(action, request) }
    }

    /// What works in the home is at that endpoint.
    init(_ home: Home, endpoint: String, job: String = CustomerMessages.name) {
        let client = StepFunctions(AWSClient(AWSConfiguration(endpointURL: endpoint)))
        self.init(
            place: .service, messageHome: home, flags: home.flags,
            stateMachine: LocalFunctions.stateMachineARN(job)
        ) { action, request in try Self.call(client, action, request) }
    }

    private init(
        place: Place, messageHome: Home?, flags: String, stateMachine: String,
        api: @escaping (String, JSON) throws -> JSON
    ) {
        self.place = place
        self.messageHome = messageHome
        self.flags = flags
        self.stateMachine = stateMachine
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

    /// The state machine's ARN, looked up by its name where that alone is known: a stack may have put its
    /// own name before it, or something behind it.
    package func stateMachineARN() throws -> String {
        if stateMachine.hasPrefix("arn:") { return stateMachine }
        var found: [String] = []
        var request: JSONObject = ["maxResults": 1000]
        repeat {
            let page = try call("ListStateMachines", .object(request))
            for machine in page["stateMachines"]?.array ?? [] {
                guard let name = machine["name"]?.string,
                    let arn = machine["stateMachineArn"]?.string
                else { continue }
                if name == stateMachine { return arn }
                if name.contains(stateMachine) { found.append(arn) }
            }
            request["nextToken"] = page["nextToken"]
        } while request["nextToken"] != nil
        if found.count == 1 { return found[0] }
        throw CloudError(
            .unavailable,
            found.isEmpty
                ? "there is no state machine \(stateMachine); name it with --state-machine"
                : "several state machines could be meant; name one with --state-machine: "
                    + found.joined(separator: ", "))
    }

    /// - Parameter execution: its name, or its ARN.
    package func executionARN(_ execution: String) throws -> String {
        if execution.hasPrefix("arn:") { return execution }
        let parts = try stateMachineARN().split(
            separator: ":", omittingEmptySubsequences: false
        ).map(String.init)
        guard parts.count == 7, parts[5] == "stateMachine" else {
            throw CloudError.usage(
                "--state-machine: \(parts.joined(separator: ":")) is no state machine's ARN")
        }
        return (parts[..<5] + ["execution", parts[6], execution]).joined(separator: ":")
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
