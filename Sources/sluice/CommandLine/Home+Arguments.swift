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
        let plain = Set("-_./@%+=:,".utf8)
        let isPlain = text.utf8.allSatisfy { byte in
            plain.contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }
        if isPlain { return text }
        return "'"
            + text.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: #"'\''"#) + "'"
    }
}
