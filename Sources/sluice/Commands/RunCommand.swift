import Console
import Engine
import JSON
import Pipeline
import Stores
import System

extension Command {
    static let run = Command(
        name: "run", operands: "PATH…", operandCount: 1...1000,
        summary: "run a file set to the end on this machine",
        discussion: """
            PATH is a file or a directory. The files are told by their names, customers_SET.csv,
            orders_SET.csv, items_SET.csv (or customer_, order_, item_), and must be of one set. They are
            put into the home's drop bucket, without a copy where the file system can, and run by the
            state machine customer-messages. Files that were run before and have not changed are not run
            again.

            A drill makes a step fail, to practise a rerun: parse-chunk:items:2 kills the process that
            parses chunk 2 of the items; FUNCTION[:KIND[:INDEX]][/kill|timeout|error[/TIMES]].
            """,
        flags: [
            Flag(
                name: "--out", value: "FILE",
                help: "write the messages there as JSON Lines; - for standard output"),
            Flag(name: "--json", help: "print the outcome as JSON"),
            Flag(
                name: "--chunk-size", value: "BYTES",
                help: "bytes of a chunk, 64K, 8M, 1G; unless given it follows from the file"),
            Flag(
                name: "--workers", value: "N",
                help: "processes of a function at a time (unless given: one per core)"),
            Flag(
                name: "--deadline", value: "SECONDS",
                help: "how long the set may stay incomplete (unless given: 5)"),
            Flag(
                name: "--drill", value: "SPEC",
                help: "make a step fail; may be given more than once", isRepeatable: true),
            homeFlag,
        ],
        run: { arguments in
            let files = try FileSetFiles(arguments.operands)
            let settings = try CloudSettings(arguments)
            let output = try RunOutput(arguments)
            let home = try Home(arguments)
            let cloud = try LocalCloud(home, settings)
            Interruption.onInterruption(cloud.interrupt)
            defer { cloud.shutdown() }
            return try FileSetRun(cloud: cloud, files: files, output: output).run()
        })
}

extension CloudSettings {
    /// - Parameter deadlineSeconds: the deadline unless one is given.
    init(_ arguments: Arguments, deadlineSeconds: Int = 5) throws {
        if let text = arguments.value("--chunk-size") {
            guard let bytes = Quantities.parseBytes(text) else {
                throw CommandError.usage(
                    "--chunk-size must be a number of bytes, such as 8M, not '\(text)'")
            }
            chunkSizeBytes = bytes
        }
        workers = try arguments.integer("--workers", in: 1...1000) ?? workers
        self.deadlineSeconds =
            try arguments.integer("--deadline", in: 1...31_536_000) ?? deadlineSeconds
        for text in arguments.values("--drill") {
            do {
                let drill = try Drill(text)
                guard LocalFunctions.names.contains(drill.function) else {
                    throw CommandError.usage(
                        "--drill: there is no function \(drill.function)"
                            + suggestion(for: drill.function, among: LocalFunctions.names))
                }
                drills.append(drill)
            } catch let problem as Drill.Problem {
                throw CommandError.usage("--drill: \(problem)")
            }
        }
    }
}

/// What a command does with the messages and the outcome of an execution.
struct RunOutput {
    var messagesTarget: String?
    var isJSON: Bool

    init(_ arguments: Arguments) throws {
        messagesTarget = arguments.value("--out")
        isJSON = arguments.has("--json")
        if isJSON, messagesTarget == "-" {
            throw CommandError.usage("--json and --out - both want standard output")
        }
        if messagesTarget?.isEmpty == true { throw CommandError.usage("--out must not be empty") }
    }

    /// Writes what was asked for.
    /// - Returns: how the command ends.
    func write(_ outcome: RunOutcome) throws -> ExitCode {
        if outcome.isSuccess, let messagesTarget { try outcome.messages.write(to: messagesTarget) }
        if isJSON { Terminal.standardOutput(outcome.json.serialized(pretty: true) + "\n") }
        Terminal.standardError(outcome.text + "\n")
        return outcome.isSuccess ? .success : .failure
    }
}

/// Drops the files of a set and follows its execution to the end.
struct FileSetRun {
    let cloud: LocalCloud
    let files: FileSetFiles
    let output: RunOutput

    func run() throws -> ExitCode {
        let begun = WallClock().now()
        var name = try drop()
        while true {
            let watch = ExecutionWatch(cloud: cloud, name: name)
            let outcome = try watch.follow(begun: begun)
            let newest = try cloud.newestExecution(of: files.fileSet)
            if newest == name { return try output.write(outcome) }
            // A run was under way with another version of a file; the next one has these.
            Terminal.standardError(outcome.text + "\n")
            name = newest
        }
    }

    /// Puts the files into the drop bucket and tells `arrive`, as S3 would.
    /// - Returns: the name of the execution that takes them.
    private func drop() throws -> String {
        let dropped = try files.files.map { file in
            try cloud.objects.putFile(
                file.path, bucket: LocalFunctions.dropBucket, key: file.name
            ).reference
        }
        return try cloud.arrive(LocalCloud.createdEvent(dropped), files.fileSet)
    }
}
