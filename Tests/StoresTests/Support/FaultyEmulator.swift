import AWSClient
import HTTP
import JSON
import LoopbackServer
import PythonEnvironment
import Stores
import System
import Testing

/// The tests against the emulator, one after the other: its faults are for all.
@Suite(.serialized) enum Emulated {}

/// What happens to a request on its way to the emulator, or to its answer on the way back.
enum Fault: CaseIterable, Sendable {
    /// The connection ends; the emulator has not seen the request.
    case resetBefore
    /// The emulator has done it, but the answer is lost.
    case resetAfter
    case unavailable
    case forbidden
    case throttled
    /// The answer ends before its announced end.
    case truncated
    /// A whole answer with half of the body. For ranges of objects only.
    case halved
    /// A part of the answer, then nothing any more.
    case stalled
    /// The emulator is asked twice.
    case duplicated
}

/// Moto with a proxy before it that does harm.
final class FaultyEmulator: Sendable {
    let moto: MotoServer
    private let proxy: LoopbackServer
    private let plan = Monitor<Plan?>(nil)
    private let harm = Monitor<[Fault: Int]>([:])

    private static let shared = Monitor<FaultyEmulator??>(nil)

    /// The one for all tests; nil, with the reason printed, when there is no moto.
    static func get() throws -> FaultyEmulator? {
        try shared.withLock { known in
            if let known { return known }
            let made = try MotoServer().map { FaultyEmulator($0) }
            known = .some(made)
            return made
        }
    }

    init(_ moto: MotoServer) {
        self.moto = moto
        let http = HTTPClient()
        let (plan, harm) = (plan, harm)
        proxy = LoopbackServer { request in
            let plan = plan.withLock { $0 }
            let fault = plan?.fault(request)
            if let fault { harm.withLock { $0[fault, default: 0] += 1 } }
            return Self.answer(request, fault, plan, http, moto.origin)
        }
    }

    var origin: String { proxy.origin }
    var requests: [LoopbackServer.Request] { proxy.requests }

    /// A client of the proxy that loses no time with waiting.
    func client(attempts: Int = 30) -> AWSClient {
        AWSClient(
            AWSConfiguration(
                region: "eu-west-1",
                credentials: AWSCredentials(accessKeyID: "test", secretAccessKey: "test"),
                endpointURL: origin, maximumAttempts: attempts),
            retries: RetryPolicy(pause: { _ in }, random: { 0 }))
    }

    /// A client of moto itself.
    func directClient() -> AWSClient {
        AWSClient(
            AWSConfiguration(
                region: "eu-west-1",
                credentials: AWSCredentials(accessKeyID: "test", secretAccessKey: "test"),
                endpointURL: moto.origin))
    }

    /// Runs `body` while the plan is in force, then none is.
    /// - Returns: the faults that were done, with their numbers.
    @discardableResult
    func during(
        _ faults: @escaping @Sendable (LoopbackServer.Request) -> Fault?,
        rewriting: @escaping @Sendable (HTTPRequest) -> (HTTPRequest, (JSON) -> JSON)? = { _ in nil
        },
        _ body: () throws -> Void
    ) rethrows -> [Fault: Int] {
        harm.withLock { $0 = [:] }
        let new = Plan(fault: faults, rewrite: rewriting)
        plan.withLock { $0 = new }
        defer { plan.withLock { $0 = nil } }
        try body()
        return harm.withLock { $0 }
    }

    private static func answer(
        _ request: LoopbackServer.Request, _ fault: Fault?, _ plan: Plan?, _ http: HTTPClient,
        _ origin: String
    ) -> LoopbackServer.Answer {
        switch fault {
        case .resetBefore: return .reset
        case .unavailable: return .response(503, ["Retry-After": "1"])
        case .forbidden: return .response(403)
        case .throttled:
            return .text(400, #"{"__type":"ThrottlingException","message":"Rate exceeded"}"#)
        default: break
        }
        var forwarded = request.forwarded(to: origin)
        var edit: (JSON) -> JSON = { $0 }
        if let (other, change) = plan?.rewrite(forwarded) { (forwarded, edit) = (other, change) }
        if fault == .duplicated { _ = try? http.perform(forwarded) }
        guard let answer = try? http.perform(forwarded) else { return .response(502) }
        // Moto breaks down where S3 says that an upload is gone.
        if answer.status == 500, request.method != "GET", request.target.contains("uploadId=") {
            return .text(404, "<Error><Code>NoSuchUpload</Code></Error>")
        }
        if fault == .resetAfter { return .reset }
        var body = answer.body
        if let json = try? JSON(parsing: body) { body = Array(edit(json).serialized().utf8) }
        var headers = answer.headers
        for name in ["Connection", "Server", "Transfer-Encoding"] { headers[name] = nil }
        if request.method != "HEAD" { headers["Content-Length"] = nil }
        switch fault {
        case .halved where !body.isEmpty:
            return .response(answer.status, headers, Array(body.prefix(body.count / 2)))
        case .truncated where !body.isEmpty, .stalled where !body.isEmpty:
            var head = "HTTP/1.1 \(answer.status) Status\r\nContent-Length: \(body.count)\r\n"
            for field in headers.fields { head += "\(field.name): \(field.value)\r\n" }
            let bytes = Array((head + "\r\n").utf8) + body.prefix(body.count / 2)
            return fault == .stalled ? .stall(bytes) : .bytes(bytes)
        default: return .response(answer.status, headers, body)
        }
    }
}

/// Random choices that a printed seed brings back.
final class Dice: Sendable {
    let seed: UInt64
    private let state: Monitor<UInt64>
    private let asked = Monitor(0)

    init(seed: UInt64 = .random(in: 0 ... .max)) {
        self.seed = seed
        state = Monitor(seed)
    }

    func below(_ limit: Int) -> Int {
        state.withLock { state in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
    }

    /// Each of the faults once, then one of them in so many of a hundred cases.
    func fault(_ percent: Int, of faults: [Fault]) -> Fault? {
        let number = asked.withLock { asked in
            asked += 1
            return asked - 1
        }
        if number < faults.count { return faults[number] }
        return below(100) < percent ? faults[below(faults.count)] : nil
    }
}

/// What harm is done.
private final class Plan: Sendable {
    let fault: @Sendable (LoopbackServer.Request) -> Fault?
    let rewrite: @Sendable (HTTPRequest) -> (HTTPRequest, (JSON) -> JSON)?

    init(
        fault: @escaping @Sendable (LoopbackServer.Request) -> Fault?,
        rewrite: @escaping @Sendable (HTTPRequest) -> (HTTPRequest, (JSON) -> JSON)?
    ) {
        self.fault = fault
        self.rewrite = rewrite
    }
}
