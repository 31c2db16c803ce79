public import HTTP
import Digest
public import JSON
import Synchronization
public import System

/// Sends signed requests to AWS's services, or to whatever stands in for them, and tries again what
/// is worth another try. Blocking; may be used by many threads.
public struct AWSClient: Sendable {
    public let configuration: AWSConfiguration
    private let http: HTTPClient
    private let clock: any Clock
    private let retries: RetryPolicy
    private let shared = Shared()

    /// What all requests of a client share.
    private final class Shared: Sendable {
        let quota = Mutex(RetryQuota())
        /// Nanoseconds to be added to this machine's time.
        let skew = Atomic(0)
    }

    public init(
        _ configuration: AWSConfiguration = AWSConfiguration(), http: HTTPClient = HTTPClient(),
        clock: any Clock = WallClock(), retries: RetryPolicy = RetryPolicy()
    ) {
        self.configuration = configuration
        self.http = http
        self.clock = clock
        self.retries = retries
    }

    /// Calls an operation of a service with a JSON protocol (all but S3 and STS).
    /// - Parameters:
    ///   - operation: its name in the service's reference, `StartExecution` say.
    ///   - endpoint: in place of the service's own, a queue's say.
    /// - Returns: the answer; an empty object when it has no body.
    public func call(
        _ service: AWSService, _ operation: String, _ input: JSON, endpoint: String? = nil
    ) throws(AWSError) -> JSON {
        let request = try jsonRequest(service, operation, input, endpoint: endpoint)
        return try Self.json(of: try send(request), request)
    }

    /// Calls an operation that is not of AWS but of what stands in for a service here, with bytes as its
    /// input.
    /// - Parameters:
    ///   - target: the operation with its prefix, for `X-Amz-Target`.
    ///   - timeoutSeconds: for the whole exchange.
    /// - Throws: code `InvalidConfiguration` when no endpoint is configured for the service: the bytes
    ///   are not for AWS.
    public func call(
        _ service: AWSService, target: String, _ body: [UInt8], timeoutSeconds: Double
    ) throws(AWSError) -> JSON {
        guard let endpoint = try configuration.configuredEndpoint(service) else {
            throw AWSError(
                "InvalidConfiguration",
                "AWS_ENDPOINT_URL_\(service.environmentName) is not set", target)
        }
        let request = AWSRequest(
            service, target,
            HTTPTransfer(
                HTTPRequest(
                    "POST", endpoint + "/",
                    headers: [
                        "Content-Type": "application/octet-stream", "X-Amz-Target": target,
                    ], body: body, timeoutSeconds: timeoutSeconds)))
        return try Self.json(of: try send(request), request)
    }

    /// Calls one operation many times side by side.
    /// - Parameter retriesThrottled: false to have what the service throttles as an outcome at once, for
    ///   a caller that sends less then.
    /// - Returns: the outcome of each, in the order of the inputs.
    public func callAll(
        _ service: AWSService, _ operation: String, _ inputs: [JSON], endpoint: String? = nil,
        atMost limit: Int, retriesThrottled: Bool = true
    ) throws(AWSError) -> [Result<JSON, AWSError>] {
        var requests: [AWSRequest] = []
        for input in inputs {
            requests.append(try jsonRequest(service, operation, input, endpoint: endpoint))
        }
        let outcomes = sendAll(requests, atMost: limit, retriesThrottled: retriesThrottled)
        return zip(requests, outcomes).map { request, outcome in
            outcome.flatMap { answer in
                do throws(AWSError) {
                    return .success(try Self.json(of: answer, request))
                } catch { return .failure(error) }
            }
        }
    }

    /// Sends a request until it succeeds, fails for good, or was tried often enough.
    public func send(_ request: AWSRequest) throws(AWSError) -> HTTPResponse {
        try sendAll([request], atMost: 1)[0].get()
    }

    /// A request that is on its way, or to be sent again.
    private struct Try {
        var index: Int
        /// What the retry has cost; 0 for the first attempt.
        var cost = 0
        var signer: AWSCredentials?
    }

