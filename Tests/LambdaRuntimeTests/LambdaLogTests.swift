import JSON
import LambdaRuntime
import LoopbackServer
import System
import Testing

#if canImport(Glibc)
import Glibc
#endif

@Suite struct LambdaLogTests {
    private struct Still: Clock { func now() -> Timestamp { Timestamp(milliseconds: 1234) } }

    /// What `body` logs.
    private func lines(
        _ level: LambdaLog.Level, _ body: (LambdaContext) -> Void
    ) throws -> [String] {
        let directory = TemporaryDirectory()
        let file = try File(directory.path + "/log", flags: O_RDWR | O_CREAT)
        let log = LambdaLog(
            minimumLevel: level, function: "seal", descriptor: file.descriptor, clock: Still())
        body(LambdaContext(requestID: "r1", functionARN: "", log: log, clock: Still()))
        let text = String(decoding: try FileSystem.contents(of: file.path), as: UTF8.self)
        return text.split(separator: "\n").map { String($0) }
    }

    @Test(arguments: [(LambdaLog.Level.debug, 3), (.info, 2), (.warn, 1), (.error, 0)])
    func `lines below the level are left out`(level: LambdaLog.Level, count: Int) throws {
        let lines = try lines(level) {
            $0.log.debug("d")
            $0.log.info("i")
            $0.log.warn("w")
        }
        #expect(lines.count == count)
    }

    @Test func `a line has Lambda's members, then the caller's, one line each`() throws {
        let lines = try lines(.info) {
            $0.log.info("two\nlines", ["set": "S", "level": "forged", "line": 7])
        }
        #expect(
            lines == [
                #"{"timestamp":"1970-01-01T00:00:01.234Z","level":"INFO","message":"two\nlines","#
                    + #""function":"seal","requestId":"r1","set":"S","line":7}"#
            ])
    }

    @Test func `metrics are written whatever the level`() throws {
        let lines = try lines(.fatal) {
            $0.metrics(
                [LambdaMetric("Records", 5), LambdaMetric("Read", 7, .bytes)],
                dimensions: ["job": "table-load"])
        }
        #expect(
            lines == [
                #"{"_aws":{"Timestamp":1234,"CloudWatchMetrics":[{"Namespace":"Sluice","#
                    + #""Dimensions":[["function","job"]],"Metrics":[{"Name":"Records","#
                    + #""Unit":"Count"},{"Name":"Read","Unit":"Bytes"}]}]},"function":"seal","#
                    + #""requestId":"r1","job":"table-load","Records":5,"Read":7}"#
            ])
    }

    @Test(arguments: [("debug", LambdaLog.Level.debug), ("WARN", .warn), ("loud", nil)])
    func `levels have Lambda's names`(name: String, level: LambdaLog.Level?) {
        #expect(LambdaLog.Level(name: name) == level)
    }
}
