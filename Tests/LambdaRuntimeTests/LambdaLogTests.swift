import JSON
import LoopbackServer
import System
import Testing

@testable import LambdaRuntime

#if canImport(Glibc)
import Glibc
#endif

@Suite struct LambdaLogTests {
    private struct Still: Clock { func now() -> Timestamp { Timestamp(milliseconds: 1234) } }

    /// What `body` logs.
    private func lines(
        _ level: LambdaLog.Level, _ fields: JSONObject = [:], writesMetrics: Bool = true,
        _ body: (LambdaContext) -> Void
    ) throws -> [String] {
        let directory = TemporaryDirectory()
        let file = try File(directory.path + "/log", flags: O_RDWR | O_CREAT)
        let log = LambdaLog(
            minimumLevel: level, function: "seal", writesMetrics: writesMetrics,
            descriptor: file.descriptor, clock: Still())
        body(
            LambdaContext(
                requestID: "r1", functionARN: "", log: log, fields: fields, clock: Still()))
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

    @Test func `what an invocation is about stands in each of its lines`() throws {
        let lines = try lines(.info, ["fileSet": "S", "execution": "S-1"]) {
            $0.log.info("i", ["fileSet": "forged", "n": 1])
        }
        #expect(
            lines == [
                #"{"timestamp":"1970-01-01T00:00:01.234Z","level":"INFO","message":"i","#
                    + #""function":"seal","requestId":"r1","fileSet":"S","execution":"S-1","n":1}"#
            ])
    }

    /// The members that the specification asks for, each of its type; and a level that Lambda lets pass.
    @Test func `metrics are one line in the embedded metric format, whatever the level`() throws {
        let lines = try lines(.fatal, ["fileSet": "S"]) {
            $0.record([.records(5), .bytes(7)])
            $0.record([.records(2)])
            $0.writeMetrics()
        }
        #expect(
            lines == [
                #"{"_aws":{"Timestamp":1234,"CloudWatchMetrics":[{"Namespace":"Sluice","#
                    + #""Dimensions":[["function"]],"Metrics":[{"Name":"records","#
                    + #""Unit":"Count"},{"Name":"bytes","Unit":"Bytes"}]}]},"#
                    + #""timestamp":"1970-01-01T00:00:01.234Z","level":"FATAL","function":"seal","#
                    + #""requestId":"r1","fileSet":"S","records":7,"bytes":7}"#
            ])
    }

    @Test func `metrics can be switched off, and none are no line`() throws {
        let without = try lines(.info, writesMetrics: false) {
            $0.record([.records(5)])
            $0.writeMetrics()
        }
        #expect(without.isEmpty)
        #expect(try lines(.info) { $0.writeMetrics() }.isEmpty)
    }

    @Test(arguments: [("debug", LambdaLog.Level.debug), ("WARN", .warn), ("loud", nil)])
    func `levels have Lambda's names`(name: String, level: LambdaLog.Level?) {
        #expect(LambdaLog.Level(name: name) == level)
    }
}
