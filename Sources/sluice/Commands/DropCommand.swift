import Pipeline
import Stores
import System

extension Command {
    static let drop = Command(
        name: "drop", operands: "FILE…", operandCount: 1...10_000,
        summary: "put files into the local drop bucket",
        discussion: """
            Each FILE is put there under its own name, without a copy where the file system can: whole or
            not at all. The sluice up that serves the home takes it at once; when none does, the next one
            takes it at its start.
            """,
        flags: [homeFlag],
        run: { arguments in
            let home = try Home(arguments)
            let files = try arguments.operands.map { path in
                guard let status = try FileStatus(of: path) else {
                    throw CommandError(.noInput, "\(path): there is no such file")
                }
                guard status.isRegularFile else {
                    throw CommandError(.noInput, "\(path): this is no file")
                }
                return (path, String(path.split(separator: "/").last ?? ""))
            }
            let objects = LocalObjectStore(root: home.buckets)
            for (path, name) in files {
                let (_, placement) = try objects.putFile(
                    path, bucket: LocalFunctions.dropBucket, key: name)
                Terminal.standardOutput(
                    placement == .unchanged
                        ? "\(name) was there already, unchanged\n" : "\(name) is dropped\n")
                if case .failure(.otherFile) = Result(catching: { () throws(FileName.Failure) in
                    try FileName(key: name)
                }) {
                    Terminal.standardError("\(name): no job takes a file of this name\n")
                }
            }
            if let note = note(on: home) { Terminal.standardError(note + "\n") }
            return .success
        })

    /// Why nobody takes the files now; nil when somebody does.
    private static func note(on home: Home) -> String? {
        guard let holder = HomeLock.holder(of: home) else {
            return "no sluice up serves \(home.path): the next one takes the files"
        }
        guard !holder.isService else { return nil }
        return "process \(holder.processID) works in \(home.path) but takes no files: "
            + "the next sluice up takes them"
    }
}
