import LoopbackServer
import System
import Testing

@testable import AWSClient

@Suite struct CredentialsSourceTests {
    /// What is chosen for a configuration file and an environment.
    private func choose(
        _ config: String = "", _ variables: [String: String] = [:]
    ) throws -> CredentialsSource? {
        let directory = TemporaryDirectory()
        let path = directory.path + "/config"
        try FileSystem.replace(path, with: config)
        let all = variables.merging(["AWS_CONFIG_FILE": path]) { $1 }
        return try CredentialsSource.choose(
            environment: { all[$0] }, shared: SharedConfiguration { all[$0] })
    }

    private let keys = "aws_access_key_id = AKPROFILE\naws_secret_access_key = s\n"
    private let fixed = AWSCredentials(accessKeyID: "AKPROFILE", secretAccessKey: "s")
    private let environment = [
        "AWS_ACCESS_KEY_ID": "AKENV", "AWS_SECRET_ACCESS_KEY": "e", "AWS_SESSION_TOKEN": "t",
    ]
    private let container = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x"]

    @Test func `the order is environment, profile, container, instance`() throws {
        let profile = "[default]\n" + keys
        let all = environment.merging(container) { $1 }
        let own = AWSCredentials(
            accessKeyID: "AKENV", secretAccessKey: "e", sessionToken: "t")
        #expect(try choose(profile, all) == .fixed(own))
        #expect(try choose(profile, container) == .fixed(fixed))
        guard case .container(let found)? = try choose("[default]\nregion=r", container) else {
            Issue.record("not the container")
            return
        }
        #expect(found.url == "http://169.254.170.2/v2/x")
        guard case .instance(let instance)? = try choose() else {
            Issue.record("not the instance")
            return
        }
        #expect(instance.endpoint == "http://169.254.169.254")
        #expect(try choose("", ["AWS_EC2_METADATA_DISABLED": "TRUE"]) == nil)
        // Half of the keys are none.
        #expect(try choose(profile, ["AWS_ACCESS_KEY_ID": "AKENV"]) == .fixed(fixed))
    }

    @Test func `a profile has keys, a process, or a role with a source`() throws {
        #expect(
            try choose("[default]\ncredential_process = /bin/x --a 'b c'")
                == .process(command: "/bin/x --a 'b c'"))
        let role = try #require(
            try choose(
                """
                [default]
                role_arn = arn:aws:iam::1:role/r
                source_profile = base
                external_id = e
                duration_seconds = 900
                [profile base]
                \(keys)
                """))
        guard case .role(let assumed, .fixed(let source)) = role else {
            Issue.record("\(role)")
            return
        }
        #expect(assumed.arn == "arn:aws:iam::1:role/r" && assumed.externalID == "e")
        #expect(assumed.durationSeconds == 900 && source == fixed)
        // A profile may be its own source; roles may build on roles.
        let own = "[default]\nrole_arn = a\nsource_profile = default\n" + keys
        guard case .role(_, .fixed)? = try choose(own) else {
            Issue.record("not its own source")
            return
        }
        let chain = """
            [default]
            role_arn = a
            source_profile = b
            [profile b]
            role_arn = b
            credential_source = EcsContainer
            """
        guard case .role(_, .role(_, .container))? = try choose(chain, container) else {
            Issue.record("not a role of a role")
            return
        }
    }

    @Test(arguments: [
        (
            "[default]\nrole_arn=a\nsource_profile=b\n[profile b]\nrole_arn=b\nsource_profile=default",
            "InvalidConfiguration", "circle"
        ),
        ("[default]\nrole_arn=a", "InvalidConfiguration", "source_profile or credential_source"),
        ("[default]\nrole_arn=a\nsource_profile=none", "ProfileNotFound", "none"),
        (
            "[default]\nrole_arn=a\nsource_profile=b\n[profile b]\nregion=r",
            "InvalidConfiguration", "b has no credentials"
        ),
        ("[default]\nrole_arn=a\ncredential_source=Moon", "InvalidConfiguration", "Moon"),
        ("[default]\nrole_arn=a\ncredential_source=Environment", "InvalidConfiguration", "none"),
        (
            "[default]\nrole_arn=a\nsource_profile=default\nduration_seconds=1\naws_access_key_id=a"
                + "\naws_secret_access_key=b", "InvalidConfiguration", "duration_seconds"
        ),
        ("[default]\nrole_arn=a\nmfa_serial=x\nsource_profile=b", "UnsupportedCredentials", "MFA"),
        ("[default]\nsso_session=x", "UnsupportedCredentials", "Identity Center"),
        ("[default]\nrole_arn=a\nweb_identity_token_file=x", "UnsupportedCredentials", "web"),
        ("[default]\naws_access_key_id=a", "InvalidConfiguration", "aws_secret_access_key"),
    ])
    func `what cannot be is refused by name`(config: String, code: String, part: String) throws {
        let error = try #require(#expect(throws: AWSError.self) { try choose(config) })
        #expect(error.code == code && error.message.contains(part), "\(error)")
    }

    @Test(arguments: [
        ("https://any.example/x", true), ("http://127.0.0.1:8080/x", true),
        ("http://localhost/x", true), ("http://[::1]:1/x", true),
        ("http://169.254.170.2/x", true), ("http://169.254.170.23:80/v1", true),
        ("http://[fd00:ec2::23]/x", true), ("http://example.com/x", false),
        ("http://169.254.170.24/x", false), ("http://127.0.0.1@example.com/", false),
        ("http://169.254.170.2@example.com/", false), ("ftp://127.0.0.1/", false), ("x", false),
    ])
    func `secrets come from where they may come from`(url: String, isAllowed: Bool) throws {
        let variables = ["AWS_CONTAINER_CREDENTIALS_FULL_URI": url]
        if isAllowed {
            #expect(try ContainerCredentials(environment: { variables[$0] })?.url == url)
        } else {
            let error = #expect(throws: AWSError.self) {
                try ContainerCredentials(environment: { variables[$0] })
            }
            #expect(error?.code == "InvalidConfiguration")
        }
    }

    @Test func `a relative URI cannot name another host`() {
        let error = #expect(throws: AWSError.self) {
            try ContainerCredentials {
                ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "@evil.example/"][$0]
            }
        }
        #expect(error?.code == "InvalidConfiguration")
    }

    @Test(
        arguments: [
            ("a b  c", ["a", "b", "c"]), ("\"a b\" 'c \\d' e\\ f", ["a b", "c \\d", "e f"]),
            ("a\"b c\"d ''", ["ab cd", ""]), ("", []), ("'a", nil), ("a\\", nil),
        ] as [(String, [String]?)])
    func `a command is cut into words`(command: String, words: [String]?) {
        #expect(ProcessCredentials.words(of: command) == words)
    }

    @Test func `credentials do not show their secrets`() {
        let secret = AWSCredentials(
            accessKeyID: "AKID", secretAccessKey: "very-secret", sessionToken: "very-secret-too")
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped] {
            #expect(!text.contains("very-secret"))
        }
    }
}
