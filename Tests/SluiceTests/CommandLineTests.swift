import JSON
import System
import Testing

@testable import sluice

struct CommandLineTests {
    let sluiceProcess: SluiceProcess
    init() throws { sluiceProcess = try SluiceProcess() }

    @Test(arguments: [
        (["rnu"], "there is no command rnu; did you mean run?"),
        (["frobnicate"], "there is no command frobnicate"),
        (["--hlep"], "there is no flag --hlep; did you mean --help?"),
        (["run"], "run needs PATH…"),
        (
            ["run", "x", "--chunksize", "1"],
            "run has no flag --chunksize; did you mean --chunk-size?"
        ),
        (["run", "x", "--out"], "--out needs a value: --out FILE"),
        (["run", "x", "--json=1"], "--json takes no value"),
        (["run", "x", "--home", "a", "--home", "b"], "--home is given twice"),
        (["executions", "x"], "executions takes no 'x'"),
        (
            ["executions", "--status", "bad"],
            "--status must be running, succeeded, failed, timed_out or aborted, not 'bad'"
        ),
        (["graph", "x", "--format", "gif"], "--format must be text or json, not 'gif'"),
    ])
    func `a wrong command line is refused with what is near`(words: [String], message: String)
        throws
    {
        let result = try sluiceProcess.start(words).finish()
        #expect(result.code == 64)
        #expect(result.output.isEmpty)
        #expect(result.error == "sluice: \(message)\nsee: sluice --help\n")
    }

    @Test(arguments: [
        (["--chunk-size", "8X"], "--chunk-size must be a number of bytes, such as 8M, not '8X'"),
        (["--workers", "0"], "--workers must be an integer from 1 to 1000, not '0'"),
        (
            ["--drill", "parse-chunks"],
            "--drill: there is no function parse-chunks; did you mean parse-chunk?"
        ),
        (
            ["--drill", "emit/explode"],
            "--drill: 'explode' in 'emit/explode' is not kill, timeout or error"
        ),
        (["--json", "--out", "-"], "--json and --out - both want standard output"),
    ])
    func `a value that makes no sense is refused before anything is done`(
        words: [String], message: String
    ) throws {
        let result = try sluiceProcess.start(["run", "\(Place.samples)/reference"] + words).finish()
        #expect(result.code == 64)
        #expect(result.error == "sluice: \(message)\nsee: sluice --help\n")
        #expect(try FileStatus(of: sluiceProcess.home) == nil)
    }

    @Test(arguments: [
        (["missing.csv"], "missing.csv: there is no such file or directory"),
        (
            ["bad"],
            "bad: the directory has no customers_SET.csv, orders_SET.csv or items_SET.csv"
        ),
        (
            ["README.md"],
            "README.md: the name must be customers_SET.csv, orders_SET.csv or items_SET.csv"
        ),
        (["reference", "id"], "there are two files of customers: "),
    ])
    func `files that are no set are refused by name`(paths: [String], message: String) throws {
        let paths = paths.map { "\(Place.samples)/\($0)" }
        let result = try sluiceProcess.start(["run"] + paths).finish()
        #expect(result.code == 66)
        #expect(result.error.contains(message))
        #expect(try FileStatus(of: sluiceProcess.home) == nil)
    }

    @Test func `files of two sets are refused with their names`() throws {
        let other = sluiceProcess.directory.path + "/orders_other.csv"
        try FileSystem.replace(other, with: "order_id,customer_id,amount\n")
        let result = try sluiceProcess("run", "\(Place.samples)/id", other)
        #expect(result.code == 66)
        #expect(result.error == "sluice: the files belong to different sets: 20240105 and other\n")
    }

