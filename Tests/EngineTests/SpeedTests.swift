import JSON
import System
import Testing

@testable import Engine

/// Bounds generous enough for a debug build on a busy machine; the figures are printed.
@Suite(.serialized) struct SpeedTests {
    @Test func `a transition takes less than a millisecond`() throws {
        let rig = try Rig()
        let machine = try rig.machine(
            try JSON(
                parsing: """
                    {"StartAt": "Count", "States": {
                      "Count": {"Type": "Pass", "Next": "More",
                        "Parameters": {"n.$": "States.MathAdd($.n, 1)"}},
                      "More": {"Type": "Choice", "Default": "Done", "Choices": [
                        {"Variable": "$.n", "NumericLessThan": 1000, "Next": "Count"}]},
                      "Done": {"Type": "Succeed"}}}
                    """))
        let start = monotonicNanoseconds()
        let end = try rig.end(of: try rig.start(machine, ["n": 0]))
        let microseconds = (monotonicNanoseconds() - start) / 1000 / 2001
        print("\(microseconds) µs a transition")
        #expect(end["status"] == "SUCCEEDED")
        #expect(microseconds < 1000)
    }

    @Test func `a child execution takes less than two milliseconds`() throws {
        let count = 2_000
        let rig = try Rig()
        rig.invoker.on("f") { _ in .success(["ok": true]) }
        let manifest = JSON.array((0..<count).map { ["chunk": JSON($0)] })
        try rig.objects.putObject(
            bucket: "b", key: "k", bytes: Array(manifest.serialized().utf8))
        let machine = try rig.machine(
            try JSON(
                parsing: """
                    {"StartAt": "M", "States": {"M": {"Type": "Map", "End": true,
                      "ItemReader": {"Resource": "arn:aws:states:::s3:getObject",
                        "ReaderConfig": {"InputType": "JSON"},
                        "Parameters": {"Bucket": "b", "Key": "k"}},
                      "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject",
                        "Parameters": {"Bucket": "b", "Prefix": "out"}},
                      "ItemProcessor": {
                        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                        "StartAt": "T", "States": {"T": {"Type": "Task", "End": true,
                          "Resource": "arn:aws:states:::lambda:invoke",
                          "Parameters": {"FunctionName": "f", "Payload.$": "$"}}}}}}}
                    """))
        let start = monotonicNanoseconds()
        let end = try rig.end(of: try rig.start(machine))
        let microseconds = (monotonicNanoseconds() - start) / 1000 / count
        print("\(microseconds) µs a child execution")
        #expect(end["status"] == "SUCCEEDED", "\(end)")
        #expect(microseconds < 2000)
        #expect(rig.invoker.log.withLock { $0.count } == count)
    }
}
