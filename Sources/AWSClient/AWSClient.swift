public import HTTP
public import JSON
public import System

/// Sends signed requests to AWS's services, or to whatever stands in for them, and tries again what
/// is worth another try. Blocking; may be used by many threads.
public struct AWSClient: Sendable {
    public let configuration: AWSConfiguration
    private let http: HTTPClient
    private let clock: any Clock
    private let retries: RetryPolicy

    public init(
        _ configuration: AWSConfiguration = AWSConfiguration(), http: HTTPClient = HTTPClient(),
        clock: any Clock = WallClock(), retries: RetryPolicy = RetryPolicy()
    ) {
        self.configuration = configuration
        self.http = http
        self.clock = clock
        self.retries = retries
    }

    /// Calls an operation of a service with a JSON protocol (all but S3).
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

    /// Calls one operation many times side by side.
    /// - Returns: the outcome of each, in the order of the inputs.
    public func callAll(
        _ service: AWSService, _ operation: String, _ inputs: [JSON], endpoint: String? = nil,
        atMost limit: Int
    ) throws(AWSError) -> [Result<JSON, AWSError>] {
        var requests: [AWSRequest] = []
        for input in inputs {
            requests.append(try jsonRequest(service, operation, input, endpoint: endpoint))
        }
        return zip(requests, sendAll(requests, atMost: limit)).map { request, outcome in
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

    /// ``send(_:)`` for many requests side by side; those to be tried again wait for each other.
    /// - Returns: the outcome of each, in the order of the requests.
    public func sendAll(
        _ requests: [AWSRequest], atMost limit: Int
    ) -> [Result<HTTPResponse, AWSError>] {
        var outcomes: [Result<HTTPResponse, AWSError>?] = Array(
            repeating: nil, count: requests.count)
        var pending = Array(requests.indices)
        var attempt = 1
        while !pending.isEmpty {
            if attempt > 1 { retries.waitBefore(attemptAfter: attempt - 1) }
            var sent: [Int] = []
            var transfers: [HTTPTransfer] = []
            for index in pending {
                do throws(AWSError) {
                    transfers.append(try signed(requests[index]))
                    sent.append(index)
                } catch { outcomes[index] = .failure(error) }
            }
            pending = []
            for (index, answer) in zip(sent, perform(transfers, atMost: limit)) {
                let outcome = Self.outcome(of: answer, requests[index])
                outcomes[index] = outcome
                if case .failure(let error) = outcome, error.isTransient { pending.append(index) }
            }
            if attempt == configuration.maximumAttempts { break }
            attempt += 1
        }
        return outcomes.map { $0! }
    }

    /// Waits as before another attempt, for what a service refused within an answer that is no error.
    public func waitBefore(attemptAfter attempt: Int) { retries.waitBefore(attemptAfter: attempt) }

    private func perform(
        _ transfers: [HTTPTransfer], atMost limit: Int
    ) -> [Result<HTTPResponse, HTTPError>] {
        let transfers = transfers.map { Self.tracing($0) }
        guard transfers.count == 1 else { return http.performAll(transfers, atMost: limit) }
        do throws(HTTPError) {
            return [.success(try http.perform(transfers[0]))]
        } catch { return [.failure(error)] }
    }

    private static func outcome(
        of answer: Result<HTTPResponse, HTTPError>, _ request: AWSRequest
    ) -> Result<HTTPResponse, AWSError> {
        switch answer {
        case .success(let response) where response.isSuccess: .success(response)
        case .success(let response): .failure(AWSError(response, request))
        case .failure(let error): .failure(AWSError(error, request))
        }
    }

    /// Anonymous only towards this machine: elsewhere it could only be refused, less clearly.
    private func signed(_ request: AWSRequest) throws(AWSError) -> HTTPTransfer {
        var transfer = request.transfer
        guard let credentials = configuration.credentials else {
            if AWSConfiguration.isLoopback(transfer.request.url) { return transfer }
            throw AWSError(
                "MissingCredentials",
                "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", request.name)
        }
        let hash =
            transfer.upload.map { Digest.sha256($0) } ?? Digest.sha256(transfer.request.body)
        let signer = SigV4(
            credentials: credentials, region: configuration.region ?? "us-east-1",
            service: request.service.signingName)
        signer.sign(
            &transfer.request, payloadHash: Digest.hexadecimal(hash), at: clock.now())
        return transfer
    }
}
