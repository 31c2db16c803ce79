import AWSClient
import HTTP
import JSON
import LoopbackServer
import PythonEnvironment
import System
import Testing

@testable import Stores

extension Emulated {
    /// The stores on AWS against an emulator that others wrote, through a proxy that does harm. The seed of
    /// what is random stands in every message.
    @Suite struct FaultTests {
        let emulator: FaultyEmulator?
        init() throws { emulator = try FaultyEmulator.get() }

        private static let everywhere: [Fault] = [
            .resetBefore, .resetAfter, .unavailable, .truncated, .halved, .duplicated,
        ]

        private func makeBucket(_ name: String, _ emulator: FaultyEmulator) throws {
            let answer = try HTTPClient().perform(
                HTTPRequest(
                    "PUT", "\(emulator.moto.origin)/\(name)",
                    body: Array(
                        "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>"
                            .utf8)))
            #expect(answer.isSuccess, "\(answer.text)")
        }

        private func bytes(_ count: Int) -> [UInt8] {
            var state: UInt32 = 1
            return (0..<count).map { _ in
                state = state &* 1_664_525 &+ 1_013_904_223
                return UInt8(state >> 24)
            }
        }

        @Test func `what is read ahead through faults is what was put`() throws {
            guard let emulator else { return }
            try makeBucket("read-ahead", emulator)
            let content = bytes((2 << 20) + 12_345)
            let direct = S3ObjectStore(emulator.directClient())
            let reference = try content.withUnsafeBytes {
                try direct.putObject(bucket: "read-ahead", key: "a b/é", bytes: $0)
            }
            let dice = Dice()
            let store = S3ObjectStore(emulator.client())
            let harm = try emulator.during({ _ in dice.fault(40, of: Self.everywhere) }) {
                let reader = try store.openObject(reference)
                let range = 1000..<(content.count - 777)
                reader.willRead(range)
                var read: [UInt8] = []
                var at = range.lowerBound
                // Windows of odd sizes, at last one beyond what was announced.
                while at < content.count {
                    var window = [UInt8](repeating: 0, count: 1 + dice.below(100_000))
                    let count = try window.withUnsafeMutableBytes {
                        try reader.read(at: at, into: $0)
                    }
                    read += window[..<count]
                    at += count
                }
                #expect(read == Array(content[1000...]), "seed \(dice.seed)")
                // Back again: what was let go is fetched anew.
                var first = [UInt8](repeating: 0, count: 100)
                _ = try first.withUnsafeMutableBytes { try reader.read(at: 0, into: $0) }
                #expect(first == Array(content[..<100]))
                try reader.checkVersion()
            }
            #expect(harm.count == Self.everywhere.count, "seed \(dice.seed)")
        }

        @Test func `a connection that stalls is given up and the range asked for again`() throws {
            guard let emulator else { return }
            try makeBucket("stalls", emulator)
            let content = bytes(8)
            let reference = try content.withUnsafeBytes {
                try S3ObjectStore(emulator.directClient()).putObject(
                    bucket: "stalls", key: "k", bytes: $0)
            }
            let count = Monitor(0)
            let s3 = S3(emulator.client())
            try emulator.during({ _ in
                count.withLock { count in
                    count += 1
                    return count == 1 ? .stalled : nil
                }
            }) {
                var request = try s3.getObjectRequest(
                    bucket: "stalls", key: "k", range: 0..<content.count, ifMatch: reference.eTag)
                request.transfer.request.idleTimeoutSeconds = 1
                #expect(try s3.client.send(request).body == content)
            }
            #expect(count.withLock { $0 } == 2)
        }

        @Test func `an object that is replaced while it is read is noticed`() throws {
            guard let emulator else { return }
            try makeBucket("replaced", emulator)
            let store = S3ObjectStore(emulator.client())
            let first = try bytes(100_000).withUnsafeBytes {
                try store.putObject(bucket: "replaced", key: "k", bytes: $0)
            }
            let reader = try store.openObject(first)
            var window = [UInt8](repeating: 0, count: 1000)
            _ = try window.withUnsafeMutableBytes { try reader.read(at: 0, into: $0) }
            _ = try Array("other".utf8).withUnsafeBytes {
                try store.putObject(bucket: "replaced", key: "k", bytes: $0)
            }
            reader.willRead(0..<first.sizeBytes)
            let read = #expect(throws: StoreError.self) {
                try window.withUnsafeMutableBytes { try reader.read(at: 0, into: $0) }
            }
            #expect(read?.code == .versionChanged)
            let check = #expect(throws: StoreError.self) { try reader.checkVersion() }
            #expect(check?.code == .versionChanged)
            #expect(
                try store.openObject(
                    ObjectReference(bucket: "replaced", key: "k", sizeBytes: 5)
                ).reference.sizeBytes == 5)
        }

        @Test func `objects are put, listed and deleted through faults`() throws {
            guard let emulator else { return }
            try makeBucket("objects", emulator)
            let store = S3ObjectStore(emulator.client())
            let dice = Dice()
            // Throttled as S3 words it; a HEAD request has no body to be cut.
            let faults: [Fault] = [
                .resetBefore, .resetAfter, .unavailable, .duplicated, .truncated,
            ]
            try emulator.during({ _ in dice.fault(40, of: faults) }) {
                for number in 0..<20 {
                    let text = Array("object \(number)".utf8)
                    let put = try text.withUnsafeBytes {
                        try store.putObject(bucket: "objects", key: "p/\(number)", bytes: $0)
                    }
                    #expect(put.sizeBytes == text.count)
                    #expect(try store.getObject(bucket: "objects", key: "p/\(number)") == text)
                }
                try store.deleteObject(bucket: "objects", key: "p/7")
                #expect(try store.headObject(bucket: "objects", key: "p/7") == nil)
                let keys = try store.listObjects(bucket: "objects", prefix: "p/1").map(\.key)
                #expect(keys == ["p/1"] + (10..<20).map { "p/\($0)" }, "seed \(dice.seed)")
            }
            let missing = #expect(throws: StoreError.self) {
                try store.getObject(bucket: "objects", key: "none")
            }
            #expect(missing?.code == .noSuchKey)
            let nowhere = #expect(throws: StoreError.self) {
                try store.getObject(bucket: "no-such-bucket", key: "k")
            }
            #expect(nowhere?.code == .noSuchBucket)
        }

        @Test func `a condition on a put is held to`() throws {
            guard let emulator else { return }
            try makeBucket("conditions", emulator)
            let s3 = S3(emulator.client(attempts: 1))
            func put(_ text: String, _ condition: S3WriteCondition?) throws -> S3Object {
                try Array(text.utf8).withUnsafeBytes {
                    try s3.putObject(
                        bucket: "conditions", key: "k", bytes: $0, condition: condition)
                }
            }
            let first = try put("1", .isMissing)
            let taken = #expect(throws: AWSError.self) { try put("2", .isMissing) }
            #expect(taken?.code == "PreconditionFailed")
            let second = try put("2", .hasETag(first.eTag ?? ""))
            let stale = #expect(throws: AWSError.self) { try put("3", .hasETag(first.eTag ?? "")) }
            #expect(stale?.code == "PreconditionFailed")
            #expect(try s3.headObject(bucket: "conditions", key: "k")?.eTag == second.eTag)
        }
    }
}
