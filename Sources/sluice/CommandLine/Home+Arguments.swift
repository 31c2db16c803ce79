import LocalCloud
import System

extension Home {
    /// `--home`, else `$SLUICE_HOME`, else `.sluice` in the working directory.
    init(_ arguments: Arguments) throws {
        let path =
            arguments.value("--home") ?? environmentVariable("SLUICE_HOME").flatMap {
                $0.isEmpty ? nil : $0
            } ?? ".sluice"
        guard !path.isEmpty else { throw CommandError.usage("--home must not be empty") }
        try self.init(path) { path in
            arguments.has("--home") ? " --home \(Home.quoted(path))" : ""
        }
    }

    /// One word of a shell's command line.
    private static func quoted(_ text: String) -> String {
        let plain = ASCIISet.lettersAndDigits.union("-_./@%+=:,")
        if plain.contains(allOf: text) { return text }
        return "'"
            + text.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: #"'\''"#) + "'"
    }
}
