import LocalCloud
import LambdaHost
import JSON
import LocalCloud
import Pipeline
import Stores
import System

extension Command.Flag {
    /// What `run` and `rerun` both may be told.
    static let ofRuns =
        [
            Self(
                name: "--out", value: "FILE",
                help:
                    "write the result there as well, messages as JSON Lines; - for standard output"),
            Self(name: "--json", help: "print the outcome as JSON"),
        ] + ofSettings(deadline: "5")

    /// How the steps go about their work, and where.
    /// - Parameter deadline: what holds unless one is given, in words.
    static func ofSettings(deadline: String) -> [Self] {
        [
            Self(
                name: "--chunk-size", value: "BYTES",
                help: "bytes of a chunk, 64K, 8M; unless given it follows from the file"),
            Self(
                name: "--delimiter", value: "CHAR",
                help: "what stands between two fields: , ; | or tab (unless given: ,)"),
            Self(
                name: "--allow-rejects", value: "N",
                help: "lines of a file that may be rejected (unless given: 0)"),
            Self(
                name: "--workers", value: "N",
                help: "processes of a function at a time (unless given: one per core)"),
            Self(
                name: "--deadline", value: "SECONDS",
                help: "how long a set may stay incomplete (unless given: \(deadline))"),
            Self(
                name: "--drill", value: "SPEC",
                help: "make a step fail; may be given more than once", isRepeatable: true),
        ] + ofJobs + [Command.homeFlag]
    }

    /// What the jobs' options are, in the order of the jobs.
    private static let ofJobs = Jobs.all.flatMap { job in
        job.allOptions.map { option in
            let usual = option.defaultValue.isEmpty ? "" : " (unless given: \(option.defaultValue))"
            let help = "\(job.name): \(option.help)\(usual)"
            switch option.kind {
            case .flag: return Self(name: option.flag, help: help)
            case .text(let example): return Self(name: option.flag, value: example, help: help)
            case .choice(let values):
                return Self(
                    name: option.flag, value: values.joined(separator: "|"), help: help)
            }
        }
    }
}

extension CloudSettings {
    /// - Parameter deadlineSeconds: the deadline unless one is given.
    init(_ arguments: Arguments, deadlineSeconds: Int = 5) throws {
        self.init()
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
        allowedRejects = try arguments.integer("--allow-rejects", in: 0...1_000_000_000) ?? 0
        if let text = arguments.value("--delimiter") {
            let names = ["tab": "\t", "comma": ",", "semicolon": ";", "bar": "|"]
            delimiter = names[text] ?? text
            guard [",", ";", "\t", "|"].contains(delimiter) else {
                throw CommandError.usage("--delimiter must be ',', ';', '|' or tab, not '\(text)'")
            }
        }
        for option in Jobs.all.flatMap({ $0.allOptions }) {
            switch option.kind {
            case .flag: if arguments.has(option.flag) { options[option] = "true" }
            case .text: if let text = arguments.value(option.flag) { options[option] = text }
            case .choice(let values):
                guard let text = arguments.value(option.flag) else { continue }
                guard values.contains(text) else {
                    throw CommandError.usage(
                        "\(option.flag) must be \(values.joined(separator: " or ")), not '\(text)'")
                }
                options[option] = text
            }
        }
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

extension Arguments {
    /// Those given that say how the steps go about their work: who runs the steps is told them, so a
    /// command that only asks a running service cannot take them.
    var ofWork: [String] {
        Command.Flag.ofSettings(deadline: "").map(\.name).filter {
            $0 != Command.homeFlag.name && has($0)
        }
    }
}

/// What a command does with the result and the outcome of an execution.
struct RunOutput {
    var target: String?
    var isJSON: Bool

    init(_ arguments: Arguments) throws {
        target = arguments.value("--out")
        isJSON = arguments.has("--json")
        if isJSON, target == "-" {
            throw CommandError.usage("--json and --out - both want standard output")
        }
        if let target { try ResultFiles.check(target: target) }
    }

    /// Writes what was asked for.
    /// - Returns: how the command ends.
    func write(_ outcome: RunOutcome) throws -> ExitCode {
        // What became of the execution is told also when the copy of its result fails.
        var failure: (any Error)?
        if outcome.isSuccess, let target, let result = outcome.result {
            do { try result.write(to: target) } catch { failure = error }
        }
        if isJSON { Terminal.standardOutput(outcome.json.serialized(pretty: true) + "\n") }
        Terminal.standardError(outcome.text + "\n")
        guard let failure else { return outcome.isSuccess ? .success : .failure }
        Terminal.standardError("sluice: --out: \(failure)\n")
        return .internalError
    }
}
