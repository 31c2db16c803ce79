import Glibc
import JSON
import System

/// A directory for one test, gone when the last reference goes.
final class TemporaryDirectory: Sendable {
    let path = "/tmp/sluice-test-" + randomHexadecimal(bytes: 8)

    init() throws { try FileSystem.makeDirectory(path) }
    deinit { try? FileSystem.removeTree(path) }
}

/// Where things are for tests.
enum Place {
    /// The repository, told by this file's place in it.
    static let repository = String(
        #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined())
    static let samples = repository + "/sample-csvs"

    /// The directory of the executables: the tests are built into it too.
    static let executables: String = {
        guard let path = realpath("/proc/self/maps", nil) else { return "" }
        free(path)
        for candidate in [CommandLine.arguments.first ?? "", link("/proc/self/exe")] {
            let directory = candidate.split(separator: "/").dropLast().map { "/" + $0 }.joined()
            if access(directory + "/sluice", X_OK) == 0 { return directory }
        }
        return repository + "/.build/debug"
    }()

    private static func link(_ path: String) -> String {
        guard let target = realpath(path, nil) else { return "" }
        defer { free(target) }
        return String(cString: target)
    }
}

/// The sluice executable, run in a home of its own.
struct SluiceProcess {
    struct Result {
        var code: Int32
        var output: String
        var error: String

        var lines: [String] { output.split(separator: "\n").map(String.init) }
        var json: JSON? { try? JSON(parsing: output) }
    }

    let directory: TemporaryDirectory
    let executable: String
    /// What it finds in its environment besides its home, as `NAME=value`.
    var environment: [String] = []
    var home: String { directory.path + "/home" }

    init(executable: String = Place.executables + "/sluice") throws {
        directory = try TemporaryDirectory()
        self.executable = executable
    }

    /// Runs it to its end.
    func callAsFunction(_ words: String...) throws -> Result {
        let running = try start(words)
        return try running.finish()
    }

    /// Runs it to its end under what a shell's `ulimit` sets.
    func limited(_ limit: String, _ words: String...) throws -> Result {
        try start(["-c", limit + #"; exec "$0" "$@""#, executable] + words, by: "/bin/sh").finish()
    }

    /// - Parameters:
    ///   - program: what to run in place of the executable, with these words.
    ///   - environment: more than the home and a path.
    func start(
        _ words: [String], by program: String? = nil, environment: [String] = []
    ) throws -> Running {
        let name = directory.path + "/" + randomHexadecimal(bytes: 4)
        let output = try File(name + ".out", flags: O_WRONLY | O_CREAT)
        let error = try File(name + ".err", flags: O_WRONLY | O_CREAT)
        let process = try ChildProcess(
            program ?? executable, arguments: words,
            environment: ["SLUICE_HOME=\(home)", "PATH=/usr/bin:/bin"] + self.environment
                + environment,
            standardOutput: output.descriptor, standardError: error.descriptor)
        return Running(process: process, name: name)
    }

    struct Running {
        let process: ChildProcess
        let name: String

        func finish() throws -> Result {
            let ending = process.wait()
            let code: Int32
            switch ending {
            case .exited(let exit): code = exit
            case .signalled(let signal): code = 128 + signal
            }
            return Result(
                code: code, output: try text(of: name + ".out"), error: try text(of: name + ".err"))
        }
    }

    /// Starts a run of a set that stays incomplete, and waits until it waits for its items.
    func startIncompleteRun() throws -> Running {
        let files = ["customers", "orders"].map { "\(Place.samples)/reference/\($0)_20240105.csv" }
        return try startIncompleteRun(of: files)
    }

    func startIncompleteRun(of files: [String]) throws -> Running {
        let running = try start(["run"] + files + ["--deadline", "600"])
        // Each look is a process of its own, which takes its time: no sleep is needed.
        for _ in 0..<500 {
            let graph = try self("graph", "20240105-1", "--format", "json")
            let states = graph.json?["states"]?.array ?? []
            let done = states.filter { $0["name"]?.string?.hasSuffix("Received") == true }
            if done.count == 2 { return running }
        }
        struct NeverWaited: Error {}
        throw NeverWaited()
    }
}

/// Whether there is such a process; one that has ended and is not reaped counts as gone.
func isAlive(_ processID: Int32) -> Bool {
    guard let file = try? File(reading: "/proc/\(processID)/stat") else { return false }
    var buffer = [UInt8](repeating: 0, count: 1024)
    let count = buffer.withUnsafeMutableBytes { (try? file.read(at: 0, into: $0)) ?? 0 }
    let text = String(decoding: buffer[..<count], as: UTF8.self)
    return !text.isEmpty && !text.contains(") Z ")
}

func text(of path: String) throws -> String {
    String(decoding: try FileSystem.contents(of: path), as: UTF8.self)
}
