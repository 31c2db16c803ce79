import LoopbackServer
import System
import Testing

@testable import Stores

#if canImport(Glibc)
import Glibc
#endif

extension MessageQueue {
    /// Sends the texts as one group.
    func send(_ sender: String, from first: Int, _ texts: [String]) throws {
        var ends: [Int] = []
        var bytes: [UInt8] = []
        for text in texts {
            bytes += Array((text + "\n").utf8)
            ends.append(bytes.count)
        }
        try bytes.withUnsafeBytes {
            try send(MessageGroup(sender: sender, firstSequence: first, lines: $0, ends: ends))
        }
    }
}

@Suite struct LocalMessageQueueTests {
    private let directory = TemporaryDirectory()
    private var root: String { directory.path + "/queues/q" }

    private func text(_ name: String) throws -> String {
        String(decoding: try FileSystem.contents(of: "\(root)/\(name)"), as: UTF8.self)
    }

    @Test func `groups of a sender follow each other in its segment`() throws {
        let queue = LocalMessageQueue(directory: root + "/")
        let sender = "customer-messages/20240105-1/00003"
        #expect(try queue.sentCount(sender: sender) == 0)
        try queue.send(sender, from: 0, ["a", "b"])
        try queue.send(sender, from: 2, ["c"])
        #expect(try queue.sentCount(sender: sender) == 3)
        #expect(try text(sender + ".jsonl") == "a\nb\nc\n")
    }

    @Test(arguments: [true, false])
    func `a group sent again adds only what is missing`(isSameInstance: Bool) throws {
        var queue = LocalMessageQueue(directory: root)
        try queue.send("s", from: 0, ["a", "b"])
        for (first, texts) in [
            (0, ["a", "b"]), (1, ["b", "c"]), (0, ["a"]), (3, []), (2, ["c", "d"]),
        ] {
            if !isSameInstance { queue = LocalMessageQueue(directory: root) }
            try queue.send("s", from: first, texts)
        }
        #expect(try text("s.jsonl") == "a\nb\nc\nd\n")
        #expect(try queue.sentCount(sender: "s") == 4)
    }

    @Test func `a gap is an error and nothing is written`() throws {
        let queue = LocalMessageQueue(directory: root)
        try queue.send("s", from: 0, ["a"])
        let error = #expect(throws: StoreError.self) { try queue.send("s", from: 2, ["c"]) }
        #expect(error?.code == .messagesNotAccepted)
        #expect(try text("s.jsonl") == "a\n")
    }

    @Test(arguments: ["", "x", "a", "bb"])
    func `a line that was torn off is cut away and written again`(torn: String) throws {
        try FileSystem.makeDirectory(root)
        try FileSystem.replace(root + "/s.jsonl", with: "aaa\nb\n" + torn)
        let queue = LocalMessageQueue(directory: root)
        #expect(try queue.sentCount(sender: "s") == 2)
        try queue.send("s", from: 1, ["b", "cc"])
        #expect(try text("s.jsonl") == "aaa\nb\ncc\n")
    }

    @Test func `what other processes append is counted`() throws {
        let queue = LocalMessageQueue(directory: root)
        let other = LocalMessageQueue(directory: root)
        try queue.send("s", from: 0, ["a"])
        try other.send("s", from: 1, ["b", "c"])
        try queue.send("s", from: 2, ["c", "d"])
        #expect(try text("s.jsonl") == "a\nb\nc\nd\n")
        // Replaced by a shorter one, then by one of another inode.
        #expect(truncate(root + "/s.jsonl", 2) == 0)
        #expect(try queue.sentCount(sender: "s") == 1)
        try FileSystem.replace(root + "/s.jsonl", with: "1\n2\n3\n4\n5\n6\n")
        #expect(try queue.sentCount(sender: "s") == 6)
    }

