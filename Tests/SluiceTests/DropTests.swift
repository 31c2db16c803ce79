import Glibc
import JSON
import LoopbackServer
import System
import Testing

/// `sluice drop` into S3, and `--watch`.
@Suite(.serialized) struct DropTests {
    var sluice: SluiceProcess
    init() throws { sluice = try SluiceProcess() }

    private func sample(_ kind: String) -> String {
        "\(Place.samples)/reference/\(kind)_20240105.csv"
    }

    @Test func `files go into a bucket of S3, and unchanged ones are not sent again`() throws {
        guard let bucket = try DropBucket.empty() else { return }
        var sluice = sluice
        sluice.environment = bucket.environment
        let uri = "s3://\(bucket.name)/in"
        let first = try sluice("drop", sample("customers"), sample("orders"), "--to", uri)
        #expect(first.code == 0, "\(first.error)")
        #expect(
            first.output
                == "customers_20240105.csv is dropped\norders_20240105.csv is dropped\n")
        #expect(first.error.isEmpty)
        #expect(try bucket.keys() == ["in/customers_20240105.csv", "in/orders_20240105.csv"])
        #expect(
            try bucket.content("in/orders_20240105.csv")
                == FileSystem.contents(of: sample("orders")))
        let again = try sluice("drop", sample("orders"), "--to", uri + "/")
        #expect(again.output == "orders_20240105.csv was there already, unchanged\n")
        let nowhere = try sluice("drop", sample("orders"), "--to", "s3://no-such-bucket")
        #expect(nowhere.code == 69)
        #expect(nowhere.error.contains("NoSuchBucket"))
        #expect(nowhere.output.isEmpty)
    }

    @Test(arguments: ["s3://", "s3:///x", "http://x", "bucket", ""])
    func `what is no bucket is refused`(uri: String) throws {
        let result = try sluice("drop", sample("orders"), "--to", uri)
        #expect(result.code == 64)
        #expect(result.error.contains("--to must be s3://BUCKET"))
    }

    @Test func `two files of one name are refused, not put over each other`() throws {
        let other = "\(Place.samples)/quoted/orders_20240105.csv"
        for more in [[], ["--watch"]] as [[String]] {
            let result = try sluice.start(["drop", sample("orders"), other] + more).finish()
            #expect(result.code == 64)
            #expect(result.error.contains("would both become orders_20240105.csv"))
        }
        #expect(try FileStatus(of: sluice.home) == nil)
    }

    @Test func `without credentials the user is told what to set`() throws {
        var sluice = sluice
        sluice.environment = ["AWS_REGION=eu-west-1", "AWS_EC2_METADATA_DISABLED=true"]
        let result = try sluice("drop", sample("orders"), "--to", "s3://some-bucket")
        #expect(result.code == 69)
        #expect(result.error.contains("MissingCredentials"))
        #expect(result.error.contains("AWS_ACCESS_KEY_ID"))
        sluice.environment = ["AWS_PROFILE=none", "HOME=\(sluice.directory.path)"]
        let profile = try sluice("drop", sample("orders"), "--to", "s3://some-bucket")
        #expect(profile.code == 69)
        #expect(profile.error.contains("there is no profile none"))
    }

    /// A file of three parts.
    private func writeLargeFile() throws -> String {
        let path = sluice.directory.path + "/items_7.csv"
        let file = try File(path, flags: O_WRONLY | O_CREAT)
        for number in 0..<33 {
            let block = [UInt8](repeating: UInt8(ascii: "a") + UInt8(number % 26), count: 1 << 20)
            try block.withUnsafeBytes { try file.write($0) }
        }
        return path
    }

    @Test func `an interrupted upload is gone on with`() throws {
        guard let bucket = try DropBucket.empty() else { return }
        var sluice = sluice
        sluice.environment = bucket.environment
        let file = try writeLargeFile()
        let uri = "s3://\(bucket.name)"
        // The last part gets no answer.
        bucket.hold { $0.target.contains("partNumber=3") }
        let running = try sluice.start(["drop", file, "--to", uri])
        #expect(bucket.waitUntilHeld())
        // Each look is a process of its own, which takes its time: no sleep is needed.
        for _ in 0..<1000 where try recordedLines(sluice) < 3 { _ = try sluice("--version") }
        let before = bucket.partsSent
        running.process.send(signal: SIGINT)
        let interrupted = try running.finish()
        #expect(interrupted.code == 130)
        #expect(interrupted.error.contains("the same command goes on with it"))
        #expect(try bucket.keys().isEmpty)
        bucket.hold(nil)
        let done = try sluice("drop", file, "--to", uri)
        #expect(done.code == 0, "\(done.error)")
        #expect(
            done.output
                == "items_7.csv is dropped; the upload went on where it had stopped\n")
        #expect(bucket.partsSent == before + 1)
        #expect(try bucket.content("items_7.csv") == FileSystem.contents(of: file))
        #expect(try FileSystem.names(in: sluice.home + "/uploads").isEmpty)
    }

    /// Lines of the upload's record: one for the upload, one for each part that was taken.
    private func recordedLines(_ sluice: SluiceProcess) throws -> Int {
        let directory = sluice.home + "/uploads"
        return try FileSystem.names(in: directory).reduce(0) { lines, name in
            lines + (try text(of: "\(directory)/\(name)").split(separator: "\n").count)
        }
    }

    /// A `sluice drop --watch` whose output is read line by line.
    private struct Watch {
        let process: ChildProcess
        private let output: Int32

        init(_ sluice: SluiceProcess, _ words: [String]) throws {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { throw SystemError("pipe", "") }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            process = try ChildProcess(
                sluice.executable, arguments: ["drop", "--watch"] + words,
                environment: ["SLUICE_HOME=\(sluice.home)", "PATH=/usr/bin:/bin"]
                    + sluice.environment,
                standardOutput: ends[1])
            close(ends[1])
            output = ends[0]
        }

        /// The next line; nil when it has ended.
        func line() -> String? {
            var line: [UInt8] = []
            var byte: UInt8 = 0
            while read(output, &byte, 1) == 1 {
                if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
                line.append(byte)
            }
            return nil
        }

        func end(_ signal: Int32) -> ChildProcess.Ending {
            process.send(signal: signal)
            defer { close(output) }
            return process.wait()
        }
    }

    @Test func `a file that changes is put again into S3`() throws {
        guard let bucket = try DropBucket.empty() else { return }
        var sluice = sluice
        sluice.environment = bucket.environment
        let path = sluice.directory.path + "/orders_7.csv"
        try FileSystem.replace(path, with: "order_id\n1\n")
        let late = sluice.directory.path + "/items_7.csv"
        let watch = try Watch(sluice, [path, late, "--to", "s3://\(bucket.name)"])
        #expect(watch.line() == "orders_7.csv is dropped")
        // Renamed into place, as this does; written in place; for the first time there.
        try FileSystem.replace(path, with: "order_id\n1\n2\n")
        #expect(watch.line() == "orders_7.csv is dropped")
        #expect(try bucket.content("orders_7.csv") == Array("order_id\n1\n2\n".utf8))
        try Array("order_id\n1\n2\n3\n".utf8).withUnsafeBytes {
            try File(path, flags: O_WRONLY | O_TRUNC).write($0)
        }
        #expect(watch.line() == "orders_7.csv is dropped")
        #expect(try bucket.content("orders_7.csv") == Array("order_id\n1\n2\n3\n".utf8))
        try FileSystem.replace(late, with: "item_id\n")
        #expect(watch.line() == "items_7.csv is dropped")
        // Touched, but the same.
        try File(late, flags: O_WRONLY | O_APPEND).write(
            UnsafeRawBufferPointer(start: nil, count: 0))
        #expect(watch.line() == "items_7.csv was there already, unchanged")
        #expect(watch.end(SIGTERM) == .exited(code: 0))
    }

    @Test func `a file that changes is put again into the local bucket`() throws {
        let path = sluice.directory.path + "/orders_7.csv"
        let object = sluice.home + "/buckets/drop/orders_7.csv"
        try FileSystem.replace(path, with: "order_id\n1\n")
        // Dropped before, as a link perhaps.
        #expect(try sluice("drop", path).code == 0)
        let watch = try Watch(sluice, [path])
        #expect(watch.line()?.hasPrefix("orders_7.csv ") == true)
        let before = try FileStatus(of: object)
        try Array("order_id\n1\n2\n".utf8).withUnsafeBytes {
            try File(path, flags: O_WRONLY | O_TRUNC).write($0)
        }
        #expect(watch.line() == "orders_7.csv is dropped")
        #expect(try text(of: object) == "order_id\n1\n2\n")
        #expect(try FileStatus(of: object)?.inode != before?.inode)
        #expect(watch.end(SIGINT) == .exited(code: 0))
    }
}
