import AWSClient
import HTTP
import LoopbackServer
import PythonEnvironment
import System
import Testing

@testable import Stores

#if canImport(Glibc)
import Glibc
#endif

extension Emulated {
    /// Files put into moto in parts of 5 MiB, the least that S3 takes.
    @Suite struct FileUploadTests {
        let emulator: FaultyEmulator?
        let directory = TemporaryDirectory()
        init() throws { emulator = try FaultyEmulator.get() }

        private var file: String { directory.path + "/items.csv" }

        private func upload(_ client: AWSClient) -> S3FileUpload {
            S3FileUpload(client, recordDirectory: directory.path + "/uploads", partBytes: 5 << 20)
        }

        /// A file of that size in MiB whose lines differ.
        private func write(mebibytes: Int, mark: String) throws {
            let line = Array("\(mark),0123456789,abcdefghijklmnopqrstuvwxyz\n".utf8)
            var block: [UInt8] = []
            while block.count < 1 << 20 { block += line }
            let file = try File(file, flags: O_WRONLY | O_CREAT | O_TRUNC)
            for number in 0..<mebibytes {
                block.replaceSubrange(0..<4, with: Array("\(1000 + number)".utf8))
                try block[..<(1 << 20)].withUnsafeBytes { try file.write($0) }
            }
        }

        private func partsPut(_ emulator: FaultyEmulator, since: Int) -> Int {
            emulator.requests[since...].count {
                $0.method == "PUT" && $0.target.contains("partNumber=")
            }
        }

        private func makeBucket(_ name: String, _ emulator: FaultyEmulator) throws {
            _ = try HTTPClient().perform(
                HTTPRequest(
                    "PUT", "\(emulator.moto.origin)/\(name)",
                    body: Array(
                        "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>"
                            .utf8)))
        }

        private func check(_ bucket: String, _ key: String, _ emulator: FaultyEmulator) throws {
            let stored = try S3ObjectStore(emulator.directClient()).getObject(
                bucket: bucket, key: key)
            #expect(try stored == FileSystem.contents(of: file))
        }

        @Test func `a file is put in parts through faults, and then is there`() throws {
            guard let emulator else { return }
            try makeBucket("uploads", emulator)
            try write(mebibytes: 11, mark: "a")
            let dice = Dice()
            let last = Monitor(0)
            let faults: [Fault] = [.resetBefore, .resetAfter, .unavailable, .duplicated]
            try emulator.during({ _ in dice.fault(30, of: faults) }) {
                let done = try upload(emulator.client()).put(
                    file, bucket: "uploads", key: "p/items.csv",
                    onProgress: { progress in
                        last.withLock { $0 = max($0, progress.doneBytes) }
                        #expect(progress.sizeBytes == 11 << 20)
                    })
                #expect(done?.placement == .uploaded, "seed \(dice.seed)")
            }
            #expect(last.withLock { $0 } == 11 << 20)
            try check("uploads", "p/items.csv", emulator)
            #expect(try FileSystem.names(in: directory.path + "/uploads").isEmpty)
            let left = try S3(emulator.directClient()).listMultipartUploads(
                bucket: "uploads", prefix: "")
            // A begin whose answer was lost leaves an empty upload to the bucket's lifecycle rule.
            for upload in left { #expect(upload.key == "p/items.csv") }
        }

        @Test func `what was put before is not put again`() throws {
            guard let emulator else { return }
            try makeBucket("resumed", emulator)
            try write(mebibytes: 16, mark: "a")
            // Two parts get through, then the line is dead.
            let count = Monitor(0)
            emulator.during({ request in
                guard request.target.contains("partNumber=") else { return nil }
                return count.withLock { count in
                    count += 1
                    return count > 2 ? .resetBefore : nil
                }
            }) {
                let error = #expect(throws: StoreError.self) {
                    try upload(emulator.client(attempts: 1)).put(file, bucket: "resumed", key: "k")
                }
                #expect(error?.code == .unavailable)
            }
            let before = emulator.requests.count
            let done = try upload(emulator.client()).put(file, bucket: "resumed", key: "k")
            #expect(done?.placement == .resumed)
            #expect(partsPut(emulator, since: before) == 2)
            try check("resumed", "k", emulator)
        }

        @Test func `a file that has changed is put anew, and the old parts are given up`() throws {
            guard let emulator else { return }
            try makeBucket("changed", emulator)
            try write(mebibytes: 11, mark: "a")
            emulator.during({ $0.target.contains("partNumber=2") ? .resetBefore : nil }) {
                #expect(throws: StoreError.self) {
                    try upload(emulator.client(attempts: 1)).put(file, bucket: "changed", key: "k")
                }
            }
            try write(mebibytes: 11, mark: "b")
            let done = try upload(emulator.client()).put(file, bucket: "changed", key: "k")
            #expect(done?.placement == .uploaded)
            try check("changed", "k", emulator)
            let s3 = S3(emulator.directClient())
            #expect(try s3.listMultipartUploads(bucket: "changed", prefix: "").isEmpty)
        }

