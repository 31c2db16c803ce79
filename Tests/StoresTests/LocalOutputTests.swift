import LoopbackServer
import System
import Testing

@testable import Stores

@Suite struct LocalOutputTests {
    private let directory = TemporaryDirectory()
    private var store: LocalObjectStore { LocalObjectStore(root: directory.path) }
    private var hidden: [String] {
        get throws {
            try FileSystem.names(in: directory.path + "/out/.sluice-parts").filter {
                $0.hasSuffix(".output")
            }
        }
    }

    private func plan(
        _ start: Int = 5, _ sizes: [Int] = [100, 1, 70_000], key: String = "d/ä b.csv"
    ) -> OutputObject {
        OutputObject(bucket: "out", key: key, version: Outputs.version(start), partSizes: sizes)
    }

    private func content() throws -> [UInt8] {
        try store.getObject(bucket: "out", key: "d/ä b.csv")
    }

    @Test func `an output becomes visible whole, in whatever order its parts are written`() throws {
        let output = try store.beginOutput(plan(), resuming: nil)
        var parts: [OutputPart] = []
        for number in [3, 1, 2, 1] {
            #expect(try store.headObject(bucket: "out", key: output.key) == nil)
            #expect(try store.listObjects(bucket: "out", prefix: "").isEmpty)
            parts.append(try store.writePart(number, of: output, pieceBytes: 33))
        }
        #expect(try store.completeOutput(output, parts: parts) == .written)
        #expect(try content() == Outputs.content(output))
        #expect(try store.listObjects(bucket: "out", prefix: "").map(\.key) == ["d/ä b.csv"])
        #expect(try hidden.isEmpty)
        // Again: a retry of the last task, of any other, and of the first.
        #expect(try store.completeOutput(output, parts: parts) == .written)
        #expect(try store.writePart(2, of: output) == OutputPart(number: 2))
        #expect(try store.beginOutput(plan(), resuming: output) == output)
        #expect(try hidden.isEmpty)
    }

    @Test func `an output that was begun is gone on with`() throws {
        let output = try store.beginOutput(plan(), resuming: nil)
        let first = try store.writePart(1, of: output)
        #expect(try store.beginOutput(plan(), resuming: nil) == output)
        #expect(try store.completeOutput(output, parts: [first]) == .lost)
        let rest = try [2, 3].map { try store.writePart($0, of: output) }
        #expect(try store.completeOutput(output, parts: rest + [first]) == .written)
        #expect(try content() == Outputs.content(output))
    }

    @Test func `tasks write side by side`() throws {
        let output = try store.beginOutput(
            plan(5, Array(repeating: 10_007, count: 60)), resuming: nil)
        let parts = Monitor<[OutputPart]>([])
        let store = store
        try sideBySide(60, atMost: 8) { index in
            let part = try store.writePart(60 - index, of: output, pieceBytes: 512)
            parts.withLock { $0.append(part) }
        }
        #expect(try store.completeOutput(output, parts: parts.withLock { $0 }) == .written)
        #expect(try content() == Outputs.content(output))
    }

    @Test func `the output of a newer run stays, and what older runs left goes`() throws {
        #expect(try store.output(plan(3)) == .written)
        let late = try store.beginOutput(plan(4), resuming: nil)
        let parts = [try store.writePart(1, of: late)]
        #expect(try store.output(plan(5)) == .written)
        #expect(try hidden.isEmpty)
        // The late run's remaining tasks are spared, not failed.
        let rest = try [2, 3].map { try store.writePart($0, of: late) }
        #expect(try store.completeOutput(late, parts: parts + rest) == .superseded)
        #expect(try store.output(plan(2, [7])) == .superseded)
        #expect(try content() == Outputs.content(plan(5)))
        #expect(try store.output(plan(6, [0])) == .written)
        #expect(try content().isEmpty)
    }

    @Test func `a file that came another way is no run's output`() throws {
        #expect(try store.output(plan(5)) == .written)
        try store.put("out", "d/ä b.csv", "mine")
        #expect(try store.output(plan(4, [7])) == .written)
        #expect(try content() == Outputs.content(plan(4, [7])))
    }

    @Test func `killed between record and rename, the output is completed by a rerun`() throws {
        #expect(try store.output(plan(3)) == .written)
        let output = try store.beginOutput(plan(5), resuming: nil)
        let parts = try store.writeAll(of: output)
        let file = try HiddenOutput(root: directory.path, output)
        let status = try #require(try FileStatus(of: file.path))
        let record = try #require(
            try FileSystem.names(in: file.directory).first { $0.hasSuffix(".versions") })
        let path = file.directory + "/" + record
        // Cut short, as a full disk leaves it, or whole.
        for end in [9, output.version.utf8.count + 1 + status.versionID.utf8.count] {
            let text = String(decoding: try FileSystem.contents(of: path), as: UTF8.self)
            let line = "\(output.version) \(status.versionID)"
            try FileSystem.replace(path, with: text + line.prefix(end))
            // The visible one is known still: a run older than it changes nothing.
            #expect(try store.output(plan(2, [7])) == .superseded)
            #expect(try content() == Outputs.content(plan(3)))
        }
        #expect(try store.completeOutput(output, parts: parts) == .written)
        #expect(try content() == Outputs.content(output))
        #expect(try store.output(plan(4, [7])) == .superseded)
    }

    @Test func `what is lost is told, and begun anew`() throws {
        let output = try store.beginOutput(plan(), resuming: nil)
        let parts = try store.writeAll(of: output)
        let writer = try store.outputWriter(output, part: 2)
        try store.abortOutput(output)
        try store.abortOutput(output)
        #expect(try store.completeOutput(output, parts: parts) == .lost)
        try [UInt8](repeating: 1, count: 1).withUnsafeBytes { try writer.append($0) }
        let late = #expect(throws: StoreError.self) { try writer.finish() }
        #expect(late?.code == .outputLost)
        let next = #expect(throws: StoreError.self) { try store.writePart(1, of: output) }
        #expect(next?.code == .outputLost)
        #expect(try store.output(plan()) == .written)
        #expect(try content() == Outputs.content(output))
    }

    @Test func `other bytes than planned are an error`() throws {
        let output = try store.beginOutput(plan(5, [10, 10]), resuming: nil)
        for count in [0, 9, 11] {
            let writer = try store.outputWriter(output, part: 1)
            let failure = #expect(throws: StoreError.self) {
                try [UInt8](repeating: 1, count: count).withUnsafeBytes { try writer.append($0) }
                _ = try writer.finish()
            }
            #expect(failure?.code == .outputMismatch)
        }
        #expect(throws: StoreError.self) {
            try store.beginOutput(plan(5, [1], key: "../up"), resuming: nil)
        }
    }

    @Test func `runs that complete at a time leave the newest`() throws {
        let store = store
        let outcomes = Monitor<[Int: OutputOutcome]>([:])
        try sideBySide(24, atMost: 8) { index in
            let start = 1 + index * 7 % 24
            let outcome = try store.output(
                OutputObject(
                    bucket: "out", key: "d/ä b.csv", version: Outputs.version(start),
                    partSizes: [start, 3000]))
            outcomes.withLock { $0[start] = outcome }
        }
        #expect(try content() == Outputs.content(plan(24, [24, 3000])))
        #expect(outcomes.withLock { $0[24] } == .written)
        #expect(try hidden.isEmpty)
    }
}
