import AWSClient
import JSON
import System
import Testing

/// What a Map with many children costs a `sluice up`.
struct EngineMemoryTests {
    let sluice: SluiceProcess
    init() throws { sluice = try SluiceProcess() }

    @Test func `ten thousand children of a Map need little memory`() throws {
        let service = try Service(sluice)
        let states = StepFunctions(
            AWSClient(AWSConfiguration(endpointURL: service.endpoint)))
        let items = JSON.array((0..<10_000).map { ["chunk": JSON($0)] })
        try FileSystem.makeDirectory(sluice.home + "/buckets/work")
        try FileSystem.replace(sluice.home + "/buckets/work/items.json", with: items.serialized())
        let definition = """
            {"StartAt": "M", "States": {"M": {"Type": "Map", "End": true,
              "ItemReader": {"Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "JSON"},
                "Parameters": {"Bucket": "work", "Key": "items.json"}},
              "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject",
                "Parameters": {"Bucket": "work", "Prefix": "results"}},
              "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}}}}
            """
        let machine = try states.call(
            "CreateStateMachine",
            [
                "name": "many", "definition": JSON(definition),
                "roleArn": "arn:aws:iam::000000000000:role/r",
            ])
        let before = try peakBytes(service)
        let execution = try states.startExecution(
            stateMachineARN: machine["stateMachineArn"]?.string ?? "", name: "x", input: [:])
        var status = "RUNNING"
        // Each look is a request, which takes its time: no sleep is needed.
        while status == "RUNNING" {
            status = try states.describeExecution(executionARN: execution)["status"]?.string ?? ""
        }
        #expect(status == "SUCCEEDED")
        let grownBytes = try peakBytes(service) - before
        print("\(grownBytes >> 20) MiB for 10,000 children at the peak")
        #expect(grownBytes < 96 << 20)
        #expect(service.end() == .exited(code: 0))
    }

    /// The most memory the service has held.
    private func peakBytes(_ service: Service) throws -> Int {
        // A file of /proc does not tell its size.
        let file = try File(reading: "/proc/\(service.process.processID)/status")
        let bytes = try [UInt8](unsafeUninitializedCapacity: 8192) { buffer, count in
            count = try file.read(at: 0, into: UnsafeMutableRawBufferPointer(buffer))
        }
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first {
            $0.hasPrefix("VmHWM:")
        }
        let words = line?.split { $0 == " " || $0 == "\t" } ?? []
        return try #require(words.count == 3 ? Int(words[1]) : nil) << 10
    }
}
