/// One of the files that a job's sets are made of.
public struct JobInput: Sendable, Hashable {
    /// As payloads, keys of objects and reports call it.
    public var name: String
    /// What names of its files begin with, before `_SET.csv`; the first is the one shown to people.
    /// Empty for a job that takes files by their folder.
    public var prefixes: [String]
    /// As names of states spell it: `Parse…`, `Seal…`.
    public var stateName: String
    /// Whether a file with a header and no record is fine; a file without a header never is.
    public var mayBeEmpty: Bool

    public init(
        _ name: String, prefixes: [String] = [], stateName: String, mayBeEmpty: Bool = false
    ) {
        self.name = name
        self.prefixes = prefixes
        self.stateName = stateName
        self.mayBeEmpty = mayBeEmpty
    }

    /// What a set's file is called in messages: `PREFIX_SET.csv`.
    public func fileName(ofSet fileSet: String) -> String {
        "\(prefixes.first ?? name)_\(fileSet).csv"
    }
}

/// Which objects of the drop bucket belong to a job.
public enum Intake: Sendable, Hashable {
    /// Those whose names begin with a prefix of one of the job's inputs.
    case names
    /// All CSV files below this folder, unless another is configured.
    case folder(String)
}
