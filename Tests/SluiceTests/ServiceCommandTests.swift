import Glibc
import HTTP
import JSON
import System
import Testing

/// The commands beside a `sluice up` that works in the home: it does the work, they ask and follow.
struct ServiceCommandTests {
    let sluice: SluiceProcess
    init() throws { sluice = try SluiceProcess() }

    let reference = "\(Place.samples)/reference"

    func expected(_ set: String) throws -> [String] {
        try text(of: "\(Place.samples)/expected/\(set).jsonl").split(separator: "\n")
            .map(String.init).sorted()
    }

    @Test func `run hands its files to the service, and ends as it would alone`() throws {
        let service = try Service(sluice)
        let result = try sluice("run", reference, "--out", "-")
        #expect(result.code == 0, "\(result.error)")
        #expect(try result.lines.sorted() == expected("reference"))
        #expect(result.error.contains("8 messages from 8 customers, 9 orders, 16 items\n"))
        let again = try sluice("run", reference, "--json")
        #expect(again.error.hasPrefix("20240105-1 has run these very files already\n"))
        #expect(again.json?["summary"]?["messages"] == 8)
        let bad = try sluice("run", "\(Place.samples)/bad/missing-column")
        #expect(bad.code == 1)
        #expect(bad.error.contains("20240105-2 failed in the state ValidateOrders\n"))
        // A file that is told of once starts one run, also when that fails at once.
        #expect(try sluice("executions", "--json").json?.array?.count == 2)
        let refused = try sluice("run", reference, "--workers", "2")
        #expect(refused.code == 64)
        #expect(
            refused.error.hasPrefix(
                "sluice: --workers is for whoever runs the steps, the sluice up that works in "))
        #expect(service.end() == .exited(code: 0))
    }

    @Test func `rerun has the service go on, after a look at what that means`() throws {
        let service = try Service(
            sluice, "--drill", "parse-chunk:items:2/error/1", "--chunk-size", "100")
        #expect(try sluice("run", reference).code == 1)
        let dry = try sluice("rerun", "20240105-1", "--dry-run")
        #expect(dry.code == 0, "\(dry.error)")
        let lines = dry.lines.map { $0.split(separator: " ").joined(separator: " ") }
        #expect(lines.first == "20240105-1 would be redriven:")
        #expect(lines.contains("ReceiveFileSet goes on with what failed or was aborted"))
        #expect(lines.contains("AwaitItems is kept"))
        let map = try #require(lines.first { $0.hasPrefix("ParseItems ") })
        #expect(map.hasPrefix("ParseItems goes on: of its children "))
        #expect(map.hasSuffix("; a child goes on from its failed state"))
        let json = try #require(try sluice("rerun", "20240105-1", "--dry-run", "--json").json)
        #expect(json["isRedrivable"] == true)
        let states = json["states"]?.array ?? []
        let parse = try #require(states.first { $0["name"] == "ParseItems" })
        let counts = ["again", "pending", "kept"].compactMap { parse["children"]?[$0]?.int }
        #expect(counts.reduce(0, +) == 5)
        #expect(parse["children"]?["names"]?.array?.count == parse["children"]?["again"]?.int)
        // It has changed nothing.
        #expect(try sluice("executions", "--json").json?[0]?["redriveCount"] == 0)

        let rerun = try sluice("rerun", "20240105-1", "--out", "-")
        #expect(rerun.code == 0, "\(rerun.error)")
        #expect(try rerun.lines.sorted() == expected("reference"))
        let graph = try sluice("graph", "20240105-1", "--format", "json").json
        #expect(graph?["redriveCount"] == 1)
        let late = try sluice("rerun", "20240105-1")
        #expect(late.code == 1)
        #expect(late.error.contains("20240105-1 has succeeded; a new run is started by: "))
        let none = try sluice("rerun", "20240105-1", "--dry-run")
        #expect(none.code == 1)
        #expect(none.output.hasPrefix("20240105-1 cannot be redriven: "))
        let fromStart = try sluice("rerun", "20240105-1", "--from-start", "--json")
        #expect(fromStart.json?["execution"] == "20240105-2", "\(fromStart.error)")
        let both = try sluice("rerun", "20240105-1", "--from-start", "--dry-run")
        #expect(both.code == 64)
        #expect(service.end() == .exited(code: 0))
    }

    @Test func `a graph is followed to the end, a line for each change`() throws {
        let service = try Service(sluice)
        _ = try sluice("drop", "\(reference)/customers_20240105.csv")
        try service.waitFor(["20240105-1": "RUNNING"])
        let following = try sluice.start(["graph", "20240105-1", "--follow"])
        _ = try sluice(
            "drop", "\(reference)/orders_20240105.csv", "\(reference)/items_20240105.csv")
        let result = try following.finish()
        #expect(result.code == 0, "\(result.error)")
        #expect(result.lines.last == "20240105-1  SUCCEEDED")
        for line in ["    SealItems  SUCCEEDED", "Summarise  SUCCEEDED"] {
            #expect(result.lines.contains { $0.hasSuffix(line.drop { $0 == " " }) }, "\(line)")
        }
        // Nothing is told twice.
        #expect(Set(result.lines).count == result.lines.count)
        #expect(try sluice("run", "\(Place.samples)/bad/missing-column").code == 1)
        let failed = try sluice("graph", "20240105-2", "--follow")
        #expect(failed.code == 1)
        #expect(failed.lines.last?.hasPrefix("20240105-2  FAILED  Sluice.") == true)
        #expect(service.end() == .exited(code: 0))
        #expect(try sluice("graph", "20240105-1", "--follow", "--format", "json").code == 64)
    }

    @Test func `an execution on which nobody works is not followed for ever`() throws {
        let running = try sluice.startIncompleteRun()
        running.process.send(signal: SIGKILL)
        _ = try running.finish()
        let result = try sluice("graph", "20240105-1", "--follow")
        #expect(result.code == 69)
        #expect(result.lines.first == "20240105-1  RUNNING")
        #expect(
            result.error == "sluice: nobody works in \(sluice.home): 20240105-1 goes on when "
                + "sluice up or sluice run does\n")
    }

    @Test func `executions are told apart by set, status and job`() throws {
        let service = try Service(sluice)
        for set in ["7", "7-1", "8"] {
            for kind in ["customers", "orders", "items"] {
                let bytes = try text(of: "\(reference)/\(kind)_20240105.csv")
                try FileSystem.makeDirectory(service.sluice.home + "/buckets/drop")
                let path = sluice.directory.path + "/\(kind)_\(set).csv"
                try FileSystem.replace(path, with: bytes)
                #expect(try sluice("drop", path).code == 0)
            }
        }
        try service.waitFor(["7-1": "SUCCEEDED", "7-1-1": "SUCCEEDED", "8-1": "SUCCEEDED"])
        func names(_ words: String...) throws -> [String] {
            try sluice.start(["executions", "--json"] + words).finish().json?.array?
                .compactMap { $0["name"]?.string } ?? ["?"]
        }
        #expect(try names("--set", "7") == ["7-1"])
        #expect(try names("--set", "7-1") == ["7-1-1"])
        #expect(try names("--set", "7", "--limit", "1") == ["7-1"])
        #expect(try names("--status", "failed") == [])
        #expect(try names("--limit", "2").count == 2)
        #expect(try names("--job", "customer-messages").count == 3)
        #expect(try sluice("executions", "--job", "other").code == 64)
        #expect(service.end() == .exited(code: 0))
    }

    @Test func `no more children of a Map are begun than the workers can soon take`() throws {
        let service = try Service(sluice, "--workers", "1", "--chunk-size", "32")
        #expect(try sluice("run", reference).code == 0)
        func ask(_ action: String, _ request: JSON) throws -> JSON {
            let answer = try HTTPClient().perform(
                HTTPRequest(
                    "POST", service.endpoint + "/",
                    headers: ["X-Amz-Target": "AWSStepFunctions.\(action)"],
                    body: Array(request.serialized().utf8)))
            return try JSON(parsing: answer.body)
        }
        let arn = try #require(try sluice("executions", "--json").json?[0]?["executionArn"])
        let runs = try ask("ListMapRuns", ["executionArn": arn])["mapRuns"]?.array ?? []
        var most = 0
        for run in runs {
            let children =
                try ask("ListExecutions", ["mapRunArn": run["mapRunArn"] ?? .null])["executions"]?
                .array ?? []
            let times = children.compactMap { child -> (start: Double, stop: Double)? in
                guard let start = child["startDate"]?.double, let stop = child["stopDate"]?.double
                else { return nil }
                return (start, stop)
            }
            for child in times {
                let atOnce = times.count { $0.start <= child.start && child.start < $0.stop }
                most = max(most, atOnce)
                #expect(atOnce <= 2, "\(run["mapRunArn"]?.string ?? "")")
            }
        }
        // Some Map had many more.
        #expect(runs.contains { ($0["mapRunArn"]?.string ?? "").contains("/ParseItems:") })
        #expect(most == 2)
        #expect(service.end() == .exited(code: 0))
    }

    @Test func `messages are followed as they come, until a signal`() throws {
        let service = try Service(sluice)
        let following = try sluice.start(["messages", "--follow"])
        #expect(try sluice("run", reference).code == 0)
        let output = following.name + ".out"
        // Each look is a process of its own, which takes its time: no sleep is needed.
        for _ in 0..<500 where try text(of: output).split(separator: "\n").count < 8 {
            _ = try sluice("executions")
        }
        following.process.send(signal: SIGTERM)
        let result = try following.finish()
        #expect(result.code == 0)
        #expect(try result.lines.sorted() == expected("reference"))
        #expect(service.end() == .exited(code: 0))
    }
}
