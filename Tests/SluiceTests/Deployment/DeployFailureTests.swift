import HTTP
import LoopbackServer
import Synchronization
import System
import Testing

/// What `sluice deploy` says when CloudFormation does not do what it was told. The answers are
/// made here, after AWS's own.
struct DeployFailureTests {
    /// Where S3 has everything and CloudFormation answers by operation.
    private func deploy(
        _ flags: [String] = ["--code-bucket", "code"],
        _ answers: @escaping @Sendable (_ operation: String) -> String
    ) throws -> SluiceProcess.Result {
        let server = LoopbackServer { request in
            guard request.method == "POST" else { return .response(200) }
            let operation = request.text.split(separator: "&").first?.dropFirst("Action=".count)
            let text = answers(operation.map(String.init) ?? "")
            return .response(text.contains("<ErrorResponse>") ? 400 : 200, [:], Array(text.utf8))
        }
        defer { server.stop() }
        return try deploy(at: server, flags)
    }

    private func deploy(
        at server: LoopbackServer, _ flags: [String] = ["--code-bucket", "code"], attempts: Int = 1
    ) throws -> SluiceProcess.Result {
        let sluice = try SluiceProcess(executable: "/usr/bin/env")
        return try sluice.start(
            [
                "AWS_ENDPOINT_URL=\(server.origin)", "AWS_REGION=us-east-1",
                "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b", "AWS_MAX_ATTEMPTS=\(attempts)",
                Place.executables + "/sluice", "deploy", "demo", "--executables",
                DeploymentTests.executables,
            ] + flags
        ).finish()
    }

    static func stack(_ status: String) -> String {
        "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackId>id</StackId>"
            + "<StackStatus>\(status)</StackStatus></member></Stacks></DescribeStacksResult>"
            + "</DescribeStacksResponse>"
    }

    static func error(_ code: String, _ message: String) -> String {
        "<ErrorResponse><Error><Type>Sender</Type><Code>\(code)</Code>"
            + "<Message>\(message)</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"
    }

    /// Of the stack itself.
    static func stackEvent(_ status: String) -> String {
        "<member><EventId>\(status)</EventId><LogicalResourceId>demo</LogicalResourceId>"
            + "<ResourceType>AWS::CloudFormation::Stack</ResourceType>"
            + "<ResourceStatus>\(status)</ResourceStatus></member>"
    }

    /// The newest first, as CloudFormation has them.
    static func events(_ members: String...) -> String {
        "<DescribeStackEventsResponse><DescribeStackEventsResult><StackEvents>"
            + members.joined() + "</StackEvents></DescribeStackEventsResult>"
            + "</DescribeStackEventsResponse>"
    }

    static func event(_ id: String, _ status: String, _ reason: String) -> String {
        "<member><EventId>\(id)</EventId><LogicalResourceId>\(id)</LogicalResourceId>"
            + "<ResourceType>AWS::X::\(id)</ResourceType><ResourceStatus>\(status)</ResourceStatus>"
            + "<ResourceStatusReason>\(reason)</ResourceStatusReason></member>"
    }

