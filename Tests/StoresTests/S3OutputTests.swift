import AWSClient
import HTTP
import LoopbackServer
import PythonEnvironment
import System
import Testing

@testable import Stores

extension Emulated {
    /// Outputs in moto, in parts of 5 MiB, the least that S3 takes.
    @Suite struct S3OutputTests {
        let emulator: FaultyEmulator?
        init() throws { emulator = try FaultyEmulator.get() }

        static let least = S3.minimumPartBytes

        private func makeBucket(_ name: String, _ emulator: FaultyEmulator) throws {
            let answer = try HTTPClient().perform(
                HTTPRequest(
                    "PUT", "\(emulator.moto.origin)/\(name)",
                    body: Array(
                        "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>"
                            .utf8)))
            #expect(answer.isSuccess, "\(answer.text)")
        }

        private func plan(
            _ bucket: String, _ start: Int = 5, _ sizes: [Int] = [least, least + 1, 7]
        ) -> OutputObject {
            OutputObject(
                bucket: bucket, key: "d/ä b.csv", version: Outputs.version(start),
                partSizes: sizes)
        }

        private func check(
            _ bucket: String, _ output: OutputObject, _ emulator: FaultyEmulator
        ) throws {
            let s3 = S3(emulator.directClient())
            let object = try #require(try s3.headObject(bucket: bucket, key: output.key))
            #expect(object.metadata == ["sluice-version": output.version])
            let content = try S3ObjectStore(emulator.directClient()).getObject(
                bucket: bucket, key: output.key)
            #expect(content == Outputs.content(output))
            #expect(try s3.listMultipartUploads(bucket: bucket, prefix: "").isEmpty)
        }

        @Test func `an output is written through faults, each task being retried`() throws {
            guard let emulator else { return }
            try makeBucket("outputs", emulator)
            let dice = Dice()
            // A request that is lost before it arrives, or whose answer is.
            let faults: [Fault] = [.resetBefore, .resetAfter, .unavailable, .duplicated]
            let store = S3ObjectStore(emulator.client())
            try emulator.during({ request in
                // Begun twice, an upload would be left to the bucket's lifecycle rule.
                request.target.contains("uploads=") ? nil : dice.fault(30, of: faults)
            }) {
                var output = try store.beginOutput(plan("outputs"), resuming: nil)
                var parts: [OutputPart] = []
                for number in [3, 1, 2, 1] {
                    #expect(
                        try store.headObject(bucket: "outputs", key: output.key) == nil)
                    parts.append(try store.writePart(number, of: output))
                }
                let known = output
                output = try store.beginOutput(plan("outputs"), resuming: known)
                #expect(output == known && output.uploadID != nil)
                let last = [parts[0], parts[2], parts[3]]
                #expect(
                    try store.completeOutput(output, parts: last) == .written, "seed \(dice.seed)")
                // By a rerun: what is there stays.
                let again = try store.writePart(2, of: output)
                #expect(
                    try store.completeOutput(output, parts: last.prefix(2) + [again]) == .written)
            }
            try check("outputs", plan("outputs"), emulator)
        }

        @Test func `a small output is one request, and one of a newer run stays`() throws {
            guard let emulator else { return }
            try makeBucket("small-outputs", emulator)
            let dice = Dice()
            let faults: [Fault] = [.resetBefore, .resetAfter, .unavailable, .duplicated]
            let store = S3ObjectStore(emulator.client())
            func plan(_ start: Int, _ sizes: [Int]) -> OutputObject {
                self.plan("small-outputs", start, sizes)
            }
            let before = emulator.requests.count
            #expect(try store.output(plan(3, [100])) == .written)
            #expect(emulator.requests[before...].count { $0.method == "PUT" } == 1)
            try emulator.during({ _ in dice.fault(40, of: faults) }) { () throws in
                #expect(try store.output(plan(5, [200])) == .written, "seed \(dice.seed)")
                #expect(try store.output(plan(4, [300])) == .superseded, "seed \(dice.seed)")
                #expect(try store.output(plan(5, [200])) == .written, "seed \(dice.seed)")
            }
            try check("small-outputs", plan(5, [200]), emulator)
            let late = try store.output(plan(4, [Self.least, 1]))
            #expect(late == .superseded)
            try check("small-outputs", plan(5, [200]), emulator)
            #expect(try store.output(plan(6, [0])) == .written)
            #expect(try store.output(plan(7, [Self.least, 1])) == .written)
            try check("small-outputs", plan(7, [Self.least, 1]), emulator)
            // An object that another program put has no version.
            try store.put("small-outputs", "d/ä b.csv", "mine")
            #expect(try store.output(plan(2, [9])) == .written)
            try check("small-outputs", plan(2, [9]), emulator)
        }

        @Test func `another run that comes first is noticed`() throws {
            guard let emulator else { return }
            try makeBucket("races", emulator)
            for (other, outcome) in [(9, OutputOutcome.superseded), (1, .written)] {
                let direct = S3ObjectStore(emulator.directClient())
                let store = S3ObjectStore(emulator.client())
                let rival = plan("races", other, [50])
                let mine = plan("races", 5, [60])
                try direct.deleteObject(bucket: "races", key: mine.key)
                let isDone = Monitor(false)
                let writer = try store.outputWriter(mine, part: 1)
                try Outputs.content(mine).withUnsafeBytes { try writer.append($0) }
                // Between the look at what is there and the write.
                try emulator.during({ request in
                    let isFirst = isDone.withLock { isDone in
                        defer { isDone = isDone || request.method == "PUT" }
                        return !isDone && request.method == "PUT"
                    }
                    if isFirst { _ = try? direct.output(rival) }
                    return nil
                }) {
                    let part = try writer.finish()
                    #expect(try store.completeOutput(mine, parts: [part]) == outcome)
                }
                try check("races", outcome == .written ? mine : rival, emulator)
            }
        }

        @Test func `a lost upload is told, and begun anew`() throws {
            guard let emulator else { return }
            try makeBucket("lost", emulator)
            let store = S3ObjectStore(emulator.client())
            let plan = plan("lost", 5, [Self.least, 3])
            let output = try store.beginOutput(plan, resuming: nil)
            let parts = try store.writeAll(of: output)
            // As the bucket's lifecycle rule does.
            try store.abortOutput(output)
            try store.abortOutput(output)
            let failure = #expect(throws: StoreError.self) { try store.writePart(1, of: output) }
            #expect(failure?.code == .outputLost)
            #expect(try store.completeOutput(output, parts: parts) == .lost)
            let anew = try store.beginOutput(plan, resuming: output)
            #expect(anew.uploadID != output.uploadID)
            #expect(
                try store.completeOutput(anew, parts: try store.writeAll(of: anew)) == .written)
            try check("lost", plan, emulator)
        }
    }
}

