import LoopbackServer
import System
import Testing

@testable import AWSClient

@Suite struct SharedConfigurationTests {
    @Test(arguments: [
        ("[default]\nregion = eu-west-1\n", "default", ["region": "eu-west-1"]),
        ("[profile a]\r\nRegion=x\r\n\r\n# c\n; c\n", "profile a", ["region": "x"]),
        ("[ profile \"a b\" ]\na=b", "profile a b", ["a": "b"]),
        ("[a]\nx = 1 # comment\ny=2#none\nz = 3 ; c", "a", ["x": "1", "y": "2#none", "z": "3"]),
        (
            "[services local]\ns3 =\n  endpoint_url = http://h\n  x=y\nsfn=\n\tendpoint_url=z",
            "services local",
            [
                "s3": "", "s3.endpoint_url": "http://h", "s3.x": "y", "sfn": "",
                "sfn.endpoint_url": "z",
            ]
        ),
        ("[a]\nx = one\n  two", "a", ["x": "one\ntwo"]),
        ("[a]\nx=1\n[b]\n[a]\nx=2", "a", ["x": "2"]),
        ("[a]\nsecret = a=b==", "a", ["secret": "a=b=="]),
    ])
    func `sections and settings`(text: String, section: String, settings: [String: String]) throws {
        #expect(try SharedConfigurationFile(parsing: text).sections[section] == settings)
    }

    @Test(arguments: [("x=1", 1), ("[a]\nx=1\nnonsense", 3), ("[a]\n[b\n", 2), ("\n  x", 2)])
    func `what cannot be read is told with its line`(text: String, line: Int) {
        let failure = #expect(throws: SharedConfigurationFile.Failure.self) {
            try SharedConfigurationFile(parsing: text)
        }
        #expect(failure?.line == line)
    }

    @Test func `random bytes are read or refused`() {
        var generator = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: 0 ... .max, using: &generator)
        var state = seed
        for _ in 0..<2000 {
            var text = ""
            for _ in 0..<20 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text +=
                    ["[", "]", "=", " ", "\n", "a", "\"", "#", "profile ", "\t"][
                        Int(state >> 33) % 10]
            }
            do throws(SharedConfigurationFile.Failure) {
                let file = try SharedConfigurationFile(parsing: text)
                #expect(file.sections.keys.allSatisfy { !$0.contains("\n") }, "seed \(seed)")
            } catch {
                #expect(error.line >= 1, "seed \(seed)")
            }
        }
    }

    /// Files of these texts, and an environment that names them.
    private func environment(
        config: String, credentials: String = "", _ more: [String: String] = [:]
    ) throws -> (directory: TemporaryDirectory, variables: [String: String]) {
        let directory = TemporaryDirectory()
        try FileSystem.replace(directory.path + "/config", with: config)
        try FileSystem.replace(directory.path + "/credentials", with: credentials)
        let own = [
            "AWS_CONFIG_FILE": directory.path + "/config",
            "AWS_SHARED_CREDENTIALS_FILE": directory.path + "/credentials",
        ]
        return (directory, own.merging(more) { $1 })
    }

    @Test func `the credentials file comes first, and the profile is the one that is named`() throws
    {
        let (directory, variables) = try environment(
            config: """
                [default]
                region = eu-west-1
                [profile audit]
                region = eu-north-1
                aws_access_key_id = config
                """,
            credentials: "[audit]\naws_access_key_id = credentials\naws_secret_access_key = s\n",
            ["AWS_PROFILE": "audit"])
        defer { withExtendedLifetime(directory) {} }
        let shared = SharedConfiguration { variables[$0] }
        let profile = try #require(try shared.profile())
        #expect(profile["region"] == "eu-north-1")
        #expect(profile["aws_access_key_id"] == "credentials")
        #expect(try shared.profile("default")["region"] == "eu-west-1")
        let missing = #expect(throws: AWSError.self) { try shared.profile("none") }
        #expect(missing?.code == "ProfileNotFound")
        #expect(missing?.message.contains(directory.path + "/config") == true)
        let configuration = AWSConfiguration { variables[$0] }
        #expect(try configuration.endpoint(.sqs) == "https://sqs.eu-north-1.amazonaws.com")
    }

    @Test func `without files and without a home nothing is there`() throws {
        #expect(try SharedConfiguration { _ in nil }.profile() == nil)
        let home = TemporaryDirectory()
        #expect(try SharedConfiguration { ["HOME": home.path][$0] }.profile() == nil)
        try FileSystem.makeDirectory(home.path + "/.aws")
        try FileSystem.replace(home.path + "/.aws/config", with: "[default]\nregion=r-1")
        #expect(try SharedConfiguration { ["HOME": home.path][$0] }.profile()?["region"] == "r-1")
        try FileSystem.replace(home.path + "/.aws/config", with: "[default")
        let error = #expect(throws: AWSError.self) {
            try AWSConfiguration { ["HOME": home.path][$0] }.endpoint(.s3)
        }
        #expect(error?.code == "InvalidConfigurationFile")
        #expect(error?.message.contains("/.aws/config, line 1: ") == true)
    }

    @Test(
        arguments: [
            ([:], AWSService.s3, "http://s3.profile"), ([:], .sqs, "http://all.profile"),
            (["AWS_ENDPOINT_URL": "http://env/"], .s3, "http://env"),
            (["AWS_ENDPOINT_URL_SQS": "http://env-sqs"], .sqs, "http://env-sqs"),
            (
                ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"], .sqs,
                "https://sqs.eu-west-1.amazonaws.com"
            ),
        ] as [([String: String], AWSService, String)])
    func `a profile names endpoints too, after the environment`(
        more: [String: String], service: AWSService, endpoint: String
    ) throws {
        let (directory, variables) = try environment(
            config: """
                [default]
                region = eu-west-1
                services = local
                endpoint_url = http://all.profile/
                [services local]
                s3 =
                  endpoint_url = http://s3.profile
                """, more)
        defer { withExtendedLifetime(directory) {} }
        #expect(try AWSConfiguration { variables[$0] }.endpoint(service) == endpoint)
    }

    @Test func `a region that would change the host is refused`() {
        let configuration = AWSConfiguration(region: "x.evil.example/")
        let error = #expect(throws: AWSError.self) { try configuration.endpoint(.s3) }
        #expect(error?.code == "InvalidConfiguration")
    }
}