        @Test func `an upload that somebody gave up is begun again`() throws {
            guard let emulator else { return }
            try makeBucket("given-up", emulator)
            try write(mebibytes: 11, mark: "a")
            emulator.during({ $0.target.contains("partNumber=2") ? .resetBefore : nil }) {
                #expect(throws: StoreError.self) {
                    try upload(emulator.client(attempts: 1)).put(file, bucket: "given-up", key: "k")
                }
            }
            let s3 = S3(emulator.directClient())
            let known = try s3.listMultipartUploads(bucket: "given-up", prefix: "k")
            #expect(known.count == 1)
            try s3.abortMultipartUpload(
                bucket: "given-up", key: "k", uploadID: known.first?.uploadID ?? "")
            let done = try upload(emulator.client()).put(file, bucket: "given-up", key: "k")
            #expect(done?.placement == .uploaded)
            try check("given-up", "k", emulator)
        }

        @Test func `a file that changes meanwhile makes no object`() throws {
            guard let emulator else { return }
            try makeBucket("moving", emulator)
            try write(mebibytes: 11, mark: "a")
            let file = file
            let error = #expect(throws: StoreError.self) {
                try upload(emulator.client()).put(
                    file, bucket: "moving", key: "k",
                    onProgress: { _ in
                        if let open = try? File(file, flags: O_WRONLY | O_APPEND) {
                            try? Array("x".utf8).withUnsafeBytes { try open.write($0) }
                        }
                    })
            }
            #expect(error?.code == .versionChanged)
            #expect(
                try S3ObjectStore(emulator.directClient()).headObject(bucket: "moving", key: "k")
                    == nil
            )
        }

        @Test func `an object whose making was not answered is found`() throws {
            guard let emulator else { return }
            try makeBucket("unanswered", emulator)
            try write(mebibytes: 11, mark: "a")
            let count = Monitor(0)
            try emulator.during({ request in
                guard request.method == "POST", request.target.contains("uploadId=") else {
                    return nil
                }
                return count.withLock { count in
                    count += 1
                    return count == 1 ? .resetAfter : nil
                }
            }) {
                let done = try upload(emulator.client()).put(file, bucket: "unanswered", key: "k")
                #expect(done?.placement == .uploaded)
            }
            #expect(count.withLock { $0 } == 2)
            try check("unanswered", "k", emulator)
        }

        @Test func `who may write but not read or list can put, and go on`() throws {
            guard let emulator else { return }
            try makeBucket("write-only", emulator)
            try write(mebibytes: 11, mark: "a")
            let isReading: @Sendable (LoopbackServer.Request) -> Bool = {
                $0.method == "HEAD" || $0.method == "GET" || $0.method == "DELETE"
            }
            emulator.during({
                isReading($0)
                    ? .forbidden : $0.target.contains("partNumber=3") ? .resetBefore : nil
            }) {
                let error = #expect(throws: StoreError.self) {
                    try upload(emulator.client(attempts: 1)).put(
                        file, bucket: "write-only", key: "k")
                }
                #expect(error?.code == .unavailable)
            }
            try emulator.during({ isReading($0) ? .forbidden : nil }) {
                let done = try upload(emulator.client()).put(file, bucket: "write-only", key: "k")
                #expect(done != nil)
            }
            try check("write-only", "k", emulator)
        }

        @Test func `small files and empty ones go at once, and unchanged ones not at all`() throws {
            guard let emulator else { return }
            try makeBucket("small", emulator)
            for text in ["", "a,b\n1,2\n"] {
                try FileSystem.replace(file, with: text)
                let upload = upload(emulator.client())
                #expect(try upload.put(file, bucket: "small", key: "k")?.placement == .uploaded)
                try check("small", "k", emulator)
                let before = emulator.requests.count
                #expect(try upload.put(file, bucket: "small", key: "k")?.placement == .unchanged)
                #expect(emulator.requests[before...].allSatisfy { $0.method == "HEAD" })
            }
            let cancelled = try upload(emulator.client()).put(
                file, bucket: "small", key: "other", isCancelled: { true })
            #expect(cancelled == nil)
            let missing = #expect(throws: StoreError.self) {
                try upload(emulator.client()).put("/no/such/file", bucket: "small", key: "k")
            }
            #expect(missing?.code == .inputOutput)
            let nowhere = #expect(throws: StoreError.self) {
                try upload(emulator.client()).put(file, bucket: "no-such-bucket", key: "k")
            }
            #expect(nowhere?.code == .noSuchBucket)
        }
    }
}
