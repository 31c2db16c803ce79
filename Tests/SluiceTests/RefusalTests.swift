import Glibc
import JSON
import System
import Testing

@testable import sluice

/// Paths, homes and targets that cannot be used: refused by name, early, with the documented status.
struct RefusalTests {
    let sluice: SluiceProcess
    init() throws { sluice = try SluiceProcess() }

    private func path(_ name: String) -> String { sluice.directory.path + "/" + name }

    @Test func `special files, links that lead nowhere and endless links are no input`() throws {
        #expect(mkfifo(path("customers_1.csv"), 0o644) == 0)
        #expect(symlink("/dev/zero", path("orders_1.csv")) == 0)
        #expect(symlink("items_1.csv", path("items_1.csv")) == 0)
        try FileSystem.makeDirectory(path("set"))
        #expect(symlink("/nonexistent", path("set/items_1.csv")) == 0)
        for (operand, message) in [
            ("customers_1.csv", "customers_1.csv: this is no regular file"),
            ("orders_1.csv", "orders_1.csv: this is no regular file"),
            ("items_1.csv", "items_1.csv: Too many levels of symbolic links"),
            ("set", "set/items_1.csv: the link leads nowhere"),
            (String(repeating: "x", count: 300), "x: File name too long"),
        ] {
            let result = try sluice("run", path(operand))
            #expect(result.code == 66, "\(operand)")
            #expect(result.error.hasSuffix("\(message)\n"), "\(result.error)")
        }
        #expect(try FileStatus(of: sluice.home) == nil)
    }

    @Test func `a place for the messages that cannot be is refused before the run`() throws {
        for (target, message) in [
            (sluice.directory.path, "--out: \(sluice.directory.path) is a directory"),
            (path("none/out"), "--out: there is no directory \(path("none/"))"),
            // Nobody can make a file there, not even root.
            ("/proc/out", "--out: /proc/out cannot be written: No such file or directory"),
        ] {
            let result = try sluice("run", "\(Place.samples)/reference", "--out", target)
            #expect(result.code == 64)
            #expect(result.error.contains(message), "\(result.error)")
        }
        #expect(try FileStatus(of: sluice.home) == nil)
    }

    @Test func `the outcome is told although the messages cannot be written`() throws {
        let result = try sluice("run", "\(Place.samples)/id", "--json", "--out", "/dev/full")
        #expect(result.code == 70)
        #expect(result.json?["status"] == "SUCCEEDED")
        #expect(result.error.hasSuffix("--out: write /dev/full: No space left on device\n"))
    }

    @Test func `a name as long as names may be is written, a link stays a link`() throws {
        let long = path(String(repeating: "m", count: 255))
        #expect(try sluice("run", "\(Place.samples)/id", "--out", long).code == 0)
        let messages = try text(of: long)
        #expect(messages.split(separator: "\n").count > 1)
        try FileSystem.replace(path("target"), with: "old")
        #expect(symlink("target", path("link")) == 0)
        #expect(try sluice("run", "\(Place.samples)/id", "--out", path("link")).code == 0)
        #expect(try text(of: path("target")) == messages)
        #expect(try FileSystem.names(in: sluice.directory.path).allSatisfy { !$0.contains("part") })
    }

    @Test(arguments: [
        (["run", "/nonexistent", "--json"], "noInput", 66),
        (["run", "/nonexistent", "--json", "--no"], "usage", 64),
        (["rerun", "x", "--json"], "unavailable", 69),
        (["executions", "--json"], "unavailable", 69),
    ])
    func `who asked for JSON gets an error as JSON too`(
        words: [String], error: String, status: Int
    ) throws {
        let result = try sluice.start(words).finish()
        #expect(result.json?["error"] == JSON(error))
        #expect(result.json?["exitStatus"] == JSON(status))
        #expect(Int(result.code) == status)
    }

    @Test func `a line that is being written is not printed`() throws {
        #expect(try sluice("run", "\(Place.samples)/id").code == 0)
        let whole = try sluice("messages").output
        let directory = sluice.home + "/queues/customer-messages/customer-messages/20240105-1"
        let segment = directory + "/" + (try FileSystem.names(in: directory).last ?? "")
        let torn = try text(of: segment) + "{\"type\":\"" + String(repeating: "x", count: 9000)
        try FileSystem.replace(segment, with: torn)
        #expect(try sluice("messages").output == whole)
    }

    @Test(arguments: [(2, Int32(0)), (3, 70)])
    func `an event that fails is delivered twice more`(failures: Int, code: Int32) throws {
        let result = try sluice(
            "run", "\(Place.samples)/id", "--drill", "arrive/kill/\(failures)")
        #expect(result.code == code, "\(result.error)")
    }

    @Test func `too few open files are told before the run, with how many are needed`() throws {
        let result = try sluice.limited(
            "ulimit -n 40", "run", "\(Place.samples)/id", "--workers", "2")
        #expect(result.code == 70)
        #expect(
            result.error == "sluice: 40 open files are allowed (ulimit -n), but 2 workers need 72; "
                + "allow more, or take fewer with --workers\n")
        // A soft limit is raised where it may be.
        let raised = try sluice.limited(
            "ulimit -S -n 24", "run", "\(Place.samples)/id", "--workers", "2")
        #expect(raised.code == 0, "\(raised.error)")
        let enough = try sluice.limited(
            "ulimit -n 72", "run", "\(Place.samples)/quoted", "--workers", "2")
        #expect(enough.code == 0, "\(enough.error)")
    }

    @Test func `a store that cannot be written ends the command, what was running goes on later`()
        throws
    {
        let set = "\(Place.samples)/reference"
        let limit = "ulimit -f 400"
        let result = try sluice.limited(limit, "run", set)
        #expect(result.code == 70)
        #expect(
            result.error.contains("/engine.sqlite can no longer be written: "), "\(result.error)")
        // A service ends too: whatever started it can see that, and start it again.
        let service = try sluice.limited(limit, "up", "--port", "0")
        #expect(service.code == 70)
        #expect(service.error.contains("/engine.sqlite can no longer be written: "))
        let again = try sluice("run", set)
        #expect(again.code == 0, "\(again.error)")
        let expected = try text(of: "\(Place.samples)/expected/reference.jsonl")
        #expect(
            try sluice("messages", "20240105-1").lines.sorted()
                == expected.split(separator: "\n").map(String.init).sorted())
    }

    @Test func `a drill that has nothing to do is told`() throws {
        let result = try sluice(
            "run", "\(Place.samples)/id", "--drill", "parse-chunk:items:9", "--drill",
            "seal/kill/1")
        #expect(result.code == 0, "\(result.error)")
        let said = result.error.split(separator: "\n").filter { $0.contains("--drill") }
        #expect(said == ["sluice: --drill parse-chunk:items:9 matched no call"])
    }

    @Test(arguments: ["engine.sqlite", "tables/file-sets.sqlite"])
    func `a damaged store is named`(name: String) throws {
        try FileSystem.makeDirectory(sluice.home + "/tables")
        let store = sluice.home + "/" + name
        try FileSystem.replace(store, with: String(repeating: "no database ", count: 1000))
        let result = try sluice("run", "\(Place.samples)/id")
        #expect(result.code == 70)
        #expect(result.error.hasPrefix("sluice: \(store) cannot be opened: "), "\(result.error)")
    }
}
