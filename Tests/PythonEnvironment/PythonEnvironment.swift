public import System
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// A Python of the project's own in `.build/venv`, made and filled once, from PyPI.
public enum PythonEnvironment {
    /// What is installed when a test asks for it.
    public struct Package: Sendable, Hashable {
        let name: String
        let version: String
        /// As pip takes it, `moto[server]==5.2.5`.
        let requirement: String
        /// Where it is: what does not get along with the others has a place of its own.
        let directory: String

        public init(
            _ name: String, _ version: String, extras: String = "", isApart: Bool = false
        ) {
            self.name = name
            self.version = version
            requirement = "\(name)\(extras)==\(version)"
            directory = PythonEnvironment.directory + (isApart ? "-\(name)" : "")
        }

        public static let boto3 = Package("boto3", "1.44.5")
        /// Version 1, the one that is on PyPI.
        public static let awscli = Package("awscli", "1.46.2")
        /// An emulator of AWS that this project has no part in.
        public static let moto = Package("moto", "5.2.5", extras: "[server]")
        /// Another one, which runs state machines and functions. It wants a botocore that is older.
        public static let ministack = Package("ministack", "1.5.33", isApart: true)
        /// Checks CloudFormation templates against the resources' own schemas.
        public static let cfnLint = Package("cfn-lint", "1.58.0")
        /// Checks templates for what auditors ask. It wants a boto3 of its own.
        public static let checkov = Package("checkov", "3.3.30", isApart: true)
    }

    /// The package's directory, told by this file's place in it.
    static let repository = String(
        #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined())
    private static let directory = repository + "/.build/venv"
    /// By package what came of it: the interpreter, or nil.
    private static let known = Mutex<[Package: String?]>([:])

    /// The interpreter that has the package; nil, with the reason printed, when there is no Python 3
    /// or no network.
    public static func interpreter(with package: Package = .boto3) throws -> String? {
        try known.withLock { known in
            if let interpreter = known[package] { return interpreter }
            let made = try make(package)
            known[package] = made
            return made
        }
    }

    /// The path of the `aws` command; nil, with the reason printed, when it cannot be had.
    public static func aws() throws -> String? {
        try interpreter(with: .awscli).map { _ in directory + "/bin/aws" }
    }

    private static func make(_ package: Package) throws -> String? {
        let python = package.directory + "/bin/python"
        let check =
            "import importlib.metadata as m; assert m.version(\"\(package.name)\") == "
            + "\"\(package.version)\""
        if try run([python, "-c", check]) { return python }
        if try FileStatus(of: python) == nil,
            try !run(["python3", "-m", "venv", package.directory])
        {
            print("TESTS WITH \(package.name) SKIPPED: python3 -m venv does not work here.")
            return nil
        }
        guard try run([python, "-m", "pip", "-q", "install", package.requirement]) else {
            print(
                "TESTS WITH \(package.name) SKIPPED: pip cannot install \(package.requirement), "
                    + "no network?")
            return nil
        }
        return python
    }

    /// The directory of AWS's test suite for Signature Version 4, which botocore's source distribution
    /// carries; nil, with the reason printed, when it cannot be had.
    public static func signatureSuite() throws -> String? {
        let target = repository + "/.build/aws4_testsuite"
        if try FileStatus(of: target) != nil { return target }
        let part = target + ".\(randomHexadecimal(bytes: 4)).part"
        defer { try? FileSystem.removeTree(part) }
        let requirement = "botocore==\(Package.boto3.version)"
        let unpack = """
            import glob, pathlib, sys, tarfile
            with tarfile.open(glob.glob(sys.argv[1] + "/botocore-*.tar.gz")[0]) as archive:
                for member in archive.getmembers():
                    inside = member.name.partition("/aws4_testsuite/")[2]
                    if inside and member.isfile():
                        target = pathlib.Path(sys.argv[1], "suite", inside)
                        target.parent.mkdir(parents=True, exist_ok=True)
                        target.write_bytes(archive.extractfile(member).read())
            """
        guard let python = try interpreter(),
            try run(
                [python, "-m", "pip", "-q", "download", "--no-deps", "--no-binary", "botocore"]
                    + ["--dest", part, requirement]),
            try run([python, "-c", unpack, part])
        else {
            print("AWS'S SIGNATURE SUITE SKIPPED: pip cannot download \(requirement).")
            return nil
        }
        try FileSystem.rename(part + "/suite", to: target)
        return target
    }

    private static func run(_ words: [String]) throws -> Bool {
        try ChildProcess("/usr/bin/env", arguments: words, environment: environment).wait()
            == .exited(code: 0)
    }

    /// What a user has set for pip and its way to the network.
    public static var environment: [String] {
        let names = [
            "HOME", "PATH", "PIP_CERT", "PIP_CONFIG_FILE", "PIP_EXTRA_INDEX_URL", "PIP_INDEX_URL",
            "PIP_FIND_LINKS", "PIP_TRUSTED_HOST", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE",
            "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
        ]
        return names.compactMap { name in environmentVariable(name).map { "\(name)=\($0)" } }
    }

    /// Runs a script to its end.
    /// - Parameter directory: where its output may be put.
    /// - Returns: nil when there is no Python to run it.
    public static func run(
        _ script: String, _ arguments: [String], in directory: String
    ) throws -> (ending: ChildProcess.Ending, output: String)? {
        guard let python = try interpreter() else { return nil }
        let path = directory + "/" + randomHexadecimal(bytes: 4)
        let output = try File(path, flags: O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC)
        let process = try ChildProcess(
            python, arguments: [script] + arguments, environment: environment,
            standardOutput: output.descriptor, standardError: output.descriptor)
        let ending = process.wait()
        return (ending, String(decoding: try FileSystem.contents(of: path), as: UTF8.self))
    }
}
