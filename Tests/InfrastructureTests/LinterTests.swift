import Glibc
import Infrastructure
import JSON
import PythonEnvironment
import System
import Testing

/// What other people's checkers say of the template, as it is checked in.
struct LinterTests {
    static let template =
        String(#filePath.utf8.dropLast("Tests/InfrastructureTests/LinterTests.swift".utf8.count))!
        + "infra/template.json"

    @Test func `cfn-lint finds nothing`() throws {
        let start = "import sys; from cfnlint.runner import main; sys.exit(main())"
        guard let run = try run(.cfnLint, ["-c", start, Self.template]) else { return }
        #expect(run.output == "")
        #expect(run.ending == .exited(code: 0))
    }

    @Test func `checkov finds nothing but what is justified`() throws {
        let arguments = [
            "-m", "checkov.main", "-f", Self.template, "--framework", "cloudformation", "--output",
            "json", "--quiet", "--skip-download",
        ]
        guard let run = try run(.checkov, arguments) else { return }
        let start = try #require(run.output.firstIndex(of: "{"), "\(run.output)")
        let report = try JSON(parsing: String(run.output[start...]))
        #expect(report["summary"]?["failed"] == 0, "\(run.output)")
        #expect(report["summary"]?["parsing_errors"] == 0)
        #expect((report["summary"]?["passed"]?.int ?? 0) > 100)
        let skips = Infrastructure.template.resources.flatMap(\.skips)
        #expect(report["summary"]?["skipped"]?.int == skips.count)
        for skip in skips { #expect(skip.reason.utf8.count > 30, "\(skip.id)") }
    }

    /// Nil when there is no such tool, which is printed.
    private func run(
        _ package: PythonEnvironment.Package, _ arguments: [String]
    ) throws -> (ending: ChildProcess.Ending, output: String)? {
        guard let python = try PythonEnvironment.interpreter(with: package) else { return nil }
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