    /// ``send(_:)`` for many requests side by side; those to be tried again wait for each other.
    /// - Parameter retriesThrottled: as of ``callAll(_:_:_:endpoint:atMost:retriesThrottled:)``.
    /// - Returns: the outcome of each, in the order of the requests.
    public func sendAll(
        _ requests: [AWSRequest], atMost limit: Int, retriesThrottled: Bool = true
    ) -> [Result<HTTPResponse, AWSError>] {
        var outcomes: [Result<HTTPResponse, AWSError>?] = Array(
            repeating: nil, count: requests.count)
        var pending = requests.indices.map { Try(index: $0) }
        var attempt = 1
        while true {
            var sent: [Try] = []
            var transfers: [HTTPTransfer] = []
            for var next in pending {
                do throws(AWSError) {
                    let (transfer, signer) = try signed(requests[next.index])
                    next.signer = signer
                    transfers.append(Self.tracing(transfer))
                    sent.append(next)
                } catch { outcomes[next.index] = .failure(error) }
            }
            pending = []
            var delay = 0.0
            for (done, answer) in zip(sent, perform(transfers, atMost: limit)) {
                let outcome = Self.outcome(of: answer, requests[done.index], attempt)
                outcomes[done.index] = outcome
                switch outcome {
                case .success: shared.quota.withLock { $0.giveBack(done.cost) }
                case .failure(let error):
                    let isHopeful =
                        error.isTransient && (retriesThrottled || !error.isThrottling)
                        || mayHaveMended(error, done.signer)
                    let cost = RetryQuota.cost(of: error)
                    if isHopeful, attempt < configuration.maximumAttempts,
                        shared.quota.withLock({ $0.take(cost) })
                    {
                        pending.append(Try(index: done.index, cost: cost))
                        delay = max(delay, retries.delaySeconds(afterAttempt: attempt, error))
                    }
                }
            }
            if pending.isEmpty { return outcomes.map { $0! } }
            retries.wait(delay)
            attempt += 1
        }
    }

    /// Sets the clock right, or the credentials aside, if that was the reason.
    private func mayHaveMended(_ error: AWSError, _ signer: AWSCredentials?) -> Bool {
        let skew = shared.skew.load(ordering: .relaxed)
        if let right = ClockSkew.correction(for: error, skew: skew, now: clock.now()) {
            shared.skew.store(right, ordering: .relaxed)
            return true
        }
        guard AWSError.expiredCodes.contains(error.code), let signer,
            configuration.credentials == nil, let chain = configuration.chain
        else { return false }
        chain.drop(signer)
        return true
    }

    /// Waits as before another attempt, for what a service refused within an answer that is no error.
    /// - Parameter baseSeconds: the longest wait behind the first attempt.
    public func waitBefore(attemptAfter attempt: Int, baseSeconds: Double = 1) {
        retries.wait(baseSeconds * retries.delaySeconds(afterAttempt: attempt, nil))
    }

    private func perform(
        _ transfers: [HTTPTransfer], atMost limit: Int
    ) -> [Result<HTTPResponse, HTTPError>] {
        guard transfers.count == 1 else { return http.performAll(transfers, atMost: limit) }
        do throws(HTTPError) {
            return [.success(try http.perform(transfers[0]))]
        } catch { return [.failure(error)] }
    }

    private static func outcome(
        of answer: Result<HTTPResponse, HTTPError>, _ request: AWSRequest, _ attempt: Int
    ) -> Result<HTTPResponse, AWSError> {
        var failure: AWSError
        switch answer {
        case .success(let response) where response.isSuccess:
            guard let expected = request.expectedBodyBytes, response.bodyBytes != expected else {
                return .success(response)
            }
            failure = AWSError(
                "IncompleteBody", "\(response.bodyBytes) bytes came of \(expected)", request.name,
                httpStatus: response.status, requestID: response.awsRequestID)
        case .success(let response): failure = AWSError(response, request)
        case .failure(let error): failure = AWSError(error, request)
        }
        failure.attempts = attempt
        return .failure(failure)
    }

    /// Anonymous only towards this machine: elsewhere it could only be refused, less clearly.
    private func signed(
        _ request: AWSRequest
    ) throws(AWSError) -> (transfer: HTTPTransfer, signer: AWSCredentials?) {
        var transfer = request.transfer
        let credentials: AWSCredentials?
        do throws(AWSError) {
            credentials = try configuration.signer(for: transfer.request.url)
        } catch {
            var error = error
            error.operation = "\(request.name): \(error.operation)"
            throw error
        }
        guard let credentials else { return (transfer, nil) }
        let hash =
            request.payloadSHA256
            ?? transfer.upload.map { HashAlgorithm.sha256.digest(of: $0) }
            ?? HashAlgorithm.sha256.digest(of: transfer.request.body)
        let signer = SigV4(
            credentials: credentials, region: try configuration.knownRegion() ?? "us-east-1",
            service: request.service.signingName)
        let now = clock.now().nanoseconds + shared.skew.load(ordering: .relaxed)
        signer.sign(
            &transfer.request, payloadHash: Hexadecimal.encode(hash),
            at: Timestamp(nanoseconds: now))
        return (transfer, credentials)
    }
}
