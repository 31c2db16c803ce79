import HTTP
import LoopbackServer
import Synchronization
import System
import Testing

/// What a cold start of a Lambda function hangs on, measured on the executables that `make static`
/// built.
@Suite(
    .serialized,
    .enabled(if: StaticExecutables.areBuilt, "no static executables: run 'make static' first"))
struct StaticStartTests {
    static let limitMilliseconds = 5.0
    static let limitPackedBytes = 6_000_000

    /// From posix_spawn until the first request for an invocation is there. The best of ten counts,
    /// because the other tests run at the same time.
    @Test(arguments: StaticExecutables.names)
    func `a Lambda executable asks for its first invocation within 5 milliseconds`(
        _ name: String
    ) throws {
        let durations = try (0..<10).map { _ in try milliseconds(toStart: name) }.sorted()
        let median = (durations[4] + durations[5]) / 2
        func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
        print(
            "static start: \(name) best \(rounded(durations[0])) ms, median \(rounded(median)) ms")
        #expect(durations[0] < Self.limitMilliseconds, "all of them: \(durations)")
    }

    private func milliseconds(toStart name: String) throws -> Double {
        let arrival = Mutex<Int?>(nil)
        let server = LoopbackServer { request in
            let now = monotonicNanoseconds()
            guard request.method == "GET",
                request.target == "/2018-06-01/runtime/invocation/next"
            else { return .response(404) }
            arrival.withLock { $0 = $0 ?? now }
            return .response(410)  // the executable ends
        }
        defer { server.stop() }
        let directory = TemporaryDirectory()
        let start = monotonicNanoseconds()
        let process = try ChildProcess(
            "\(StaticExecutables.directory)/\(name)",
            environment: [
                "AWS_LAMBDA_RUNTIME_API=127.0.0.1:\(server.port)",
                "AWS_LAMBDA_FUNCTION_NAME=\(name)", "AWS_REGION=us-east-1",
                "AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local",
                "SLUICE_OBJECTS=file://\(directory.path)/objects",
                "SLUICE_QUEUE=file://\(directory.path)/queue", "SLUICE_TABLE=dynamodb://sets",
                "SLUICE_STATE_MACHINE_ARN=arn:aws:states:us-east-1:000000000000:stateMachine:x",
            ])
        #expect(process.wait() == .exited(code: 0))
        let end = try #require(arrival.withLock { $0 }, "\(name) asked for no invocation")
        return Double(end - start) / 1e6
    }

    /// As Lambda takes it: a zip file with the executable as `bootstrap`. Without Python, gzip's
    /// size stands for it: the same method, with a header of some bytes in place of the zip's hundred.
    @Test(arguments: StaticExecutables.names)
    func `a Lambda package is less than 6 MB`(_ name: String) throws {
        let directory = TemporaryDirectory()
        let package = "\(directory.path)/package"
        let script = """
            executable="$1"
            package="$2"
            if command -v python3 >/dev/null; then
                python3 -c '
            import sys, zipfile
            with zipfile.ZipFile(sys.argv[2], "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package:
                package.write(sys.argv[1], "bootstrap")
            ' "$executable" "$package"
            else
                gzip -9 <"$executable" >"$package"
            fi
            """
        let process = try ChildProcess(
            "/bin/sh",
            arguments: ["-euc", script, "sh", "\(StaticExecutables.directory)/\(name)", package],
            environment: ["PATH=\(environmentVariable("PATH") ?? "/usr/bin:/bin")"])
        #expect(process.wait() == .exited(code: 0))
        let status = try #require(try FileStatus(of: package))
        print("static package: \(name) \(status.sizeBytes) bytes")
        #expect(status.sizeBytes > 1_000_000)  // something is in it
        #expect(status.sizeBytes < Self.limitPackedBytes)
    }
}
