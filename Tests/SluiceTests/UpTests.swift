import Glibc
import JSON
import System
import Testing

/// `sluice up` and `sluice drop` as a user runs them.
struct UpTests {
    let sluice: SluiceProcess
    init() throws { sluice = try SluiceProcess() }

    var bucket: String { sluice.home + "/buckets/drop" }

    func sample(_ kind: String) -> String { "\(Place.samples)/reference/\(kind)_20240105.csv" }

    func checkMessages(_ execution: String) throws {
        let expected = try text(of: "\(Place.samples)/expected/reference.jsonl")
        #expect(
            try sluice("messages", execution).lines.sorted()
                == expected.split(separator: "\n").map(String.init).sorted())
    }

    @Test func `files are taken that were dropped before and after the start`() throws {
        let early = try sluice("drop", sample("customers"))
        #expect(early.code == 0)
        #expect(early.output == "customers_20240105.csv is dropped\n")
        #expect(early.error == "no sluice up serves \(sluice.home): the next one takes the files\n")
        let service = try Service(sluice)
        let late = try sluice("drop", sample("orders"), sample("items"))
        #expect(late.error.isEmpty)
        try service.waitFor(["20240105-1": "SUCCEEDED"])
        try checkMessages("20240105-1")
        let again = try sluice("drop", sample("orders"))
        #expect(again.output == "orders_20240105.csv was there already, unchanged\n")
        #expect(service.end() == .exited(code: 0))
        // What has been told is not told again, and what has run is not run again.
        let next = try Service(sluice)
        try next.waitFor(["20240105-1": "SUCCEEDED"])
        #expect(next.end(SIGINT) == .exited(code: 0))
        let said = try text(of: sluice.directory.path + "/up.err").split(separator: "\n")
        #expect(said.filter { $0.hasSuffix("orders_20240105.csv has arrived") }.count == 1)
        #expect(said.filter { $0 == "20240105-1 has succeeded" }.count == 1)
    }

    @Test func `what is no object is told, and no name reaches the terminal as it is`() throws {
        let service = try Service(sluice)
        let early = "/orders_\u{1B}[2J5.csv"
        #expect(symlink("/etc/passwd", bucket + early) == 0)
        #expect(mkfifo(bucket + "/orders_6.csv", 0o600) == 0)
        let name = Array((bucket + "/orders_").utf8CString.dropLast()) + [-1, 0]
        let raw = Glibc.open(name, O_WRONLY | O_CREAT, 0o600)
        #expect(raw >= 0)
        close(raw)
        let file = sluice.directory.path + "/items_\u{9B}31m7.csv"
        try FileSystem.replace(file, with: "x")
        #expect(try sluice("drop", file).output == "items_\\u009b31m7.csv is dropped\n")
        let dropped = try sluice("drop", sample("customers"), sample("orders"), sample("items"))
        #expect(dropped.code == 0)
        try service.waitFor(["20240105-1": "SUCCEEDED"])
        #expect(service.end() == .exited(code: 0))
        let said = try text(of: sluice.directory.path + "/up.err")
        #expect(
            said.contains("sluice: orders_\\u001b[2J5.csv is left out: it is a link\n"), "\(said)")
        #expect(said.contains("sluice: orders_6.csv is left out: it is no file\n"))
        #expect(said.contains("sluice: orders_\u{FFFD} is left out: its name is not UTF-8\n"))
    }

    @Test func `a file counts when it is closed, renamed or linked into place, also further down`()
        throws
    {
        let service = try Service(sluice)
        let directory = bucket + "/partner/daily"
        try FileSystem.makeDirectory(directory)
        // Written in two pieces, and long open.
        let content = Array(try text(of: sample("customers")).utf8)
        var open: File? = try File(
            directory + "/customers_20240105.csv", flags: O_WRONLY | O_CREAT | O_CLOEXEC)
        try content[..<100].withUnsafeBytes { try open?.write($0) }
        let aside = sluice.directory.path + "/aside"
        try FileSystem.replace(aside, with: try text(of: sample("orders")))
        try FileSystem.rename(aside, to: directory + "/orders_20240105.csv")
        try FileSystem.replace(aside, with: try text(of: sample("items")))
        #expect(link(aside, directory + "/items_20240105.csv") == 0)
        // Another set goes all the way meanwhile.
        #expect(try sluice("drop", sample("orders"), sample("items")).code == 0)
        #expect(try sluice("drop", sample("customers")).code == 0)
        try service.waitFor([
            "20240105-1": "SUCCEEDED", "partner_daily_20240105-0568be95-1": "RUNNING",
        ])
        try content[100...].withUnsafeBytes { try open?.write($0) }
        open = nil
        try service.waitFor([
            "20240105-1": "SUCCEEDED", "partner_daily_20240105-0568be95-1": "SUCCEEDED",
        ])
        try checkMessages("partner_daily_20240105-0568be95-1")
        #expect(service.end() == .exited(code: 0))
    }

    @Test func `killed and started again it goes on`() throws {
        let first = try Service(sluice)
        _ = try sluice("drop", sample("customers"), sample("orders"))
        try first.waitFor(["20240105-1": "RUNNING"])
        #expect(first.end(SIGKILL) == .signalled(SIGKILL))
        let next = try Service(sluice)
        _ = try sluice("drop", sample("items"))
        try next.waitFor(["20240105-1": "SUCCEEDED"])
        try checkMessages("20240105-1")
        #expect(next.end() == .exited(code: 0))
    }

    @Test func `a bucket that is removed is watched again`() throws {
        let service = try Service(sluice)
        try FileSystem.removeTree(bucket)
        _ = try sluice("drop", sample("customers"), sample("orders"), sample("items"))
        try service.waitFor(["20240105-1": "SUCCEEDED"])
        #expect(service.end() == .exited(code: 0))
    }

    @Test func `a second one is refused, in the home and at the port`() throws {
        let service = try Service(sluice)
        #expect(service.endpoint.hasPrefix("http://127.0.0.1:"))
        let second = try sluice("up", "--port", "0")
        #expect(second.code == 75)
        #expect(
            second.error
                == "sluice: \(sluice.home) is in use by process \(service.process.processID)\n")
        let port = String(service.endpoint.split(separator: ":").last ?? "")
        let taken = try sluice("up", "--port", port, "--home", sluice.directory.path + "/other")
        #expect(taken.code == 69)
        #expect(
            taken.error == "sluice: port \(port) of 127.0.0.1 is in use; choose another, "
                + "or a free one with --port 0\n")
        #expect(service.end() == .exited(code: 0))
    }

    @Test func `a lock that a killed one has left to a process it was starting is waited for`()
        throws
    {
        try FileSystem.makeDirectory(sluice.home)
        // A process that is gone, as the holder; its lock is held here for a while.
        let gone = try ChildProcess("/bin/true", environment: [])
        _ = gone.wait()
        var lock: File? = try File(sluice.home + "/lock", flags: O_RDWR | O_CREAT | O_CLOEXEC)
        let pid = Array("\(gone.processID)\n".utf8)
        try pid.withUnsafeBytes { try lock?.write($0) }
        #expect(flock(try #require(lock).descriptor, LOCK_EX) == 0)
        let running = try sluice.start(["run", "\(Place.samples)/id"])
        // Longer than one looks at a lock that somebody has.
        usleep(200_000)
        lock = nil
        let result = try running.finish()
        #expect(result.code == 0, "\(result.error)")
    }

    @Test func `what cannot be dropped is told, before anything is`() throws {
        let missing = try sluice("drop", sample("orders"), "none.csv")
        #expect(missing.code == 66)
        #expect(missing.error == "sluice: none.csv: there is no such file\n")
        #expect(try sluice("drop", Place.samples).code == 66)
        #expect(try FileStatus(of: sluice.home) == nil)
        let other = try sluice("drop", "\(Place.samples)/README.md")
        #expect(other.code == 0)
        #expect(other.error.hasPrefix("README.md: no job takes this file\n"))
    }
}
