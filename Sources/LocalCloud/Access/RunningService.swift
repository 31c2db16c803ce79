import AWSClient
package import Engine
import HTTP
package import JSON
package import LambdaHost
package import Stores
import System

/// The sluice up that works in a home, spoken to over HTTP as AWS's clients do.
package struct RunningService: CloudAccess {
    /// How long the service may take to tell `arrive` of files that are there.
    static let announcementSeconds = 60

    package let objects: LocalObjectStore
    private let access: StepFunctionsAccess
    private let client: AWSClient
    private let endpoint: String

    /// - Returns: nil when no sluice up works in the home.
    package init?(of home: Home) throws {
        guard let port = HomeLock.servingPort(of: home), let holder = HomeLock.holder(of: home),
            holder.isService
        else { return nil }
        endpoint = "http://127.0.0.1:\(port)"
        access = StepFunctionsAccess(home, endpoint: endpoint)
        client = AWSClient(AWSConfiguration(endpointURL: endpoint))
        objects = LocalObjectStore(root: home.buckets)
    }

    package var messageHome: Home? { access.messageHome }
    package var flags: String { access.flags }

    package func call(_ action: String, _ request: JSON) throws -> JSON {
        try access.call(action, request)
    }

    package func executionARN(_ name: String) throws -> String { try access.executionARN(name) }

    package func waitForEnd(of executionARN: String, telling listener: ExecutionListener) throws
        -> JSON
    {
        try access.waitForEnd(of: executionARN, telling: listener)
    }

    package func table(_ action: String, _ request: JSONObject) throws -> JSON {
        var request = request
        request["TableName"] = JSON(LocalFunctions.tableName)
        do throws(AWSError) {
            return try client.call(.dynamoDB, action, .object(request))
        } catch {
            throw CloudError(.unavailable, "\(error)")
        }
    }

    /// Lambda's Invoke: <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>.
    package func invoke(_ function: String, _ payload: JSON) throws -> LambdaResult {
        var body: [UInt8] = []
        payload.write(to: &body)
        let request = HTTPRequest(
            "POST", "\(endpoint)/2015-03-31/functions/\(function)/invocations", body: body,
            timeoutSeconds: LocalFunctions.timeoutSeconds)
        do {
            let response = try HTTPClient().perform(request)
            let answer = try JSON(parsing: response.body)
            guard response.isSuccess else {
                return .serviceError(
                    error: "Lambda." + (response.headers["x-amzn-ErrorType"] ?? "Unknown"),
                    cause: answer["Message"]?.string ?? "")
            }
            return response.headers["X-Amz-Function-Error"] == nil
                ? .success(answer) : .functionError(answer)
        } catch {
            throw CloudError(.unavailable, "\(endpoint): \(error)")
        }
    }

    /// The service sees the files by itself and says so in the home; telling `arrive` too would be a
    /// second event, which can start a second run when the first has failed meanwhile.
    package func announce(_ objects: [ObjectReference]) throws {
        guard let home = messageHome else { return }
        let until = monotonicNanoseconds() + Self.announcementSeconds * 1_000_000_000
        while true {
            let announced = try AnnouncedFiles(path: home.announced)
            let missing = objects.first { !announced.contains($0.key, version: $0.versionID) }
            guard let missing else { return }
            guard HomeLock.holder(of: home) != nil else {
                throw CloudError(
                    .unavailable,
                    "the sluice up that worked in \(home.path) has ended; the next one takes the files"
                )
            }
            guard monotonicNanoseconds() < until else {
                throw CloudError(
                    .unavailable,
                    "the sluice up that works in \(home.path) does not take \(missing.key); "
                        + "see what it says")
            }
            RetryPolicy.sleep(seconds: 0.01)
        }
    }

    /// Tells `arrive` itself what the service may still be about to tell: it is no harm to hear of an end
    /// twice.
    package func settle(_ executionARN: String) throws {
        let description = try call("DescribeExecution", ["executionArn": JSON(executionARN)])
        try tellArrive([
            "detail-type": "Step Functions Execution Status Change", "source": "aws.states",
            "detail": description,
        ])
    }

    package var idleDrills: [Drill] { [] }
    package func shutdown() {}
}
