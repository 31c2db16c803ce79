import System
import Testing

/// Rules that the compiler does not know.
struct SourceRulesTests {
    static let sources: [String] = {
        func files(_ directory: String) -> [String] {
            ((try? Repository.names(in: directory)) ?? []).flatMap { name -> [String] in
                let path = directory + "/" + name
                if name.hasSuffix(".swift") { return [path] }
                return (try? FileStatus(of: Repository.root + "/" + path))??.isDirectory == true
                    ? files(path) : []
            }
        }
        return files("Sources") + files("Tests")
    }()

    /// Each time such a box lends its closure out, it takes back one that is wrapped twice more.
    @Test func `no closure is kept in a generic box`() throws {
        #expect(Self.sources.count > 200)
        let box = /\b(Monitor|Mutex)<[^\[{]*->/
        for path in Self.sources {
            for line in try Repository.text(of: path).split(separator: "\n")
            where !line.contains("//") && line.contains(box) {
                Issue.record("\(path): \(line)")
            }
        }
    }
}
