import LocalCloud
import Engine
import JSON
import System

/// The whole command line.
enum SluiceCommand {
    static let version = "0.1.0"
    static let commands: [Command] = [
        .run, .up, .drop, .rerun, .graph, .executions, .messages, .table, .synth,
        .package, .deploy,
    ]

    static func run(_ words: [String]) -> ExitCode {
        do {
            let code = try dispatch(words)
            if let failure = Terminal.outputFailure { throw failure }
            return code
        } catch let error as CommandError {
            return report(error, words)
        } catch let error as CloudError {
            return report(CommandError(error), words)
        } catch let error as ServiceError where !error.code.hasPrefix("Internal") {
            return report(CommandError(.unavailable, "Step Functions refuses: \(error)"), words)
        } catch {
            return report(CommandError(.internalError, "\(error)"), words)
        }
    }

    /// Says what went wrong; who asked for JSON gets it as JSON as well.
    private static func report(_ error: CommandError, _ words: [String]) -> ExitCode {
        if words.prefix(while: { $0 != "--" }).contains("--json") {
            let object: JSON = [
                "error": JSON("\(error.code)"), "cause": JSON(error.message),
                "exitStatus": JSON(Int(error.code.rawValue)),
            ]
            Terminal.standardOutput(object.serialized(pretty: true) + "\n")
        }
        Terminal.standardError("sluice: \(error.message)\n")
        if error.code == .usage { Terminal.standardError("see: sluice --help\n") }
        return error.code
    }

    private static func dispatch(_ words: [String]) throws -> ExitCode {
        guard let first = words.first else {
            Terminal.standardError(Help.overview(commands) + "\n")
            return .usage
        }
        switch first {
        case "--help", "-h":
            return print(Help.overview(commands))
        case "--version":
            return print("sluice \(version)")
        case "help":
            guard let name = words.dropFirst().first else { return print(Help.overview(commands)) }
            return print(Help.text(of: try command(name)))
        default:
            let command = try command(first)
            let rest = Array(words.dropFirst())
            if rest.prefix(while: { $0 != "--" }).contains(where: { $0 == "--help" || $0 == "-h" })
            {
                return print(Help.text(of: command))
            }
            return try command.run(try command.parse(rest))
        }
    }

    private static func print(_ text: String) -> ExitCode {
        Terminal.standardOutput(text + "\n")
        return .success
    }

    private static func command(_ name: String) throws -> Command {
        guard let command = commands.first(where: { $0.name == name }) else {
            let kind = name.hasPrefix("-") ? "flag" : "command"
            throw CommandError.usage(
                "there is no \(kind) \(name)"
                    + suggestion(
                        for: name, among: commands.map(\.name) + ["help", "--help", "--version"]))
        }
        return command
    }
}
