import Infrastructure
import JSON
import Pipeline
import StatesLanguage
import System

extension Command {
    static let synth = Command(
        name: "synth", operands: "", operandCount: 0...0,
        summary: "write the generated files: statemachine/, infra/ and the README's diagram",
        discussion:
            "They follow from the definitions in Sources/Pipeline and Sources/Infrastructure alone; never edit them.",
        flags: [
            Flag(
                name: "--check",
                help: "write nothing; fail when a file is not as it would be written"),
            Flag(
                name: "--root", value: "DIR",
                help: "the repository (unless given: the working directory)"),
        ],
        run: { arguments in
            let root = arguments.value("--root") ?? "."
            let stale = try GeneratedFile.all(root: root).filter { try !$0.isFresh(in: root) }
            if arguments.has("--check") {
                for file in stale {
                    Terminal.standardError("\(file.path) is stale; run: sluice synth\n")
                }
                return stale.isEmpty ? .success : .failure
            }
            for file in stale {
                try file.write(to: root)
                Terminal.standardError("wrote \(file.path)\n")
            }
            return .success
        })
}

/// A file that follows from the definitions.
struct GeneratedFile {
    /// Below the repository's root.
    var path: String
    var contents: String

    static func all(root: String) throws -> [GeneratedFile] {
        var files = Jobs.all.flatMap { job in
            let machine = StateMachine.of(job)
            let base = "statemachine/\(job.name)"
            return [
                GeneratedFile(
                    path: base + ".asl.json",
                    contents: machine.json.serialized(pretty: true) + "\n"),
                GeneratedFile(path: base + ".mmd", contents: machine.mermaid),
            ]
        }
        files.append(
            GeneratedFile(
                path: "infra/template.json",
                contents: Infrastructure.template.json.serialized(pretty: true) + "\n"))
        let readme = root + "/README.md"
        // The picture there is that of the first job.
        if let job = Jobs.all.first, try FileStatus(of: readme) != nil {
            let text = String(decoding: try FileSystem.contents(of: readme), as: UTF8.self)
            files.append(
                GeneratedFile(
                    path: "README.md",
                    contents: withDiagram(text, StateMachine.of(job).mermaid)))
        }
        return files
    }

    func isFresh(in root: String) throws -> Bool {
        let path = root + "/" + self.path
        guard try FileStatus(of: path) != nil else { return false }
        return try FileSystem.contents(of: path).elementsEqual(contents.utf8)
    }

    func write(to root: String) throws {
        let path = root + "/" + self.path
        try FileSystem.makeDirectory(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
        try FileSystem.replace(path, with: contents)
    }

    /// The text with the diagram between its two comments; unchanged without these.
    private static func withDiagram(_ text: String, _ diagram: String) -> String {
        let start = "<!-- diagram: written by `sluice synth`, do not edit -->\n"
        guard let from = text.firstRange(of: start),
            let to = text[from.upperBound...].firstRange(of: "<!-- /diagram -->")
        else { return text }
        return text[..<from.upperBound] + "```mermaid\n" + diagram + "```\n"
            + text[to.lowerBound...]
    }
}
