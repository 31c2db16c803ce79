import System
import Testing

/// The pages know every error, and lead nowhere that is not there.
struct DocumentationTests {
    private static let pages =
        ["README.md", "CONTRIBUTING.md", "SECURITY.md", "sample-csvs/README.md"]
        + ((try? Repository.names(in: "Documentation")) ?? []).map { "Documentation/\($0)" }

    @Test func `every error has a row in Errors`() throws {
        let rows = try Repository.text(of: "Documentation/Errors.md").split(separator: "\n")
            .filter { $0.hasPrefix("| `") }.joined(separator: "\n")
        let names = try Self.errorNames()
        #expect(names.count > 60, "few names were found in Sources")
        for name in names.sorted() {
            #expect(rows.contains("`\(name)`"), "\(name) has no row")
        }
    }

    @Test(arguments: pages)
    func `relative links lead to files`(_ page: String) throws {
        let folder = page.split(separator: "/").dropLast().joined(separator: "/")
        for link in Self.links(in: try Repository.text(of: page)) {
            let path = "\(Repository.root)/\(folder)/\(link)"
            #expect(try FileStatus(of: path) != nil, "\(page) leads to \(link)")
        }
    }

    @Test func `links are found, without their anchors and without other sites`() {
        let text = "[a](b.md) [c](https://d.example/e) ![f](g/h.png) [i](#j) [k](../l.md#m)"
        #expect(Self.links(in: text) == ["b.md", "g/h.png", "../l.md"])
    }

    /// The literals `"Sluice.…"` of all sources, and the codes of the stores under that prefix.
    private static func errorNames() throws -> Set<String> {
        var names: Set<String> = []
        for path in try sources(in: "Sources") {
            let text = try Repository.text(of: path)
            names.formUnion(words(after: "\"Sluice.", in: text).map { "Sluice.\($0)" })
            guard path.hasPrefix("Sources/Stores/") else { continue }
            names.formUnion(words(after: "Code(rawValue: \"", in: text).map { "Sluice.\($0)" })
        }
        return names
    }

    private static func sources(in folder: String) throws -> [String] {
        try Repository.names(in: folder).flatMap { name -> [String] in
            let path = "\(folder)/\(name)"
            if name.hasSuffix(".swift") { return [path] }
            return name.contains(".") ? [] : try sources(in: path)
        }
    }

    /// What stands between a mark and the next quotation mark, where that is letters and digits alone.
    private static func words(after mark: String, in text: String) -> [Substring] {
        pieces(after: mark, in: text).compactMap { piece in
            let word = piece.prefix { $0 != "\"" }
            return !word.isEmpty && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
                ? word : nil
        }
    }

    private static func links(in text: String) -> [String] {
        pieces(after: "](", in: text).compactMap { piece in
            let target = piece.prefix { $0 != ")" }
            let path = target.prefix { $0 != "#" }
            return path.isEmpty || target.contains("://") ? nil : String(path)
        }
    }

    /// The rest of the line behind each occurrence of a mark.
    private static func pieces(after mark: String, in text: String) -> [Substring] {
        text.split(whereSeparator: \.isNewline).flatMap { line in
            line.ranges(of: mark).map { line[$0.upperBound...] }
        }
    }
}
