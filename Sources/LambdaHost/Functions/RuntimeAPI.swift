import Engine
import JSON
import System

/// The Lambda Runtime API, 2018-06-01, each process under its own path:
/// `/worker/FUNCTION-N/2018-06-01/runtime/…`.
///
/// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
extension FunctionHost {
    /// Answers one request; nil when the path is not the Runtime API's. Waits while there is no call.
    func answerRuntime(_ request: ServerRequest) -> ServerResponse? {
        let path = request.path.split(separator: "/").map(String.init)
        guard path.count >= 5, path[0] == "worker", path[2] == "2018-06-01", path[3] == "runtime",
            let worker = WorkerID(path[1])
        else { return nil }
        switch (request.method, path[4...].joined(separator: "/"), path.last) {
        case ("GET", "invocation/next", _): return next(worker)
        case ("POST", "init/error", _):
            reportInitError(worker, errorObject(request))
            return accepted
        case ("POST", _, "response") where path.count == 7 && path[4] == "invocation":
            return response(worker, requestID: path[5], request)
        case ("POST", _, "error") where path.count == 7 && path[4] == "invocation":
            return finish(worker, requestID: path[5], .functionError(errorObject(request)))
        default: return nil
        }
    }

    private func next(_ id: WorkerID) -> ServerResponse {
        guard let (call, worker) = nextCall(for: id) else {
            return .error(410, "Runtime.Gone", "There is no more work for \(id).")
        }
        let milliseconds = Int(worker.function.timeoutSeconds * 1000)
        let deadline = WallClock().now().milliseconds + milliseconds
        let headers = [
            ("Content-Type", "application/json"),
            ("Lambda-Runtime-Aws-Request-Id", call.requestID),
            ("Lambda-Runtime-Deadline-Ms", String(deadline)),
            ("Lambda-Runtime-Invoked-Function-Arn", functionARN(id.function)),
            ("Lambda-Runtime-Trace-Id", traceID(call.requestID)),
        ]
        return ServerResponse(status: 200, headers: headers, body: call.payload)
    }

    private func response(
        _ id: WorkerID, requestID: String, _ request: ServerRequest
    ) -> ServerResponse {
        guard request.body.count <= Self.maximumPayloadBytes else {
            _ = finish(id, requestID: requestID, .answerTooLarge)
            return .error(
                413, "RequestEntityTooLarge",
                "Exceeded maximum allowed payload size (\(Self.maximumPayloadBytes) bytes).")
        }
        let result: LambdaResult
        do throws(JSONError) {
            result = .success(request.body.isEmpty ? .null : try JSON(parsing: request.body))
        } catch {
            result = .functionError([
                "errorType": "Runtime.InvalidResponse",
                "errorMessage": "RequestId: \(requestID) Error: The response is not JSON: \(error)",
            ])
        }
        return finish(id, requestID: requestID, result)
    }

    private func finish(
        _ id: WorkerID, requestID: String, _ result: LambdaResult
    ) -> ServerResponse {
        answer(id, requestID: requestID, result)
            ? accepted : .error(400, "InvalidRequestID", "Invalid request ID")
    }

    private var accepted: ServerResponse { .json(202, ["status": "OK"]) }

    /// The error a runtime reports; a body that is none is kept as the message.
    private func errorObject(_ request: ServerRequest) -> JSON {
        if case .object(let object)? = try? JSON(parsing: request.body) { return .object(object) }
        let type = request.header("Lambda-Runtime-Function-Error-Type") ?? "Unhandled"
        return [
            "errorType": JSON(type),
            "errorMessage": JSON(String(decoding: request.body, as: UTF8.self)),
        ]
    }

    /// An X-Ray trace header made of the request id; nothing is traced.
    private func traceID(_ requestID: String) -> String {
        let digits = requestID.filter { $0 != "-" }
        return
            "Root=1-\(digits.prefix(8))-\(digits.suffix(24));Parent=\(digits.prefix(16));Sampled=0"
    }
}

extension WorkerID {
    /// Reads its description back.
    init?(_ text: String) {
        guard let dash = text.lastIndex(of: "-"), let number = Int(text[dash...].dropFirst()) else {
            return nil
        }
        self.init(function: String(text[..<dash]), number: number)
    }
}

extension ServerResponse {
    static func json(
        _ status: Int, _ body: JSON, headers: [(name: String, value: String)] = []
    ) -> ServerResponse {
        var bytes: [UInt8] = []
        body.write(to: &bytes)
        return ServerResponse(
            status: status, headers: [("Content-Type", "application/json")] + headers, body: bytes)
    }

    /// An error as the Runtime API words it.
    static func error(_ status: Int, _ type: String, _ message: String) -> ServerResponse {
        .json(status, ["errorType": JSON(type), "errorMessage": JSON(message)])
    }
}