@Suite struct S3OutputRequestTests {
    private let version = Outputs.version(5)

    private func store(_ server: LoopbackServer) -> S3ObjectStore {
        S3ObjectStore(
            AWSClient(
                AWSConfiguration(endpointURL: server.origin),
                retries: RetryPolicy(pause: { _ in }, random: { 0 })))
    }

    @Test func `an upload is completed on the condition of what was seen`() throws {
        let older = Outputs.version(4)
        let count = Monitor(0)
        let server = LoopbackServer { request in
            switch request.method {
            case "HEAD":
                let number = count.withLock { $0 }
                return .response(
                    200, ["ETag": "\"e\(number)\"", "x-amz-meta-sluice-version": older])
            default:
                let number = count.withLock { count in
                    count += 1
                    return count
                }
                // A newer object, then a conflict with a write under way.
                if number < 3 {
                    return .text(
                        number == 1 ? 412 : 409,
                        number == 1
                            ? "<Error><Code>PreconditionFailed</Code></Error>"
                            : "<Error><Code>ConditionalRequestConflict</Code></Error>")
                }
                return .text(
                    200,
                    "<CompleteMultipartUploadResult><ETag>&quot;w-2&quot;</ETag></CompleteMultipartUploadResult>"
                )
            }
        }
        var output = OutputObject(
            bucket: "out", key: "k", version: version, partSizes: [5 << 20, 1])
        output.uploadID = "u"
        let parts = [OutputPart(number: 2, eTag: "p2"), OutputPart(number: 1, eTag: "p1")]
        #expect(try store(server).completeOutput(output, parts: parts) == .written)
        let posts = server.requests.filter { $0.method == "POST" }
        #expect(posts.map { $0.headers["If-Match"] } == ["\"e0\"", "\"e1\"", "\"e2\""])
        #expect(posts.last?.text.contains("<PartNumber>1</PartNumber><ETag>&quot;p1") == true)
    }

    @Test(arguments: [
        [5 << 20, 1, 1], [1, 5 << 20], [(5 << 30) + 1], Array(repeating: 5 << 20, count: 10_001),
    ])
    func `plans that S3 would refuse are refused`(sizes: [Int]) {
        let failure = #expect(throws: StoreError.self) {
            try S3ObjectStore().beginOutput(
                OutputObject(bucket: "out", key: "k", version: version, partSizes: sizes),
                resuming: nil)
        }
        #expect(failure?.code == .invalidPlan)
    }
}