    @Test func `what is not there is told`() throws {
        let nothing = try sluiceProcess("graph", "x")
        #expect(nothing.code == 69)
        #expect(nothing.error == "sluice: \(sluiceProcess.home): nothing has been run here yet\n")
        #expect(try sluiceProcess("run", "\(Place.samples)/id").code == 0)
        let name = try #require(
            try sluiceProcess("executions", "--json").json?[0]?["name"]?.string)
        let near = try sluiceProcess("graph", name + "0")
        #expect(near.code == 69)
        #expect(
            near.error == "sluice: there is no execution \(name)0; did you mean \(name)?"
                + "; see: sluice executions\n")
        #expect(try sluiceProcess("messages", "none").code == 69)
        #expect(try sluiceProcess("graph", name).output.hasPrefix("\(name)  SUCCEEDED  "))
    }

    @Test(arguments: SluiceCommand.commands.map(\.name))
    func `every command says what it takes`(name: String) throws {
        let help = try sluiceProcess("help", name)
        #expect(help.code == 0)
        #expect(help.output.hasPrefix("usage: sluice \(name) "))
        #expect(try sluiceProcess(name, "--help").output == help.output)
        let command = try #require(SluiceCommand.commands.first { $0.name == name })
        for flag in command.flags { #expect(help.output.contains("  " + flag.name)) }
        #expect(try sluiceProcess("--help").output.contains("  \(name) "))
    }

    @Test func `without a command the overview goes to standard error`() throws {
        let none = try sluiceProcess.start([]).finish()
        #expect(none.code == 64)
        #expect(none.error == (try sluiceProcess("--help").output))
        #expect(try sluiceProcess("--version").output == "sluice \(SluiceCommand.version)\n")
    }

    @Test func `the generated files are fresh`() throws {
        let check = try sluiceProcess("synth", "--check", "--root", Place.repository)
        #expect(check.error.isEmpty)
        #expect(check.code == 0)
    }

    @Test func `a stale file is named, and written anew`() throws {
        let root = sluiceProcess.directory.path
        let readme = """
            # Title
            <!-- diagram: written by `sluice synth`, do not edit -->
            old
            <!-- /diagram -->
            rest

            """
        try FileSystem.replace(root + "/README.md", with: readme)
        let stale = try sluiceProcess("synth", "--check", "--root", root)
        #expect(stale.code == 1)
        #expect(stale.error.contains("statemachine/customer-messages.asl.json is stale"))
        #expect(try sluiceProcess("synth", "--root", root).code == 0)
        let written = try text(of: root + "/README.md")
        #expect(written.hasPrefix("# Title\n<!-- diagram"))
        #expect(written.contains("```mermaid\nflowchart TD\n"))
        #expect(written.hasSuffix("```\n<!-- /diagram -->\nrest\n"))
        #expect(try sluiceProcess("synth", "--check", "--root", root).code == 0)
    }

    @Test(arguments: [
        (0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (5 << 30, "5.0 GiB"), (3 << 40, "3.0 TiB"),
    ])
    func `bytes are read easily`(count: Int, expected: String) {
        #expect(Quantities.bytes(count) == expected)
    }

    @Test(arguments: [
        (0.0004, "0 ms"), (0.042, "42 ms"), (4.21, "4.2 s"), (59.99, "60.0 s"), (421, "7 min 1 s"),
        (7260, "2 h 1 min"),
    ])
    func `durations are read easily`(seconds: Double, expected: String) {
        #expect(Quantities.duration(seconds) == expected)
    }

    @Test(
        arguments: [
            ("1", 1), ("64K", 65536), ("8m", 8 << 20), ("1G", 1 << 30), ("0", nil), ("", nil),
            ("K", nil), ("-1", nil), ("1.5M", nil), ("9999999999999999999", nil),
            ("99999999999G", nil), ("１", nil),
        ] as [(String, Int?)])
    func `sizes are written with K, M and G`(text: String, expected: Int?) {
        #expect(Quantities.parseBytes(text) == expected)
    }

    @Test func `counts are grouped`() {
        #expect(
            [0, 999, 1000, -1_234_567].map(Quantities.count) == ["0", "999", "1,000", "-1,234,567"])
    }
}
