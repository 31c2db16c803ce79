import JSON
import System
import Testing

/// What the functions' executables write while they work, found in the home's logs.
struct LogTests {
    let sluice: SluiceProcess
    init() throws { sluice = try SluiceProcess() }

    private func lines() throws -> [String] {
        let logs = sluice.home + "/logs/20240105-1"
        return try FileSystem.names(in: logs).flatMap {
            try text(of: "\(logs)/\($0)").split(separator: "\n").map(String.init)
        }
    }

    @Test func `every line is JSON and names the execution, and none shows what is in a file`()
        throws
    {
        let set = "\(Place.samples)/bad/not-a-number"
        #expect(try sluice("run", set).code == 1)
        let lines = try lines()
        let parsed = try lines.map { try JSON(parsing: $0) }
        #expect(parsed.contains { $0["level"] == "INFO" && $0["message"] == "parsed" })
        for line in parsed {
            let names = ["timestamp", "level", "message", "function", "requestId"]
            #expect(names.allSatisfy { line[$0]?.string?.isEmpty == false }, "\(line)")
            #expect(line["fileSet"] == "20240105")
            #expect(line["execution"] == "20240105-1")
        }
        let error = try #require(parsed.first { $0["level"] == "ERROR" })
        #expect(error["errorType"] == "Sluice.NotANumber")
        #expect(error["details"]?["line"]?.int != nil)

        // The values of all fields of the files, and the run's secret.
        let work = sluice.home + "/buckets/work/customer-messages/20240105-1"
        let manifest = try JSON(parsing: try text(of: work + "/manifests/items.json"))
        var forbidden = [try #require(manifest.array?.first?["secret"]?.string)]
        for name in try FileSystem.names(in: set) where name.hasSuffix(".csv") {
            for record in try text(of: "\(set)/\(name)").split(whereSeparator: \.isNewline)
                .dropFirst()
            {
                forbidden += record.split(separator: ",").map(String.init).filter { $0.count >= 5 }
            }
        }
        #expect(forbidden.count > 5)
        for value in forbidden {
            #expect(!lines.contains { $0.contains(value) }, "\(value)")
        }
    }
}
