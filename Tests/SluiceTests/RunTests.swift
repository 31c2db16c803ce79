import Glibc
import JSON
import System
import Testing

/// The whole way: command line, engine, host, the functions' executables, stores.
struct RunTests {
    let sluice: SluiceProcess
    init() throws { sluice = try SluiceProcess() }

    func expected(_ set: String) throws -> [String] {
        try text(of: "\(Place.samples)/expected/\(set).jsonl").split(separator: "\n")
            .map(String.init).sorted()
    }

    @Test(arguments: ["reference", "id", "quoted"], [nil, "64"])
    func `a good set comes to its messages, whatever the chunks`(
        set: String, chunkSize: String?
    ) throws {
        let words = ["run", "\(Place.samples)/\(set)", "--out", "-"]
        let result = try sluice.start(words + (chunkSize.map { ["--chunk-size", $0] } ?? []))
            .finish()
        #expect(result.code == 0, "\(result.error)")
        #expect(try result.lines.sorted() == expected(set))
    }

    @Test func `a bad set fails with the state, the error and what to do`() throws {
        let result = try sluice("run", "\(Place.samples)/bad/missing-column")
        #expect(result.code == 1)
        #expect(result.output.isEmpty)
        let lines = result.error.split(separator: "\n").map(String.init)
        let start = try #require(
            lines.firstIndex { $0.hasSuffix("failed in the state ValidateOrders") })
        #expect(lines[start + 1] == "  Sluice.MissingColumn")
        #expect(lines[start + 2].hasPrefix("  orders_20240105.csv: line 1, byte offset 0, column"))
        #expect(
            lines.suffix(2) == [
                "rerun from the failed step: sluice rerun 20240105-1",
                "or, with a corrected file, run it again: sluice run PATH…",
            ])
        let messages = try sluice("messages").lines
        #expect(messages.count == 1)
        let message = try JSON(parsing: try #require(messages.first))
        #expect(message["type"] == "error_message")
        #expect(message["file_set"] == "20240105")
        #expect(message["error"] == "Sluice.MissingColumn")
        #expect(message["execution"]?.string?.hasSuffix(":customer-messages:20240105-1") == true)
    }

    @Test func `what to do next names the home that was given`() throws {
        let home = sluice.directory.path + "/o'clock home"
        let result = try sluice(
            "run", "\(Place.samples)/reference", "--drill", "emit/error", "--home", home)
        #expect(result.code == 1)
        let hint = try #require(
            result.error.split(separator: "\n").first { $0.hasPrefix("rerun from") })
        let command = "sluice rerun 20240105-1 --home "
        #expect(hint.hasPrefix("rerun from the failed step: \(command)'"))
        // As a shell takes it.
        let words = try #require(hint.split(separator: ": ").last).dropFirst("sluice ".count)
        let rerun = try sluice.start(
            ["-c", "exec '\(sluice.executable)' \(words)"], by: "/bin/sh"
        ).finish()
        #expect(rerun.code == 0, "\(rerun.error)")
    }

    @Test func `a failed step is rerun alone, each failure is one message`() throws {
        let set = "\(Place.samples)/reference"
        let drill = ["--drill", "emit/error"]
        #expect(try sluice.start(["run", set] + drill).finish().code == 1)
        #expect(try sluice.start(["rerun", "20240105-1"] + drill).finish().code == 1)
        #expect(try sluice("messages", "--errors").lines.count == 2)
        let out = sluice.directory.path + "/messages.jsonl"
        let rerun = try sluice("rerun", "20240105-1", "--out", out)
        #expect(rerun.code == 0, "\(rerun.error)")
        #expect(
            try text(of: out).split(separator: "\n").map(String.init).sorted()
                == expected("reference"))
        #expect(try sluice("messages", "--errors").lines.count == 2)
        let report = try sluice("graph", "20240105-1", "--format", "json").json
        #expect(report?["redriveCount"] == 2)
        let attempts = (report?["states"]?.array ?? []).map {
            "\($0["name"]?.string ?? "") \($0["attempts"]?.int ?? 0)"
        }
        #expect(attempts.contains("ParseItems 1"))
        #expect(attempts.contains("AggregateOrders 1"))
        #expect(attempts.contains("EmitMessages 3"))
        let again = try sluice("rerun", "20240105-1")
        #expect(again.code == 1)
        #expect(
            again.error == "sluice: 20240105-1 has succeeded; a new run is started by: "
                + "sluice rerun 20240105-1 --from-start\n")
        let fromStart = try sluice("rerun", "20240105-1", "--from-start", "--json")
        #expect(fromStart.json?["execution"] == "20240105-2")
        #expect(fromStart.json?["summary"]?["messages"] == 8)
    }

    @Test func `files that have been run are not run again, changed ones are`() throws {
        let directory = sluice.directory.path + "/set"
        try FileSystem.makeDirectory(directory)
        for name in try FileSystem.names(in: "\(Place.samples)/reference") {
            try FileSystem.replace(
                "\(directory)/\(name)", with: try text(of: "\(Place.samples)/reference/\(name)"))
        }
        #expect(try sluice("run", directory).code == 0)
        let second = try sluice("run", directory, "--out", "-")
        #expect(second.error.hasPrefix("20240105-1 has run these very files already\n"))
        #expect(try second.lines.sorted() == expected("reference"))
        let customers = directory + "/customers_20240105.csv"
        try FileSystem.replace(customers, with: try text(of: customers) + "New,One,C-9999,active\n")
        let third = try sluice("run", directory, "--json")
        #expect(third.json?["execution"] == "20240105-2")
        #expect(third.json?["summary"]?["messages"] == 9)
        let names = try sluice("executions", "--json").json?.array?.compactMap {
            $0["name"]?.string
        }
        #expect(names == ["20240105-2", "20240105-1"])
    }

    @Test func `a set that stays incomplete fails with what is missing, and is completed later`()
        throws
    {
        let set = "\(Place.samples)/reference"
        let incomplete = try sluice(
            "run", "\(set)/customers_20240105.csv", "\(set)/items_20240105.csv", "--deadline", "1")
        #expect(incomplete.code == 1)
        #expect(incomplete.error.contains("Sluice.IncompleteFileSet"))
        #expect(incomplete.error.contains("orders_20240105.csv; there are"))
        #expect(!incomplete.error.contains("orders: the file is there"))
        let complete = try sluice("run", "\(set)/orders_20240105.csv", "--out", "-")
        #expect(complete.code == 0)
        #expect(try complete.lines.sorted() == expected("reference"))
    }

    @Test(arguments: [SIGKILL, SIGINT, SIGTERM])
    func `what was running when sluice ended goes on with the next`(signal: Int32) throws {
        let running = try sluice.startIncompleteRun()
        let workers = try text(of: sluice.home + "/workers").split(separator: "\n")
            .compactMap { Int32($0.prefix { $0 != " " }) }
        #expect(!workers.isEmpty)
        running.process.send(signal: signal)
        let ended = try running.finish()
        #expect(ended.code == (signal == SIGKILL ? 137 : 130))
        #expect(
            try sluice("executions", "--json").json?.array?.map { $0["status"] } == ["RUNNING"])
        let next = try sluice("run", "\(Place.samples)/reference", "--out", "-")
        #expect(next.code == 0, "\(next.error)")
        #expect(try next.lines.sorted() == expected("reference"))
        #expect(
            try sluice("executions", "--json").json?.array?.map { $0["name"] } == ["20240105-1"])
        for worker in workers { #expect(!isAlive(worker), "\(worker) is left over") }
    }

    @Test func `a file that was corrected during a run is taken by the next, which is waited for`()
        throws
    {
        let customers = sluice.directory.path + "/customers_20240105.csv"
        let set = "\(Place.samples)/reference"
        try FileSystem.replace(
            customers, with: try text(of: set + "/customers_20240105.csv") + "New,One,C-9999,a\n")
        let running = try sluice.startIncompleteRun(of: [customers, set + "/orders_20240105.csv"])
        running.process.send(signal: SIGKILL)
        _ = try running.finish()
        let next = try sluice("run", set, "--json")
        #expect(next.code == 0, "\(next.error)")
        #expect(next.json?["execution"] == "20240105-2")
        #expect(next.json?["summary"]?["messages"] == 8)
        let list = try sluice("executions", "--json").json?.array ?? []
        #expect(list.map { $0["status"] } == ["SUCCEEDED", "SUCCEEDED"])
        #expect(try sluice("messages", "20240105-1").lines.count == 9)
    }

    @Test func `one sluice at a time works in a home, others may look`() throws {
        let running = try sluice.startIncompleteRun()
        let second = try sluice("run", "\(Place.samples)/reference")
        #expect(second.code == 75)
        #expect(
            second.error
                == "sluice: \(sluice.home) is in use by process \(running.process.processID)\n")
        #expect(try sluice("executions").output.contains("20240105-1  RUNNING"))
        running.process.send(signal: SIGTERM)
        #expect(try running.finish().code == 130)
    }
}
