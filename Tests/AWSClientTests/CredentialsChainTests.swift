import HTTP
import JSON
import LoopbackServer
import System
import Testing

@testable import AWSClient

/// A clock that is moved by hand.
final class ManualClock: Clock {
    private let time: Monitor<Timestamp>
    init(_ text: String) { time = Monitor(Timestamp(rfc3339: text)!) }
    func now() -> Timestamp { time.withLock { $0 } }
    func advance(_ seconds: Double) { time.withLock { $0 = $0 + seconds } }
}

@Suite struct CredentialsChainTests {
    private let clock = ManualClock("2026-01-05T10:00:00Z")
    private let waits = Monitor<[Double]>([])

    private func chain(_ variables: [String: String]) -> CredentialsChain {
        let waits = waits
        return CredentialsChain(
            environment: { variables[$0] }, clock: clock,
            retries: RetryPolicy(
                pause: { seconds in waits.withLock { $0.append(seconds) } }, random: { 0.5 }))
    }

    private static func answer(_ id: String, _ expiration: String?) -> String {
        var object: JSONObject = [
            "AccessKeyId": .string(id), "SecretAccessKey": "s", "Token": "t",
        ]
        object["Expiration"] = expiration.map { .string($0) }
        return JSON.object(object).serialized()
    }

    @Test func `a container's endpoint is asked with its token, again when it fails`() throws {
        let directory = TemporaryDirectory()
        try FileSystem.replace(directory.path + "/token", with: "Bearer x\n")
        let count = Monitor(0)
        let server = LoopbackServer { _ in
            let number = count.withLock { count in
                count += 1
                return count
            }
            return number == 1 ? .text(503, "") : .text(200, Self.answer("AK", nil))
        }
        let chain = chain([
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": server.origin + "/v1/credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": directory.path + "/token",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "not this",
        ])
        let credentials = try chain.credentials()
        #expect(credentials.accessKeyID == "AK" && credentials.sessionToken == "t")
        #expect(try chain.credentials() == credentials)
        #expect(server.requests.map(\.target) == ["/v1/credentials", "/v1/credentials"])
        #expect(server.requests[1].headers["Authorization"] == "Bearer x")
        #expect(waits.withLock { $0 } == [0.5])
    }

