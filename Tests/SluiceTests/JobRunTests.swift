import JSON
import Pipeline
import System
import Testing

/// The jobs of one file, as a user runs them.
struct JobRunTests {
    static let good = "\(Place.samples)/sample-good.csv"
    let sluice: SluiceProcess
    let readings: String

    init() throws {
        sluice = try SluiceProcess()
        readings = sluice.directory.path + "/readings.csv"
        try FileSystem.replace(
            readings, with: "reading,site\n4.7,a\n4.71,b\n9,\"c\nd\"\nx,e\n1e1,f\r\n")
    }

    // MARK: table-load

    @Test func `a load fills the table, which is printed whole, by key and as CSV`() throws {
        let out = sluice.directory.path + "/loaded.db"
        let run = try sluice("run", Self.good, "--job", "table-load", "--out", out, "--json")
        #expect(run.code == 0, "\(run.error)")
        #expect(run.json?["summary"]?["items"] == 5)
        #expect(run.json?["summary"]?["repeated"] == 1)
        let items = try MeantReadings.items(of: "table-load", in: sluice)
        #expect(items.keys.sorted() == ["005", "5001", "5002", "5003", "5004"])
        #expect(items["5003"]?["notes"] == "moved\nforward address on file")
        let one = try sluice("table", "table-load", "5002")
        #expect(
            one.output
                == #"{"customer_id":"5002","name":"Kowalski, Jan","city":"Gdańsk","joined":"2019-11-02","#
                + #""balance":"12.00","notes":"moved"}"# + "\n")
        let csv = try sluice("table", "table-load", "--csv").output
        #expect(
            csv.unicodeScalars.starts(
                with: "customer_id,name,city,joined,balance,notes\r\n".unicodeScalars))
        #expect(csv.contains("5003,Priya Nair,Kochi,2022-07-30,-15.25,\"moved\nforward"))
        let missing = try sluice("table", "table-load", "nobody")
        #expect(missing.code == 1 && missing.output.isEmpty)
        let file = Array(try FileSystem.contents(of: out).prefix(15))
        #expect(file == Array("SQLite format 3".utf8))
    }

    @Test func `a file without a key column fails in ValidateFile with what is there`() throws {
        let run = try sluice("run", "\(Place.samples)/sample-bad.csv", "--job", "table-load")
        #expect(run.code == 1 && run.output.isEmpty)
        let lines = run.error.split(separator: "\n").map(String.init)
        let start = try #require(
            lines.firstIndex { $0.hasSuffix("failed in the state ValidateFile") })
        #expect(lines[start + 1] == "  Sluice.MissingColumn")
        #expect(lines[start + 2].contains(#""client", "name", "city", "joined", "balance""#))
        let message = try JSON(
            parsing: try #require(try sluice("messages", "--errors").lines.first))
        #expect(message["error"] == "Sluice.MissingColumn")
        #expect(message["file_set"] == "table-load/sample-bad.csv")
    }

    @Test func `a file in a job's folder needs no --job, and is listed and drawn under the job`()
        throws
    {
        let folder = sluice.directory.path + "/table-load"
        try FileSystem.makeDirectory(folder)
        try FileSystem.replace(folder + "/x.csv", with: try text(of: Self.good))
        let load = try sluice("run", folder + "/x.csv", "--json")
        #expect(load.code == 0, "\(load.error)")
        let name = try #require(load.json?["execution"]?.string)
        #expect(name.hasPrefix("table-load_x_csv-"))
        #expect(try sluice("run", readings, "--job", "threshold-filter").code == 0)
        let list = try sluice("executions", "--job", "table-load", "--json").json?.array
        #expect(list?.map { $0["name"]?.string } == [name])
        #expect(try sluice("executions", "--json").json?.array?.count == 2)
        let graph = try sluice("graph", name)
        #expect(graph.code == 0 && graph.output.contains("LoadTable"), "\(graph.output)")
    }

    // MARK: threshold-filter

    @Test(
        arguments: [
            ([], "reading,site\n4.71,b\n9,\"c\nd\"\n1e1,f\r\n"),
            (["--threshold", "9"], "reading,site\n1e1,f\r\n"),
            (["--operator", "le"], "reading,site\n4.7,a\n"),
            (
                ["--operator", "ne", "--threshold", "10.0"],
                "reading,site\n4.7,a\n4.71,b\n9,\"c\nd\"\n"
            ),
            (["--column", "site"], "reading,site\n"),
        ] as [([String], String)])
    func `a filter's result goes to standard output or a file, byte for byte`(
        flags: [String], expected: String
    ) throws {
        let words = ["run", readings, "--job", "threshold-filter"] + flags
        let run = try sluice.start(words + ["--out", "-"]).finish()
        #expect(run.code == 0, "\(run.error)")
        #expect(Array(run.output.utf8) == Array(expected.utf8))
        // The same files once more: what was made of them.
        let out = sluice.directory.path + "/out.csv"
        #expect(try sluice.start(words + ["--out", out]).finish().code == 0)
        #expect(try FileSystem.contents(of: out) == Array(expected.utf8))
    }

    @Test func `a chunk that fails is rerun alone, and the others are kept`() throws {
        let run = try sluice(
            "run", readings, "--job", "threshold-filter", "--chunk-size", "16", "--json",
            "--drill", "parse-chunk:file:1")
        #expect(run.code == 1)
        #expect(run.json?["failedStates"]?.array?.map { $0["name"]?.string } == ["ParseFile"])
        let name = try #require(run.json?["execution"]?.string)
        let plan = try sluice("rerun", name, "--dry-run").output
        #expect(plan.contains("ValidateFile  is kept"), "\(plan)")
        #expect(plan.contains("of its children 1 run again, 1 are kept"), "\(plan)")
        let rerun = try sluice("rerun", name, "--out", "-")
        #expect(rerun.code == 0, "\(rerun.error)")
        #expect(
            Array(rerun.output.utf8)
                == Array("reading,site\n4.71,b\n9,\"c\nd\"\n1e1,f\r\n".utf8))
    }

    // MARK: Which job

    @Test func `an unknown job is refused with those there are, a file of none with the flag`()
        throws
    {
        let unknown = try sluice("run", readings, "--job", "nope")
        #expect(unknown.code == 64)
        for job in Jobs.all { #expect(unknown.error.contains(job.name)) }
        let unrouted = try sluice("run", readings)
        #expect(unrouted.code == 66)
        #expect(unrouted.error.contains("needs --job table-load or --job threshold-filter"))
    }

    @Test func `dropped files go to the job that was named, those of none are told`() throws {
        let service = try Service(sluice)
        #expect(try sluice("drop", readings).code == 0)
        let drop = try sluice("drop", "--job", "table-load", Self.good)
        #expect(drop.output == "table-load/sample-good.csv is dropped\n", "\(drop.error)")
        try service.waitFor([
            ExecutionName(fileSet: "table-load/sample-good.csv", run: 1).description: "SUCCEEDED"
        ])
        #expect(service.end() == .exited(code: 0))
        #expect(try MeantReadings.items(of: "table-load", in: sluice).count == 5)
        let messages = try sluice("messages", "--errors").lines.map { try JSON(parsing: $0) }
        #expect(messages.map { $0["error"] } == ["Sluice.UnroutedFile"])
        #expect(messages.first?["file_set"] == "readings.csv")
    }

    // MARK: Order and repetition

    @Test(arguments: ["merge", "replace"])
    func `two files for one key end as the later run says, also when the older is redriven`(
        mode: String
    ) throws {
        let old = sluice.directory.path + "/old.csv"
        let new = sluice.directory.path + "/new.csv"
        try FileSystem.replace(old, with: "customer_id,name,mail\n1,Old,old@x\n2,Two,two@x\n")
        try FileSystem.replace(new, with: "customer_id,name,phone\n1,New,555\n")
        let words = ["--job", "table-load", "--mode", mode, "--json"]
        let first = try sluice.start(["run", old] + words + ["--drill", "emit/error"]).finish()
        #expect(first.code == 1)
        let name = try #require(first.json?["execution"]?.string)
        #expect(try sluice.start(["run", new] + words).finish().code == 0)
        // What it was told is in its manifest.
        let redriven = try sluice("rerun", name, "--json")
        #expect(redriven.code == 0, "\(redriven.error)")
        var one = ["customer_id": "1", "name": "New", "phone": "555"]
        if mode == "merge" { one["mail"] = "old@x" }
        #expect(
            try MeantReadings.items(of: "table-load", in: sluice)
                == ["1": one, "2": ["customer_id": "2", "name": "Two", "mail": "two@x"]])
    }

    @Test func `two files for one table and key dropped together end as one after the other`()
        throws
    {
        let service = try Service(sluice)
        let names = ["a", "b"].map { "\(sluice.directory.path)/\($0).csv" }
        for (path, column) in zip(names, ["mail", "phone"]) {
            try FileSystem.replace(path, with: "customer_id,name,\(column)\n1,\(path),\(column)\n")
        }
        #expect(try sluice("drop", "--job", "table-load", names[0], names[1]).code == 0)
        let executions = ["a", "b"].map {
            ExecutionName(fileSet: "table-load/\($0).csv", run: 1).description
        }
        try service.waitFor(
            Dictionary(uniqueKeysWithValues: executions.map { ($0, "SUCCEEDED") }))
        #expect(service.end() == .exited(code: 0))
        // Newest first.
        let list = try sluice("executions", "--json").json?.array ?? []
        let newest = list.first?["name"]?.string == executions[0] ? names[0] : names[1]
        let starts = Set(list.compactMap { $0["startDate"]?.number?.text })
        let item = try #require(try MeantReadings.items(of: "table-load", in: sluice)["1"])
        #expect(item["mail"] == "mail" && item["phone"] == "phone")
        if starts.count == 2 {
            #expect(item["name"] == newest)
        } else {
            #expect(names.contains(item["name"] ?? ""))
        }
    }
}