    @Test func `a failed creation ends with the reasons of the resources that failed first`() throws
    {
        let asked = Mutex(0)
        let result = try deploy { operation in
            switch operation {
            case "DescribeStacks":
                switch asked.withLock({
                    $0 += 1
                    return $0
                }) {
                case 1: Self.error("ValidationError", "Stack with id demo does not exist")
                case 2: Self.stack("CREATE_IN_PROGRESS")
                default: Self.stack("ROLLBACK_COMPLETE")
                }
            case "CreateStack":
                "<CreateStackResponse><CreateStackResult><StackId>id</StackId>"
                    + "</CreateStackResult></CreateStackResponse>"
            default:
                Self.events(
                    asked.withLock { $0 } < 3 ? "" : Self.stackEvent("ROLLBACK_COMPLETE"),
                    Self.event("Late", "CREATE_FAILED", "Resource creation cancelled"),
                    Self.event("Role", "CREATE_FAILED", "not authorized &amp; so on"),
                    Self.event("Key", "CREATE_COMPLETE", ""))
            }
        }
        #expect(result.code == 1)
        #expect(
            result.error.hasSuffix(
                "sluice: ROLLBACK_COMPLETE: demo was not changed as wanted:\n"
                    + "  Role (AWS::X::Role): not authorized & so on\n"), "\(result.error)")
        // Each event is shown once, the oldest first.
        let shown = result.error.split(separator: "\n").filter { $0.contains("AWS::X::") }
        #expect(shown.count == 4, "\(result.error)")
        #expect(shown.first?.hasPrefix("CREATE_COMPLETE ") == true)
    }

    /// The first looks find the stack as it was before the update, or not at all.
    @Test(arguments: [
        ("UPDATE_COMPLETE", true), ("UPDATE_ROLLBACK_COMPLETE", false),
        ("UPDATE_ROLLBACK_FAILED", false),
    ])
    func `an update has ended when an event of the stack says so`(
        _ end: String, _ isGood: Bool
    ) throws {
        let looks = Mutex(0)
        let result = try deploy { operation in
            switch operation {
            case "DescribeStacks": Self.stack(looks.withLock { $0 } > 3 ? end : "UPDATE_COMPLETE")
            case "UpdateStack":
                "<UpdateStackResponse><UpdateStackResult><StackId>id</StackId>"
                    + "</UpdateStackResult></UpdateStackResponse>"
            case "DescribeStackEvents":
                looks.withLock {
                    $0 += 1
                    return $0
                } > 3
                    ? Self.events(
                        Self.stackEvent(end), Self.event("Role", "UPDATE_COMPLETE", ""),
                        Self.event("Old", "CREATE_COMPLETE", ""))
                    : Self.events(Self.event("Old", "CREATE_COMPLETE", ""))
            default: "<unexpected/>"
            }
        }
        #expect(
            result.error.contains("sluice: \(end): demo was not changed as wanted:") == !isGood,
            "\(result.error)")
        #expect(looks.withLock { $0 } > 3, "\(result.error)")
        #expect(result.error.contains("UPDATE_COMPLETE       Role"), "\(result.error)")
        #expect(!result.error.contains("  Old"), "\(result.error)")
    }

    @Test(arguments: [
        ("ROLLBACK_COMPLETE", 69, "first: sluice deploy demo --delete"),
        ("UPDATE_IN_PROGRESS", 69, "is being changed: UPDATE_IN_PROGRESS"),
    ])
    func `a stack that cannot be changed now is left alone`(
        _ status: String, _ code: Int32, _ text: String
    ) throws {
        for flags in [["--code-bucket", "code"], ["--update-code"]] {
            let result = try deploy(flags) { operation in
                operation == "DescribeStacks" ? Self.stack(status) : "<unexpected/>"
            }
            #expect(result.code == code)
            #expect(result.error.contains(text), "\(result.error)")
        }
    }

    @Test(arguments: ["SubnetIds=subnet-0a", "SecurityGroupIds=sg-0a"])
    func `half a network is refused before anything is uploaded`(_ parameter: String) throws {
        let result = try deploy(["--code-bucket", "code", "--parameter", parameter]) { _ in
            Self.error("ValidationError", "Stack with id demo does not exist")
        }
        #expect(result.code == 64)
        #expect(result.error.contains("SubnetIds and SecurityGroupIds go together"))
    }

    @Test func `what a service refuses, and what cannot be read, is said as it is`() throws {
        let denied = try deploy { _ in Self.error("AccessDenied", "no &lt;way&gt;") }
        #expect(denied.code == 69)
        #expect(
            denied.error.hasPrefix(
                "sluice: CloudFormation DescribeStacks: AccessDenied: no <way>"), "\(denied.error)")
        let garbled = try deploy { _ in "<DescribeStacksResponse><Des" }
        #expect(garbled.code == 69)
        #expect(garbled.error.contains("the answer cannot be read"), "\(garbled.error)")
    }

    @Test func `a creation whose answer was lost is asked for again as the same one`() throws {
        let creations = Mutex<[String]>([])
        let server = LoopbackServer { request in
            guard request.method == "POST" else { return .response(200) }
            if request.text.hasPrefix("Action=CreateStack&") {
                let count = creations.withLock {
                    $0.append(request.text)
                    return $0.count
                }
                if count == 1 { return .reset }
                let text =
                    "<CreateStackResponse><CreateStackResult><StackId>id</StackId>"
                    + "</CreateStackResult></CreateStackResponse>"
                return .response(200, [:], Array(text.utf8))
            }
            if request.text.hasPrefix("Action=DescribeStackEvents&") {
                let text = Self.events(Self.stackEvent("CREATE_COMPLETE"))
                return .response(200, [:], Array(text.utf8))
            }
            let isThere = creations.withLock { !$0.isEmpty }
            let text =
                isThere
                ? Self.stack("CREATE_COMPLETE")
                : Self.error("ValidationError", "Stack with id demo does not exist")
            return .response(isThere ? 200 : 400, [:], Array(text.utf8))
        }
        defer { server.stop() }
        let result = try deploy(at: server, attempts: 2)
        #expect(result.code == 0, "\(result.error)")
        let texts = creations.withLock { $0 }
        #expect(texts.count == 2 && Set(texts).count == 1)
        #expect(texts.allSatisfy { $0.contains("&ClientRequestToken=") })
    }

    /// A HEAD request is told no more than 403; what is said is the answer to the upload.
    @Test func `a code bucket of somebody else is named`() throws {
        let server = LoopbackServer { request in
            switch request.method {
            case "POST":
                let text = Self.error("ValidationError", "Stack with id demo does not exist")
                return .response(400, [:], Array(text.utf8))
            case "HEAD": return .response(403)
            default:
                let text = "<Error><Code>AccessDenied</Code><Message>not yours</Message></Error>"
                return .response(403, [:], Array(text.utf8))
            }
        }
        defer { server.stop() }
        let result = try deploy(at: server)
        #expect(result.code == 69)
        #expect(
            result.error
                == "sluice: the code bucket code: S3 PutObject: AccessDenied: not yours (HTTP 403)\n"
        )
    }

    @Test func `the way to AWS goes through HTTPS_PROXY, the one to a plain endpoint does not`()
        throws
    {
        let server = LoopbackServer { request in
            if request.method == "CONNECT" { return .response(502) }
            let text = Self.error("ValidationError", "Stack with id demo does not exist")
            return .response(400, [:], Array(text.utf8))
        }
        defer { server.stop() }
        let sluice = try SluiceProcess(executable: "/usr/bin/env")
        let variables = [
            "AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b",
            "AWS_MAX_ATTEMPTS=1", "HTTPS_PROXY=\(server.origin)", "http_proxy=\(server.origin)",
        ]
        let command = [Place.executables + "/sluice", "deploy", "demo", "--delete"]
        let refused = try sluice.start(variables + command).finish()
        #expect(refused.code == 69 && refused.error.contains("502"), "\(refused.error)")
        let plain = try sluice.start(
            variables + ["AWS_ENDPOINT_URL=\(server.origin)"] + command
        ).finish()
        #expect(plain.error == "there is no stack demo\n")
        #expect(
            server.requests.map { "\($0.method) \($0.target)" } == [
                "CONNECT cloudformation.eu-west-1.amazonaws.com:443", "POST /",
            ])
    }

    @Test(arguments: [
        (["deploy", "Big"], "a stack is called by lower-case letters"),
        (["deploy", "a", "--delete", "--update-code"], "do not go together"),
        (["deploy", "a", "--parameter", "x"], "--parameter wants NAME=VALUE, not 'x'"),
        (["deploy", "a", "--parameter", "x=1"], "the template has no parameter 'x'; it has"),
        (
            ["deploy", "a", "--parameter", "FunctionArchitecture=arm64"],
            "follows from --code-bucket and --executables"
        ),
        (
            ["deploy", "a", "--parameter", "LogLevel=WARN", "--parameter", "LogLevel=INFO"],
            "LogLevel is given twice"
        ),
        (
            ["deploy", "a", "--update-code", "--parameter", "LogLevel=WARN"],
            "--parameter goes neither with --delete nor with --update-code"
        ),
        (["deploy"], "sluice"),
    ])
    func `a wrong command line is refused before anything is asked`(
        _ words: [String], _ text: String
    ) throws {
        let sluice = try SluiceProcess()
        let result = try sluice.start(words).finish()
        #expect(result.code == 64)
        #expect(result.error.contains(text), "\(result.error)")
    }
}
