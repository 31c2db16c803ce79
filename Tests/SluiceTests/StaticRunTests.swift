import Glibc
import System
import Testing

/// Where `make static` puts the Lambda executables.
private enum StaticExecutables {
    static let directory = "\(Place.repository)/.build/static/release"
    static let areBuilt = access("\(directory)/arrive", X_OK) == 0
}

/// A run with the Lambda executables as `make static` built them: what goes to AWS, working.
@Suite(.enabled(if: StaticExecutables.areBuilt, "no static executables: run 'make static' first"))
struct StaticRunTests {
    @Test func `the reference sample comes to its messages with the static executables`() throws {
        // A copy, since sluice looks beside the file it really is; there are no other executables.
        // Written by another process: one that is open for writing here could not be started.
        let place = try TemporaryDirectory()
        let copy = "\(place.path)/sluice"
        let copying = try ChildProcess(
            "/bin/cp", arguments: ["\(Place.executables)/sluice", copy], environment: [])
        try #require(copying.wait() == .exited(code: 0))
        try #require(symlink(StaticExecutables.directory, "\(place.path)/lambda") == 0)
        let sluice = try SluiceProcess(executable: copy)
        let result = try sluice("run", "\(Place.samples)/reference", "--out", "-")
        #expect(result.code == 0, "\(result.error)")
        let expected = try text(of: "\(Place.samples)/expected/reference.jsonl")
        #expect(result.lines.sorted() == expected.split(separator: "\n").map(String.init).sorted())
    }
}
