import AWSClient
import HTTP
import JSON
import LoopbackServer
import Synchronization

/// Stands between the functions and MiniStack 1.5.33 and supplies, exactly, what that lacks of what
/// the functions use:
///
/// - GetObject of a version with a Range: it answers with the whole object.
/// - StartExecution under the name of an execution that goes on with the same input: it refuses, where AWS
///   answers with that execution.
final class EmulatorGaps: Sendable {
    private let server: LoopbackServer
    private let filled: Filled

    /// How often each was needed.
    private final class Filled: Sendable {
        let counts = Mutex<[String: Int]>([:])
        let refusals = Mutex<[String]>([])
        func note(_ gap: String) { counts.withLock { $0[gap, default: 0] += 1 } }
    }

    var origin: String { server.origin }
    var counts: [String: Int] { filled.counts.withLock { $0 } }
    /// What a function asked for and was not allowed.
    var refusals: [String] { filled.refusals.withLock { $0 } }

    init(of endpoint: String) {
        let filled = Filled()
        self.filled = filled
        let client = HTTPClient()
        let account = AWSClient(Emulator.configuration(endpoint: endpoint))
        server = LoopbackServer { request in
            var answer: HTTPResponse
            do throws(HTTPError) {
                answer = try Self.forward(request, to: endpoint, client)
                if let range = Self.missedRange(request, answer) {
                    filled.note("GetObject of a version with a Range")
                    answer = Self.part(range, of: answer)
                } else if let again = Self.sameExecution(request, answer, account) {
                    filled.note("StartExecution with the same name and input")
                    answer = again
                }
            } catch { return .reset }
            if answer.status == 403 || answer.text.contains("AccessDenied") {
                filled.refusals.withLock {
                    $0.append("\(request.method) \(request.target): \(answer.text)")
                }
            }
            var headers = HTTPHeaders()
            for field in answer.headers.fields {
                let isLength = field.name.lowercased() == "content-length"
                if isLength, request.method != "HEAD" { continue }
                if ["connection", "transfer-encoding"].contains(field.name.lowercased()) {
                    continue
                }
                headers[field.name] = field.value
            }
            return .response(answer.status, headers, answer.body)
        }
    }

    func stop() { server.stop() }

    /// With its `Host`, which is signed.
    private static func forward(
        _ request: LoopbackServer.Request, to endpoint: String, _ client: HTTPClient
    ) throws(HTTPError) -> HTTPResponse {
        var headers = HTTPHeaders()
        for field in request.headers.fields
        where !["content-length", "connection", "expect"].contains(field.name.lowercased()) {
            headers[field.name] = field.value
        }
        return try client.perform(
            HTTPRequest(
                request.method, endpoint + request.target, headers: headers, body: request.body))
    }

    /// The range that was asked for and not heeded.
    private static func missedRange(
        _ request: LoopbackServer.Request, _ answer: HTTPResponse
    ) -> ClosedRange<Int>? {
        guard request.method == "GET", answer.status == 200,
            request.target.contains("versionId="), let text = request.headers["Range"],
            text.hasPrefix("bytes=")
        else { return nil }
        let numbers = text.dropFirst(6).split(separator: "-").compactMap { Int($0) }
        guard numbers.count == 2, numbers[0] <= numbers[1], numbers[0] < answer.body.count else {
            return nil
        }
        return numbers[0]...min(numbers[1], answer.body.count - 1)
    }

    private static func part(_ range: ClosedRange<Int>, of answer: HTTPResponse) -> HTTPResponse {
        var part = HTTPResponse(
            status: 206, headers: answer.headers, body: Array(answer.body[range]))
        part.headers["Content-Range"] =
            "bytes \(range.lowerBound)-\(range.upperBound)/\(answer.body.count)"
        return part
    }

    private static func sameExecution(
        _ request: LoopbackServer.Request, _ answer: HTTPResponse, _ account: AWSClient
    ) -> HTTPResponse? {
        guard request.headers["X-Amz-Target"] == "AWSStepFunctions.StartExecution",
            answer.text.contains("ExecutionAlreadyExists"),
            let input = try? JSON(parsing: request.body),
            let machine = input["stateMachineArn"]?.string, let name = input["name"]?.string
        else { return nil }
        let execution = machine.replacing(":stateMachine:", with: ":execution:") + ":\(name)"
        guard
            let there = try? StepFunctions(account).describeExecution(executionARN: execution),
            there["status"] == "RUNNING", there["input"] == input["input"],
            let start = there["startDate"]
        else { return nil }
        let body: JSON = ["executionArn": .string(execution), "startDate": start]
        return HTTPResponse(
            status: 200, headers: ["Content-Type": "application/x-amz-json-1.0"],
            body: Array(body.serialized().utf8))
    }
}
