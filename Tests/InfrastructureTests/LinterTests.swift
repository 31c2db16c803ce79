import Glibc
import Infrastructure
import JSON
import PythonEnvironment
import System
import Testing

/// What third-party checkers say of the template, as it is checked in, and of one with every kind
/// of resource.
struct LinterTests {
    static let shipped =
        String(#filePath.utf8.dropLast("Tests/InfrastructureTests/LinterTests.swift".utf8.count))!
        + "infra/template.json"

    /// The path of the template's text, to be removed when it is not the one that is checked in.
    private func path(of deployed: Deployed) throws -> String {
        if deployed == .shipped { return Self.shipped }
        let path = "/tmp/sluice-test-\(randomHexadecimal(bytes: 8)).json"
        try FileSystem.replace(path, with: deployed.template.json.serialized(pretty: true))
        return path
    }

    private func remove(_ path: String) {
        if path != Self.shipped { try? FileSystem.remove(path) }
    }

    @Test(
        .enabled("cfn-lint can be had") {
            try PythonEnvironment.interpreter(with: .cfnLint) != nil
        },
        arguments: Deployed.allCases)
    func `cfn-lint finds nothing`(_ deployed: Deployed) throws {
        let template = try path(of: deployed)
        defer { remove(template) }
        let start = "import sys; from cfnlint.runner import main; sys.exit(main())"
        let run = try run(.cfnLint, ["-c", start, template])
        #expect(run.output == "")
        #expect(run.ending == .exited(code: 0))
    }

    @Test(
        .enabled("checkov can be had") { try PythonEnvironment.interpreter(with: .checkov) != nil },
        arguments: Deployed.allCases)
    func `checkov finds nothing but what is justified`(_ deployed: Deployed) throws {
        let template = try path(of: deployed)
        defer { remove(template) }
        let arguments = [
            "-m", "checkov.main", "-f", template, "--framework", "cloudformation", "--output",
            "json", "--quiet", "--skip-download",
        ]
        let run = try run(.checkov, arguments)
        let start = try #require(run.output.firstIndex(of: "{"), "\(run.output)")
        let report = try JSON(parsing: String(run.output[start...]))
        #expect(report["summary"]?["failed"] == 0, "\(run.output)")
        #expect(report["summary"]?["parsing_errors"] == 0)
        #expect((report["summary"]?["passed"]?.int ?? 0) > 100)
        let skips = deployed.template.resources.flatMap(\.skips)
        #expect(report["summary"]?["skipped"]?.int == skips.count)
        for skip in skips { #expect(skip.reason.utf8.count > 30, "\(skip.id)") }
    }

    private func run(
        _ package: PythonEnvironment.Package, _ arguments: [String]
    ) throws -> (ending: ChildProcess.Ending, output: String) {
        let python = try #require(try PythonEnvironment.interpreter(with: package))
        let path = "/tmp/sluice-test-" + randomHexadecimal(bytes: 8)
        defer { try? FileSystem.remove(path) }
        let output = try File(path, flags: O_WRONLY | O_CREAT | O_EXCL)
        let process = try ChildProcess(
            python, arguments: arguments, environment: PythonEnvironment.environment,
            standardOutput: output.descriptor)
        let ending = process.wait()
        return (ending, String(decoding: try FileSystem.contents(of: path), as: UTF8.self))
    }
}
