import AWSClient
import Glibc
import LoopbackServer
import PythonEnvironment
import Synchronization
import System

/// MiniStack, an emulator of AWS that this project has no part in, as a process on loopback; with what
/// it lacks put in front of it. Ends with the last reference.
final class Emulator {
    /// Its own place, for tools.
    let endpoint: String
    /// What the functions see.
    let gaps: EmulatorGaps
    private let process: ChildProcess
    private let output: Monitor<String>

    /// Starts MiniStack 1.5.33, whose CloudFormation refuses alarms on several metrics: of these, which
    /// nothing here looks at, it is given the first metric alone.
    private static let start = """
        import ministack.services.cloudformation.provisioners as provisioners
        standard = provisioners._cw_metric_alarm_record
        def record(name, properties):
            if properties.get("Metrics"):
                first = properties["Metrics"][0]["MetricStat"]
                own = {"Statistic": first["Stat"], "Period": first["Period"], **first["Metric"]}
                properties = {**properties, **own, "Metrics": None}
            return standard(name, properties)
        provisioners._cw_metric_alarm_record = record
        from ministack.app import main
        main()
        """

    /// Nil, with the reason printed, when it cannot be had.
    convenience init?() throws {
        guard let python = try PythonEnvironment.interpreter(with: .ministack) else { return nil }
        try self.init(python: python)
    }

    private init(python: String) throws {
        // It wants to be told a port: one that was free just now.
        let probe = LoopbackServer { _ in .reset }
        let port = probe.port
        probe.stop()
        endpoint = "http://127.0.0.1:\(port)"
        let gaps = EmulatorGaps(of: endpoint)
        self.gaps = gaps
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemError("pipe", "") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        process = try ChildProcess(
            python, arguments: ["-c", Self.start],
            environment: [
                "PATH=/usr/bin:/bin", "GATEWAY_PORT=\(port)", "BIND_HOST=127.0.0.1",
                "MINISTACK_HOST=127.0.0.1", "SFN_WAIT_SCALE=0.01",
                // Signatures are verified, and the policies of roles, buckets and queues hold.
                "AUTH=true",
                // The functions inherit these.
                "AWS_ENDPOINT_URL=\(gaps.origin)", "AWS_ACCESS_KEY_ID=test",
                "AWS_SECRET_ACCESS_KEY=test",
            ], standardOutput: ends[1], standardError: ends[1])
        close(ends[1])
        let output = Monitor("")
        self.output = output
        let reading = ends[0]
        _ = Thread {
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = read(reading, &buffer, buffer.count)
                guard count > 0 else { break }
                output.withLock { $0 += String(decoding: buffer[..<count], as: UTF8.self) }
            }
            output.withLock { $0 += "\nENDED\n" }
            close(reading)
        }
        let isReady = output.wait { text -> Bool? in
            text.contains("Running on http") ? true : text.contains("\nENDED\n") ? false : nil
        }
        struct NeverReady: Error { var output: String }
        guard isReady == true else { throw NeverReady(output: log) }
    }

    deinit {
        process.send(signal: SIGKILL)
        _ = process.wait()
        gaps.stop()
    }

    /// Speaks for the account's root, whose keys are these.
    static func configuration(endpoint: String) -> AWSConfiguration {
        let variables = [
            "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        ]
        return AWSConfiguration { variables[$0] }
    }

    /// What it has printed.
    var log: String { output.withLock { $0 } }
}
