public import Engine
public import JSON
public import LocalDynamoDB
import System

/// Tells the requests of the loopback server apart and hands each to who answers it.
///
/// | request | answered by |
/// |---|---|
/// | `X-Amz-Target: AWSStepFunctions.…` | the engine |
/// | `X-Amz-Target: DynamoDB_20120810.…` | the table store |
/// | `X-Amz-Target: SluiceTables_20261125.LoadItems` | the table store: rows in bulk |
/// | `/worker/…/2018-06-01/runtime/…` | the Lambda host: Lambda Runtime API |
/// | `POST /2015-03-31/functions/NAME/invocations` | the Lambda host: Invoke |
/// | `GET /health` | itself |
public struct Gateway: Sendable {
    /// An operation of Step Functions, `StartExecution` say, with its request.
    public typealias StepFunctions = @Sendable (String, JSON) throws(ServiceError) -> JSON

    let stepFunctions: StepFunctions
    let tables: TableStore
    let host: FunctionHost

    public init(
        tables: TableStore, host: FunctionHost, stepFunctions: @escaping StepFunctions
    ) {
        self.stepFunctions = stepFunctions
        self.tables = tables
        self.host = host
    }

    /// Answers a request; may wait, for a call to come or to end.
    public func answer(_ request: ServerRequest) -> ServerResponse {
        // First what is asked most.
        if request.path.hasPrefix("/worker/"), let response = host.answerRuntime(request) {
            return response
        }
        let requestID = randomUUID()
        var response = answerOthers(request, requestID)
        response.headers.append(("x-amzn-RequestId", requestID))
        return response
    }

    private func answerOthers(_ request: ServerRequest, _ requestID: String) -> ServerResponse {
        if let target = request.header("X-Amz-Target") {
            guard request.method == "POST" else { return .text(405, "POST is wanted.") }
            return service(target, request)
        }
        let path = request.path.split(separator: "/").map(String.init)
        if request.path == "/health" {
            return request.method == "GET"
                ? .json(200, ["status": "ok"]) : .text(405, "GET is wanted.")
        }
        if path.count == 4, path[0] == "2015-03-31", path[1] == "functions",
            path[3] == "invocations"
        {
            guard request.method == "POST" else { return .text(405, "POST is wanted.") }
            return host.answerInvoke(path[2], request)
        }
        return .text(404, "There is nothing at \(request.path).")
    }

    /// A request of the AWS JSON 1.0 protocol: SERVICE.OPERATION.
    private func service(_ target: String, _ request: ServerRequest) -> ServerResponse {
        if target == TableStore.loadTarget {
            do throws(TableError) {
                return .aws(200, try tables.load(body: request.body))
            } catch { return .awsError(error) }
        }
        let input: JSON
        do throws(JSONError) {
            input = request.body.isEmpty ? [:] : try JSON(parsing: request.body)
        } catch {
            return .awsError("SerializationException", "The request is not JSON: \(error)")
        }
        guard case .object = input else {
            return .awsError("SerializationException", "The request is no JSON object.")
        }
        let parts = target.split(separator: ".", maxSplits: 1).map(String.init)
        switch parts.first {
        case "AWSStepFunctions" where parts.count == 2:
            do throws(ServiceError) {
                return .aws(200, try stepFunctions(parts[1], input))
            } catch {
                return .awsError(error.code, error.message)
            }
        case "DynamoDB_20120810" where parts.count == 2:
            do throws(TableError) {
                return .aws(200, try tables.call(parts[1], input))
            } catch { return .awsError(error) }
        default:
            return .awsError("UnknownOperationException", "\(target) is not known here.")
        }
    }
}

extension ServerResponse {
    /// An answer in the AWS JSON 1.0 protocol.
    static func aws(_ status: Int, _ body: JSON) -> ServerResponse {
        var bytes: [UInt8] = []
        body.write(to: &bytes)
        return ServerResponse(
            status: status, headers: [("Content-Type", "application/x-amz-json-1.0")], body: bytes)
    }

    /// An error in the AWS JSON 1.0 protocol; who made it shows in the status.
    static func awsError(
        _ code: String, _ message: String, _ more: JSONObject = [:]
    ) -> ServerResponse {
        var body: JSONObject = ["__type": JSON(code), "message": JSON(message)]
        for (name, value) in more { body[name] = value }
        let status = code == "ServiceUnavailable" ? 503 : code.hasPrefix("Internal") ? 500 : 400
        return .aws(status, .object(body))
    }

    static func awsError(_ error: TableError) -> ServerResponse {
        var more = error.details
        more["Item"] = error.item
        return .awsError(error.code, error.message, more)
    }
}
