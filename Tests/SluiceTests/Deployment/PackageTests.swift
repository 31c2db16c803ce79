import Glibc
import LocalCloud
import PythonEnvironment
import System
import Testing

@testable import sluice

/// What `sluice package` makes, looked into and run.
@Suite(
    .enabled(
        if: (try? FileStatus(of: DeploymentTests.executables + "/arrive")) != nil,
        "no static executables: run 'make static' first"))
struct PackageTests {
    let sluice: SluiceProcess
    init() throws { sluice = try SluiceProcess() }

    private func pack(into name: String) throws -> (directory: String, output: [String]) {
        let directory = sluice.directory.path + "/" + name
        let result = try sluice(
            "package", "--out", directory, "--executables", DeploymentTests.executables)
        #expect(result.code == 0, "\(result.error)")
        return (directory, result.lines)
    }

    @Test func `the same executables give the same bytes, less than 6 MB each`() throws {
        let first = try pack(into: "one")
        let second = try pack(into: "two")
        #expect(first.output.count == 6)
        for name in LocalFunctions.names {
            let bytes = try FileSystem.contents(of: "\(first.directory)/\(name).zip")
            #expect(try FileSystem.contents(of: "\(second.directory)/\(name).zip") == bytes)
            #expect(bytes.count < 6_000_000)
            #expect(first.output.contains("\(first.directory)/\(name).zip \(bytes.count)"))
        }
    }

    /// With nothing but a hosts file, a name server's address and a certificate; then in another
    /// distribution's root directory, where there is one.
    @Test func `packaged functions run in an empty root, with HTTPS, DNS and a hosts file`() throws
    {
        let packages = try pack(into: "packages").directory
        try run(packages, in: sluice.directory.path + "/root")
        let other = Place.repository + "/.build/other-root"
        if try FileStatus(of: other) != nil {
            try run(packages, in: other)
        } else {
            print(
                "OTHER DISTRIBUTION SKIPPED: no \(other); Scripts/other-root.sh, which make test "
                    + "runs, could not fetch it.")
        }
    }

    private func run(_ packages: String, in root: String) throws {
        let isolated = ["--user", "--map-root-user", "--net", "--mount"]
        let probe = try ChildProcess(
            "/usr/bin/env", arguments: ["unshare"] + isolated + ["true"],
            environment: ["PATH=/usr/bin:/bin"])
        guard probe.wait() == .exited(code: 0) else {
            print("EMPTY ROOT SKIPPED: unshare \(isolated.joined(separator: " ")) is not allowed.")
            return
        }
        let output = sluice.directory.path + "/root.out"
        let file = try File(output, flags: O_WRONLY | O_CREAT | O_TRUNC)
        let process = try ChildProcess(
            "/usr/bin/env",
            arguments: ["unshare"] + isolated
                + ["python3", Place.repository + "/Tests/clients/empty_root.py", root]
                + LocalFunctions.names.map { "\(packages)/\($0).zip" },
            environment: PythonEnvironment.environment, standardOutput: file.descriptor,
            standardError: file.descriptor)
        let ending = process.wait()
        let said = try text(of: output)
        #expect(ending == .exited(code: 0), "\(said)")
        #expect(said.split(separator: "\n").count == LocalFunctions.names.count, "\(said)")
    }

    @Test func `what is no static executable is refused by name`() throws {
        let directory = try TemporaryDirectory()
        let arrive = directory.path + "/arrive"
        func refusal(_ flags: String...) throws -> String {
            let result = try sluice.start(
                ["package", "--out", directory.path + "/out", "--executables", directory.path]
                    + flags
            ).finish()
            #expect(result.code != 0)
            #expect(try FileStatus(of: directory.path + "/out") == nil)
            return result.error
        }
        #expect(
            try refusal() == "sluice: \(arrive): there is no such executable; run: make static\n")
        for bytes: [UInt8] in [
            [], Array("#!/bin/sh\n".utf8), [0x7F, 0x45, 0x4C, 0x46, 2, 1],
            [0x7F, 0x45, 0x4C, 0x46, 2, 1] + [UInt8](repeating: 0xFF, count: 100),
        ] {
            try FileSystem.replace(arrive, with: "")
            try bytes.withUnsafeBytes { try FileSystem.replace(arrive, with: $0) }
            #expect(try refusal().contains("no executable for Linux"), "\(bytes)")
        }
        // This test's own executable wants libraries.
        try FileSystem.contents(of: "/proc/self/exe").withUnsafeBytes {
            try FileSystem.replace(arrive, with: $0)
        }
        #expect(try refusal().contains("wants libraries that Lambda lacks"))
        #expect(try refusal("--arch", "sparc").contains("--arch must be x86_64 or arm64"))
    }

    /// The head of an executable for another processor, cut at every place.
    @Test func `an executable's head is read within its bytes`() throws {
        let whole = try FileSystem.contents(of: DeploymentTests.executables + "/seal")
        let seal = try #require(LambdaExecutable(whole))
        #expect(seal.isStatic)
        let head = Array(whole.prefix(1000))
        for count in 0..<head.count { _ = LambdaExecutable(Array(head.prefix(count))) }
        var other = head
        other[18] = seal.architecture == .x86 ? 183 : 62
        #expect(LambdaExecutable(other)?.architecture != seal.architecture)
        // A table of program headers far outside.
        for index in 32..<40 { other[index] = 0xFF }
        #expect(LambdaExecutable(other) == nil)
    }
}
