import Glibc
import Synchronization
import System

/// A Python of the project's own with boto3 and the AWS CLI, in `.build/venv`; made once, from PyPI.
enum PythonEnvironment {
    static let boto3Version = "1.44.5"
    static let awscliVersion = "1.46.2"
    private static let directory = Place.repository + "/.build/venv"
    private static let path = Mutex<String??>(nil)

    /// The interpreter; nil, with the reason printed, when there is no Python 3 or no network.
    static func interpreter() throws -> String? {
        try path.withLock { known in
            if let known { return known }
            let made = try make()
            known = .some(made)
            return made
        }
    }

    private static func make() throws -> String? {
        let python = directory + "/bin/python"
        let check = "import boto3; assert boto3.__version__ == \"\(boto3Version)\""
        if try run([python, "-c", check]) { return python }
        guard try run(["python3", "-m", "venv", directory]) else {
            print("CLIENT TESTS SKIPPED: python3 -m venv does not work here.")
            return nil
        }
        guard try run([python, "-m", "pip", "-q", "install", "boto3==\(boto3Version)"]) else {
            print("CLIENT TESTS SKIPPED: pip cannot install boto3 \(boto3Version), no network?")
            return nil
        }
        return python
    }

    /// The path of the `aws` command; nil, with the reason printed, when it cannot be had.
    static func aws() throws -> String? {
        guard let python = try interpreter() else { return nil }
        return try path.withLock { _ in
            let check =
                "from importlib.metadata import version; "
                + "assert version(\"awscli\") == \"\(awscliVersion)\""
            let package = "awscli==\(awscliVersion)"
            if try run([python, "-c", check]) { return directory + "/bin/aws" }
            guard try run([python, "-m", "pip", "-q", "install", package]) else {
                print("AWS CLI TEST SKIPPED: pip cannot install \(package), no network?")
                return nil
            }
            return directory + "/bin/aws"
        }
    }

    private static func run(_ words: [String]) throws -> Bool {
        try ChildProcess("/usr/bin/env", arguments: words, environment: environment).wait()
            == .exited(code: 0)
    }

    /// What a user has set for pip and its way to the network.
    static var environment: [String] {
        let names = [
            "HOME", "PATH", "PIP_CERT", "PIP_CONFIG_FILE", "PIP_EXTRA_INDEX_URL", "PIP_INDEX_URL",
            "PIP_TRUSTED_HOST", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "http_proxy", "https_proxy",
            "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
        ]
        return names.compactMap { name in environmentVariable(name).map { "\(name)=\($0)" } }
    }

    /// Runs a script to its end.
    /// - Returns: nil when there is no Python to run it.
    static func run(
        _ script: String, _ arguments: [String], in directory: TemporaryDirectory
    ) throws -> (ending: ChildProcess.Ending, output: String)? {
        guard let python = try interpreter() else { return nil }
        let path = directory.path + "/" + randomHexadecimal(bytes: 4)
        let output = try File(path, flags: O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC)
        let process = try ChildProcess(
            python, arguments: [script] + arguments, environment: environment,
            standardOutput: output.descriptor, standardError: output.descriptor)
        return (process.wait(), try text(of: path))
    }
}
