/// Something that a user may set for a job: one declaration becomes a flag of the command line, an
/// environment variable of the functions, a parameter of the template, and the help of all three.
public struct JobOption: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// On or off; off unless set. The variable holds `true` or nothing.
        case flag
        /// A text; `example` stands for it in the help of the flag.
        case text(example: String)
        /// One of these.
        case choice([String])
    }

    /// Of the flag, without its dashes.
    public var name: String
    public var kind: Kind
    /// The environment variable of the functions.
    public var environment: String
    /// The template's parameter.
    public var parameter: String
    /// What holds unless it is set; empty for nothing.
    public var defaultValue: String
    /// A sentence for people, without a full stop.
    public var help: String

    public init(
        _ name: String, _ kind: Kind, environment: String, parameter: String,
        default defaultValue: String = "", help: String
    ) {
        self.name = name
        self.kind = kind
        self.environment = environment
        self.parameter = parameter
        self.defaultValue = defaultValue
        self.help = help
    }

    public var flag: String { "--\(name)" }

    /// Which folder of the drop bucket belongs to the job.
    static func folder(of job: String, _ folder: String) -> JobOption {
        let words = job.split(separator: "-")
        return JobOption(
            "\(job)-folder", .text(example: "FOLDER"),
            environment: words.map { $0.uppercased() }.joined(separator: "_") + "_FOLDER",
            parameter: words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined() + "Folder",
            default: folder, help: "the folder of the drop bucket whose files \(job) takes")
    }
}

/// What options are set to, by the names of their environment variables.
public struct OptionValues: Sendable, Hashable {
    private var values: [String: String]

    public init(_ values: [String: String] = [:]) { self.values = values }

    /// What is set, or what holds unless something is.
    public subscript(option: JobOption) -> String {
        get {
            let value = values[option.environment] ?? ""
            return value.isEmpty ? option.defaultValue : value
        }
        set { values[option.environment] = newValue }
    }

    /// Whether a flag is on.
    public func isOn(_ option: JobOption) -> Bool { self[option] == "true" }

    /// What is set, as environment variables.
    public var environment: [String: String] { values }
}
