/// The texts of `sluice --help` and `sluice help COMMAND`.
enum Help {
    static let columns = 22

    static func overview(_ commands: [Command]) -> String {
        let list = commands.map { entry("\($0.name) \($0.operands)", $0.summary) }
        let codes = ExitCode.allCases.map { entry(String($0.rawValue), $0.meaning, columns: 5) }
        return """
            sluice: batch jobs over a partner's CSV files, as AWS Step Functions state machines,
            run on this machine

            usage: sluice COMMAND [ARGUMENTS]

            \(list.joined(separator: "\n"))
            \(entry("help COMMAND", "what a command takes and does"))
            \(entry("--version", "the version"))

            exit status:
            \(codes.joined(separator: "\n"))
            """
    }

    static func text(of command: Command) -> String {
        var parts = [
            "usage: sluice \(command.name) \(command.operands)\(command.operands.isEmpty ? "" : " ")[FLAGS]",
            "\(command.summary.prefix(1).uppercased())\(command.summary.dropFirst()).",
        ]
        if !command.discussion.isEmpty { parts.append(command.discussion) }
        let flags = command.flags + [Command.Flag(name: "--help", help: "this text")]
        parts.append(
            flags.map { entry($0.name + ($0.value.map { " \($0)" } ?? ""), $0.help) }
                .joined(separator: "\n"))
        return parts.joined(separator: "\n\n")
    }

    private static func entry(_ name: String, _ text: String, columns: Int = columns) -> String {
        let padding = columns - name.count
        return padding > 0
            ? "  \(name)\(String(repeating: " ", count: padding))\(text)"
            : "  \(name)\n  \(String(repeating: " ", count: columns))\(text)"
    }
}