    @Test func `lines are not counted anew with every group`() throws {
        let queue = LocalMessageQueue(directory: root)
        try queue.send("s", from: 0, (0..<1000).map { "\($0)" })
        // Were it read again, the line feeds that are overwritten here would be missed.
        let size = try FileStatus(of: root + "/s.jsonl")!.sizeBytes
        let file = try File(root + "/s.jsonl", flags: O_WRONLY)
        let blank = [UInt8](repeating: 0x20, count: size)
        try blank.withUnsafeBytes { try file.write($0) }
        try queue.send("s", from: 1000, ["next"])
        #expect(try queue.sentCount(sender: "s") == 1001)
    }

    @Test func `many senders and many threads do not disturb each other`() throws {
        let queue = LocalMessageQueue(directory: root)
        let threads = (0..<4).map { number in
            Thread {
                for round in 0..<50 {
                    try? queue.send("s\(number % 2)", from: round, ["\(round)"])
                    try? queue.send("loose")
                }
            }
        }
        for thread in threads { thread.join() }
        let expected = (0..<50).map { "\($0)\n" }.joined()
        #expect(try text("s0.jsonl") == expected)
        #expect(try text("s1.jsonl") == expected)
        #expect(try text("messages.jsonl") == String(repeating: "loose\n", count: 200))
    }

    @Test(arguments: [
        "", "/a", "a/", "a//b", "..", "a/../b", ".", "messages", "a\0",
        String(repeating: "x", count: 250), String(repeating: "é", count: 100),
    ])
    func `senders that are no path below the queue are refused`(sender: String) {
        let queue = LocalMessageQueue(directory: root)
        let error = #expect(throws: StoreError.self) { try queue.send(sender, from: 0, ["a"]) }
        #expect(error?.code == .invalidKey)
    }

    @Test(arguments: [
        ("a b", "a%20b.jsonl"), ("é:*", "%C3%A9%3A%2A.jsonl"), ("a.jsonl/b", "a%2Ejsonl/b.jsonl"),
        ("a\n", "a%0A.jsonl"), ("x/messages", "x/messages.jsonl"),
    ])
    func `unusual names are escaped`(sender: String, name: String) throws {
        let queue = LocalMessageQueue(directory: root)
        try queue.send(sender, from: 0, ["a"])
        #expect(try queue.segments().map(\.name) == [name])
    }

    @Test(arguments: [("a\nb\n", [4]), ("a\n", [1]), ("a\n\n", [2, 2]), ("a\n", [2, 4])])
    func `a group whose messages are not one line each is refused`(text: String, ends: [Int]) {
        let queue = LocalMessageQueue(directory: root)
        let bytes = Array(text.utf8)
        let error = #expect(throws: StoreError.self) {
            try bytes.withUnsafeBytes {
                try queue.send(MessageGroup(sender: "s", firstSequence: 0, lines: $0, ends: ends))
            }
        }
        #expect(error?.code == .messagesNotAccepted)
        #expect(throws: StoreError.self) { try queue.send("a\nb") }
    }

    @Test func `segments are read line by line, and on from where the reading stopped`() throws {
        let queue = LocalMessageQueue(directory: root)
        #expect(try queue.segments().isEmpty)
        let long = String(repeating: "long", count: 200_000)
        try queue.send("x/2", from: 0, ["a", "", long, "b"])
        try queue.send("x/1", from: 0, ["1"])
        try queue.send("loose")
        let segments = try queue.segments()
        #expect(segments.map(\.name) == ["messages.jsonl", "x/1.jsonl", "x/2.jsonl"])
        var read: [String] = []
        var stop = "a"
        func take(_ line: UnsafeRawBufferPointer) -> Bool {
            read.append(String(decoding: line, as: UTF8.self))
            return read.last != stop
        }
        var offset = try queue.forEachLine(in: segments[2], take)
        #expect((read, offset) == (["a"], 2))
        stop = "-"
        offset = try queue.forEachLine(in: segments[2], from: offset, take)
        #expect(read == ["a", "", long, "b"])
        let file = try File(segments[2].path, flags: O_WRONLY | O_APPEND)
        try Array("c\nhalf".utf8).withUnsafeBytes { try file.write($0) }
        offset = try queue.forEachLine(in: segments[2], from: offset, take)
        #expect(read.last == "c")
        #expect(try queue.forEachLine(in: segments[2], from: offset, take) == offset)
    }
}
