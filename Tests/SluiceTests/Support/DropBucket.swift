import AWSClient
import HTTP
import LoopbackServer
import PythonEnvironment
import System

/// A bucket in moto, behind a proxy that a test can hold up.
final class DropBucket: Sendable {
    private static let server = Monitor<MotoServer??>(nil)

    let name = "drop-" + randomHexadecimal(bytes: 4)
    private static let keys = ["AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test"]

    private let moto: MotoServer
    private let proxy: LoopbackServer
    /// What is to be left without an answer, told once it is there.
    private let held: Monitor<HeldRequests?>
    private let isHeld = Monitor(false)

    /// A new one; nil, with the reason printed, when there is no moto.
    static func empty() throws -> DropBucket? {
        let moto = try server.withLock { known in
            if let known { return known }
            let made = try MotoServer()
            known = .some(made)
            return made
        }
        return try moto.map { try DropBucket($0) }
    }

    private init(_ moto: MotoServer) throws {
        self.moto = moto
        let held = Monitor<HeldRequests?>(nil)
        self.held = held
        let isHeld = isHeld
        let http = HTTPClient()
        proxy = LoopbackServer { request in
            if held.withLock({ $0 })?.isMeant(request) == true {
                isHeld.withLock { $0 = true }
                return .stall([])
            }
            guard let answer = try? http.perform(request.forwarded(to: moto.origin)) else {
                return .response(502)
            }
            return LoopbackServer.Answer(answer, isHead: request.method == "HEAD")
        }
        try make(name)
    }

    /// Makes another bucket.
    func make(_ name: String) throws {
        let made = try HTTPClient().perform(
            HTTPRequest(
                "PUT", "\(moto.origin)/\(name)",
                body: Array(
                    "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>"
                        .utf8)))
        precondition(made.isSuccess)
    }

    /// For a process that is to find it.
    var environment: [String] {
        Self.keys + ["AWS_REGION=eu-west-1", "AWS_ENDPOINT_URL_S3=\(proxy.origin)"]
    }

    private var s3: S3 {
        S3(
            AWSClient(
                AWSConfiguration(
                    region: "eu-west-1",
                    credentials: AWSCredentials(accessKeyID: "test", secretAccessKey: "test"),
                    endpointURL: moto.origin)))
    }

    func keys() throws -> [String] {
        try s3.listObjectsV2(bucket: name, prefix: "").map(\.key)
    }

    func content(_ key: String) throws -> [UInt8] {
        try s3.client.send(try s3.getObjectRequest(bucket: name, key: key)).body
    }

    /// How many parts were sent in all.
    var partsSent: Int {
        proxy.requests.count { $0.method == "PUT" && $0.target.contains("partNumber=") }
    }

    func hold(_ isMeant: (@Sendable (LoopbackServer.Request) -> Bool)?) {
        isHeld.withLock { $0 = false }
        let meant = isMeant.map(HeldRequests.init)
        held.withLock { $0 = meant }
    }

    /// Waits until a request is held, a minute at most.
    func waitUntilHeld() -> Bool {
        isHeld.wait(untilNanoseconds: monotonicNanoseconds() + 60_000_000_000) { $0 ? true : nil }
            ?? false
    }
}

/// Which requests are held.
private final class HeldRequests: Sendable {
    let isMeant: @Sendable (LoopbackServer.Request) -> Bool
    init(_ isMeant: @escaping @Sendable (LoopbackServer.Request) -> Bool) { self.isMeant = isMeant }
}
