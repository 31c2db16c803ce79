import Glibc
import Engine
import JSON
import Synchronization
import System

@testable import LambdaHost

/// A directory for one test, gone when the last reference goes.
final class TemporaryDirectory: Sendable {
    let path = "/tmp/sluice-test-" + randomHexadecimal(bytes: 8)

    init() throws { try FileSystem.makeDirectory(path) }
    deinit { try? FileSystem.removeTree(path) }
}

/// A host whose functions are Python scripts, on a server of its own.
///
/// A script does what the payload's member `do` says, see ``program``.
final class TestHost: Sendable {
    static let python: String? = ["/usr/bin/python3", "/usr/local/bin/python3"].first { path in
        access(path, X_OK) == 0
    }

    let directory: TemporaryDirectory
    let host: FunctionHost
    let server: LoopbackServer
    private let nextID = Atomic<UInt64>(1)

    init(
        concurrency: Int = 2, timeoutSeconds: Double = 30, environment: [String: String] = [:],
        drills: [Drill] = [], program: String = TestHost.program
    ) throws {
        let directory = try TemporaryDirectory()
        self.directory = directory
        try FileSystem.replace(
            directory.path + "/bootstrap", with: "#!\(Self.python ?? "/")\n\(program)")
        chmod(directory.path + "/bootstrap", 0o755)
        let functions = [("work", "bootstrap"), ("missing", "not-there"), ("empty", "empty")].map {
            HostedFunction(
                name: $0.0, executable: directory.path + "/" + $0.1, environment: environment,
                timeoutSeconds: timeoutSeconds, maximumConcurrency: concurrency)
        }
        try FileSystem.replace(directory.path + "/empty", with: "no program")
        var settings = FunctionHost.Settings(
            functions: functions, logDirectory: directory.path + "/logs")
        settings.drills = drills
        let host = FunctionHost(settings)
        self.host = host
        server = try LoopbackServer { host.answerRuntime($0) ?? .text(404, "not found") }
        host.start(port: server.port)
    }

    func stop() {
        host.shutdown()
        server.stop()
    }

    deinit { stop() }

    /// Starts a call; the result goes to the mailbox.
    @discardableResult
    func begin(
        _ payload: JSON, function: String = "work", state: String = "State",
        results: Mailbox<LambdaResult>
    ) -> UInt64 {
        let id = nextID.wrappingAdd(1, ordering: .relaxed).newValue
        let invocation = LambdaInvocation(
            id: id, functionName: function, payload: payload,
            executionARN: "arn:aws:states:us-east-1:000000000000:execution:machine:run-1",
            stateName: state, attempt: 0)
        host.invoke(invocation) { results.put($0) }
        return id
    }

    func call(
        _ payload: JSON, function: String = "work", state: String = "State"
    ) -> LambdaResult {
        let results = Mailbox<LambdaResult>()
        begin(payload, function: function, state: state, results: results)
        return results.takeAll()![0]
    }

    func log(_ name: String) throws -> String {
        String(
            decoding: try FileSystem.contents(of: "\(directory.path)/logs/\(name).log"),
            as: UTF8.self)
    }

    /// A runtime of the Lambda Runtime API in a few lines.
    static let program = """
        import http.client, json, os, sys, time
        host, path = os.environ["AWS_LAMBDA_RUNTIME_API"].split("/", 1)
        base = "/" + path + "/2018-06-01/runtime"
        api = http.client.HTTPConnection(host)
        def send(method, path, body=None, headers={}):
            api.request(method, base + path, body, headers)
            answer = api.getresponse()
            return answer, answer.read()
        if os.environ.get("INIT") == "exit": sys.exit(3)
        if os.environ.get("INIT") == "error":
            send("POST", "/init/error", json.dumps({"errorType": "No", "errorMessage": "not today"}))
            sys.exit(1)
        while True:
            try: answer, body = send("GET", "/invocation/next")
            except OSError: sys.exit(0)
            if answer.status == 410: sys.exit(0)
            request = "/invocation/" + answer.getheader("Lambda-Runtime-Aws-Request-Id")
            event = json.loads(body)
            do = event.get("do")
            result = event
            if do == "hang": time.sleep(1000)
            elif do == "exit": sys.exit(event["code"])
            elif do == "kill": os.kill(os.getpid(), 9)
            elif do == "print":
                print("out " + event["text"], flush=True)
                sys.stderr.write("err " + event["text"] + "\\n")
            elif do == "unfinished": os.write(1, b"no line feed")
            elif do == "pid": result = os.getpid()
            elif do == "environment": result = dict(os.environ)
            elif do == "headers": result = dict(answer.getheaders())
            elif do == "large": result = "x" * event["bytes"]
            elif do == "error":
                error = {"errorType": "Sluice.Test", "errorMessage": "as asked", "stackTrace": []}
                send("POST", request + "/error", json.dumps(error))
                continue
            elif do == "no answer": continue
            elif do == "no JSON":
                send("POST", request + "/response", b"{nonsense")
                continue
            elif do == "wrong id":
                result = send("POST", "/invocation/other/response", b"1")[0].status
            send("POST", request + "/response", json.dumps(result))

        """
}

extension LambdaResult: Equatable {
    static func == (a: LambdaResult, b: LambdaResult) -> Bool {
        switch (a, b) {
        case (.success(let a), .success(let b)), (.functionError(let a), .functionError(let b)):
            a == b
        case (.serviceError(let a, let b), .serviceError(let c, let d)): a == c && b == d
        default: false
        }
    }
}
