import Engine
import HTTP
import JSON
import System

/// The Step Functions API of a home: of the sluice that works in it if there is one, else of its store.
struct StepFunctionsAccess {
    let call: (String, JSON) throws -> JSON

    /// For looking, nothing is set going.
    /// - Throws: ``CommandError`` when there is no such home.
    init(_ home: Home) throws {
        guard home.exists else {
            throw CommandError(.unavailable, "\(home.path): nothing has been run here yet")
        }
        if let port = HomeLock.servingPort(of: home) {
            let client = HTTPClient()
            call = { action, request in try Self.remote(client, port, action, request) }
            return
        }
        let configuration = EngineConfiguration(
            storePath: home.engineStore, invoker: NoFunctions(), objects: NoObjects())
        let engine = try Home.opening(home.engineStore) { try Engine(configuration) }
        call = { action, request in try engine.call(action, request) }
    }

    private static func remote(
        _ client: HTTPClient, _ port: UInt16, _ action: String, _ request: JSON
    ) throws -> JSON {
        var body: [UInt8] = []
        request.write(to: &body)
        let response = try client.perform(
            HTTPRequest(
                "POST", "http://127.0.0.1:\(port)/",
                headers: [
                    "Content-Type": "application/x-amz-json-1.0",
                    "X-Amz-Target": "AWSStepFunctions.\(action)",
                ], body: body))
        let answer = try JSON(parsing: response.body)
        guard response.isSuccess else {
            throw ServiceError(
                answer["__type"]?.string ?? "InternalFailure", answer["message"]?.string ?? "")
        }
        return answer
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