    @Test(arguments: [
        (200, "{}"), (200, "nonsense"), (200, #"{"Code":"AssumeRoleUnauthorizedAccess"}"#),
        (200, #"{"AccessKeyId":"a","SecretAccessKey":"hush","Expiration":"tomorrow"}"#), (404, ""),
        (403, #"{"SecretAccessKey":"hush"}"#),
    ])
    func `an answer that is none is an error without its text`(status: Int, body: String) throws {
        let server = LoopbackServer { _ in .text(status, body) }
        let chain = chain(["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.origin])
        let error = try #require(#expect(throws: AWSError.self) { try chain.credentials() })
        #expect(["InvalidCredentials", "CredentialsRefused"].contains(error.code))
        #expect(!error.description.contains("hush"))
        // Who asks at once again is told the same, and the endpoint is left alone.
        #expect(throws: AWSError.self) { try chain.credentials() }
        #expect(server.requests.count == 1)
        clock.advance(CredentialsCache.pauseSeconds)
        #expect(throws: AWSError.self) { try chain.credentials() }
        #expect(server.requests.count == 2)
    }

    @Test func `an instance is asked with a session token only`() throws {
        let server = LoopbackServer { request in
            switch (request.method, request.target) {
            case ("PUT", "/latest/api/token"): return .text(200, "session")
            case ("GET", "/latest/meta-data/iam/security-credentials/"):
                return .text(200, "my role\n")
            case ("GET", "/latest/meta-data/iam/security-credentials/my%20role"):
                return .text(200, Self.answer("AKROLE", "2026-01-05T16:00:00Z"))
            default: return .text(404, "")
            }
        }
        let chain = chain(["AWS_EC2_METADATA_SERVICE_ENDPOINT": server.origin + "/"])
        #expect(try chain.credentials().accessKeyID == "AKROLE")
        #expect(
            server.requests[0].headers["X-aws-ec2-metadata-token-ttl-seconds"] == "21600")
        for request in server.requests[1...] {
            #expect(request.headers["X-aws-ec2-metadata-token"] == "session")
        }
    }

    @Test func `nobody there means no credentials, told with what to do`() throws {
        let server = LoopbackServer { _ in .reset }
        server.stop()
        let chain = chain(["AWS_EC2_METADATA_SERVICE_ENDPOINT": server.origin])
        let error = try #require(#expect(throws: AWSError.self) { try chain.credentials() })
        #expect(error.code == "MissingCredentials")
        #expect(error.message.contains("AWS_ACCESS_KEY_ID"))
        let none = self.chain(["AWS_EC2_METADATA_DISABLED": "true"])
        #expect(throws: AWSError.self) { try none.credentials() }
    }

    @Test func `a process is run, and its failure told without its output`() throws {
        let directory = TemporaryDirectory()
        func credentials(_ script: String) throws -> AWSCredentials {
            try FileSystem.replace(directory.path + "/script", with: script)
            return try ProcessCredentials.credentials(
                command: "/bin/sh '\(directory.path)/script'")
        }
        let good = try credentials(
            #"""
            echo '{"Version":1,"AccessKeyId":"AKP","SecretAccessKey":"s","SessionToken":"t",'
            echo '"Expiration":"2026-01-05T12:00:00+01:00"}'
            """#)
        #expect(good.accessKeyID == "AKP" && good.sessionToken == "t")
        #expect(good.expiration == Timestamp(rfc3339: "2026-01-05T11:00:00Z"))
        for (script, part) in [("echo hush; exit 3", "exit status 3"), ("echo hush", "no JSON")] {
            let error = #expect(throws: AWSError.self) { try credentials(script) }
            #expect(error?.message.contains(part) == true)
            #expect(error?.description.contains("hush") == false)
        }
        let missing = #expect(throws: AWSError.self) {
            try ProcessCredentials.credentials(command: "/no/such/program")
        }
        #expect(missing?.code == "ProcessFailed")
    }

    @Test func `a role is assumed with the source's keys`() throws {
        let server = LoopbackServer { _ in
            .text(
                200,
                """
                <AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId>
                <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
                <Expiration>2026-01-05T11:00:00Z</Expiration></Credentials></AssumeRoleResult>
                </AssumeRoleResponse>
                """)
        }
        let directory = TemporaryDirectory()
        try FileSystem.replace(
            directory.path + "/config",
            with: """
                [profile night]
                role_arn = arn:aws:iam::1:role/a+b
                source_profile = base
                external_id = e f
                [profile base]
                aws_access_key_id = AKBASE
                aws_secret_access_key = s
                """)
        let chain = chain([
            "AWS_CONFIG_FILE": directory.path + "/config", "AWS_PROFILE": "night",
            "AWS_ENDPOINT_URL_STS": server.origin,
        ])
        #expect(try chain.credentials().accessKeyID == "ASIA")
        let request = server.requests[0]
        #expect(
            request.text == "Action=AssumeRole&Version=2011-06-15"
                + "&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa%2Bb&RoleSessionName=sluice"
                + "&ExternalId=e%20f")
        #expect(request.headers["Authorization"]?.contains("Credential=AKBASE/") == true)
        #expect(request.headers["Authorization"]?.contains("/sts/aws4_request") == true)
    }

    @Test func `they are renewed before they expire, by one thread`() throws {
        let count = Monitor(0)
        let server = LoopbackServer { _ in
            let number = count.withLock { count in
                count += 1
                return count
            }
            return .text(200, Self.answer("AK\(number)", "2026-01-05T1\(number):00:00Z"))
        }
        let chain = chain(["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.origin])
        #expect(try chain.credentials().accessKeyID == "AK1")
        clock.advance(3600 - CredentialsCache.earlySeconds - 1)
        #expect(try chain.credentials().accessKeyID == "AK1")
        clock.advance(2)
        let found = Monitor<[String]>([])
        let threads = (0..<8).map { _ in
            Thread {
                let id = (try? chain.credentials())?.accessKeyID ?? "none"
                found.withLock { $0.append(id) }
            }
        }
        for thread in threads { thread.join() }
        #expect(found.withLock { $0 }.allSatisfy { ["AK1", "AK2"].contains($0) })
        #expect(server.requests.count == 2)
        #expect(try chain.credentials().accessKeyID == "AK2")
    }

    @Test func `an endpoint that fails leaves the old ones until they expire`() throws {
        let fails = Monitor(false)
        let server = LoopbackServer { _ in
            fails.withLock { $0 }
                ? .text(404, "") : .text(200, Self.answer("AK", "2026-01-05T11:00:00Z"))
        }
        let chain = chain(["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.origin])
        #expect(try chain.credentials().accessKeyID == "AK")
        fails.withLock { $0 = true }
        for _ in 0..<10 {
            clock.advance(355)
            #expect(try chain.credentials().accessKeyID == "AK")
        }
        #expect(server.requests.count > 1)
        clock.advance(100)
        let error = #expect(throws: AWSError.self) { try chain.credentials() }
        #expect(error?.code == "CredentialsRefused")
    }
}
