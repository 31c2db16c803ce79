/// One command of the command line: what it is called, what it takes, what it does.
struct Command: Sendable {
    /// `--name VALUE`, or `--name` alone.
    struct Flag: Sendable {
        var name: String
        /// What the value is called in the help; nil for a flag without value.
        var value: String?
        var help: String
        /// Whether it may be given more than once.
        var isRepeatable = false
    }

    var name: String
    /// What follows the name on the usage line.
    var operands: String
    /// How many operands there may be.
    var operandCount: ClosedRange<Int>
    /// One line, in lower case, without a full stop.
    var summary: String
    /// More about it; may be empty.
    var discussion: String
    var flags: [Flag]
    var run: @Sendable (Arguments) throws -> ExitCode

    static let homeFlag = Flag(
        name: "--home", value: "DIR",
        help: "where everything is kept (unless given: $SLUICE_HOME, else .sluice)")
}

/// What was given to a command.
struct Arguments {
    var operands: [String] = []
    private var values: [String: [String]] = [:]

    mutating func append(_ value: String, for flag: String) {
        values[flag, default: []].append(value)
    }

    func has(_ flag: String) -> Bool { values[flag] != nil }
    func value(_ flag: String) -> String? { values[flag]?.last }
    func values(_ flag: String) -> [String] { values[flag] ?? [] }

    /// The value of a flag that takes an integer.
    func integer(_ flag: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = value(flag) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw CommandError.usage(
                "\(flag) must be an integer from \(range.lowerBound) to \(range.upperBound), not '\(text)'"
            )
        }
        return value
    }
}
