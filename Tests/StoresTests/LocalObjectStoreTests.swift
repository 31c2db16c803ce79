import LoopbackServer
import System
import Testing

@testable import Stores

#if canImport(Glibc)
import Glibc
#endif

extension ObjectStore {
    @discardableResult
    func put(_ bucket: String, _ key: String, _ text: String) throws -> ObjectReference {
        let bytes = Array(text.utf8)
        return try bytes.withUnsafeBytes { try putObject(bucket: bucket, key: key, bytes: $0) }
    }

    func text(_ bucket: String, _ key: String) throws -> String {
        String(decoding: try getObject(bucket: bucket, key: key), as: UTF8.self)
    }
}

extension ObjectReader {
    func text(at offset: Int, _ count: Int) throws -> String {
        var bytes = [UInt8](repeating: 0, count: count)
        let read = try bytes.withUnsafeMutableBytes { try self.read(at: offset, into: $0) }
        return String(decoding: bytes[..<read], as: UTF8.self)
    }
}

@Suite struct LocalObjectStoreTests {
    private let directory = TemporaryDirectory()
    private var store: LocalObjectStore { LocalObjectStore(root: directory.path + "/buckets/") }

    @Test(arguments: ["", "x", String(repeating: "long ", count: 300_000)])
    func `what was put is read back`(text: String) throws {
        let reference = try store.put("b", "d/e/k é.csv", text)
        #expect(reference.sizeBytes == text.utf8.count)
        #expect(try store.text("b", "d/e/k é.csv") == text)
        #expect(try store.headObject(bucket: "b", key: "d/e/k é.csv") == reference)
        let reader = try store.openObject(reference)
        #expect(try reader.text(at: 0, text.utf8.count + 10) == text)
        #expect(try reader.text(at: text.utf8.count, 10) == "")
        #expect(try reader.text(at: 3, 5) == String(text.dropFirst(3).prefix(5)))
        try reader.checkVersion()
    }

    @Test func `what is not there`() throws {
        #expect(try store.headObject(bucket: "b", key: "k") == nil)
        let error = #expect(throws: StoreError.self) { try store.getObject(bucket: "b", key: "k") }
        #expect(error?.code == .noSuchKey)
        #expect(try store.listObjects(bucket: "b", prefix: "").isEmpty)
        try store.deleteObject(bucket: "b", key: "k")
        try store.put("b", "k/l", "")
        #expect(try store.headObject(bucket: "b", key: "k") == nil)
        #expect(try store.headObject(bucket: "b", key: "k/l/m") == nil)
        try store.deleteObject(bucket: "b", key: "k/l")
        #expect(try store.headObject(bucket: "b", key: "k/l") == nil)
    }

    @Test(arguments: [
        "", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/..", "a/./b", "a\0b",
        ".sluice-parts/a", ".sluice-parts", String(repeating: "x", count: 256),
        String(repeating: "x/", count: 600) + "x",
    ])
    func `keys that are no path below the bucket are refused`(key: String) {
        let calls: [() throws -> Void] = [
            { try store.put("b", key, "") }, { _ = try store.headObject(bucket: "b", key: key) },
            { _ = try store.getObject(bucket: "b", key: key) },
            { try store.deleteObject(bucket: "b", key: key) },
            { _ = try store.openObject(ObjectReference(bucket: "b", key: key, sizeBytes: 0)) },
            { _ = try store.putFile("/dev/null", bucket: "b", key: "a/" + key + "/") },
        ]
        for call in calls {
            let error = #expect(throws: StoreError.self) { try call() }
            #expect(error?.code == .invalidKey)
        }
    }

    @Test(arguments: ["", ".", "..", ".hidden", "a/b", "../buckets/b", "a\0"])
    func `names that are no bucket are refused`(bucket: String) {
        #expect(throws: StoreError.self) { try store.put(bucket, "k", "") }
        #expect(throws: StoreError.self) { try store.listObjects(bucket: bucket, prefix: "") }
    }

    @Test func `links do not lead out of the bucket`() throws {
        try store.put("b", "k", "inside")
        try FileSystem.makeDirectory(directory.path + "/outside")
        try FileSystem.replace(directory.path + "/outside/secret", with: "secret")
        let bucket = directory.path + "/buckets/b"
        #expect(symlink(directory.path + "/outside", bucket + "/link") == 0)
        #expect(symlink(directory.path + "/outside/secret", bucket + "/file") == 0)
        #expect(throws: StoreError.self) { try store.getObject(bucket: "b", key: "link/secret") }
        #expect(throws: StoreError.self) { try store.put("b", "link/new", "") }
        #expect(throws: StoreError.self) { try store.put("b", "link/new/deeper", "") }
        #expect(throws: StoreError.self) { try store.deleteObject(bucket: "b", key: "link/secret") }
        #expect(throws: StoreError.self) { try store.listObjects(bucket: "b", prefix: "link/") }
        #expect(try store.headObject(bucket: "b", key: "file") == nil)
        #expect(try store.listObjects(bucket: "b", prefix: "").map(\.key) == ["k"])
        #expect(try FileSystem.names(in: directory.path + "/outside") == ["secret"])
        // Put over a link, the link goes and its target stays.
        try store.put("b", "file", "mine")
        let secret = try FileSystem.contents(of: directory.path + "/outside/secret")
        #expect(String(decoding: secret, as: UTF8.self) == "secret")
    }

    @Test(arguments: ["replaced", "changed in place", "deleted"])
    func `a pinned version is not mixed with another`(how: String) throws {
        let reference = try store.put("b", "k", "first")
        let reader = try store.openObject(reference)
        #expect(try reader.text(at: 0, 2) == "fi")
        switch how {
        case "replaced": try store.put("b", "k", "other")
        case "deleted": try store.deleteObject(bucket: "b", key: "k")
        default:
            let file = try File(store.path(bucket: "b", key: "k"), flags: O_WRONLY | O_APPEND)
            try "+".withCString { try file.write(UnsafeRawBufferPointer(start: $0, count: 1)) }
        }
        let late = #expect(throws: StoreError.self) { try reader.checkVersion() }
        #expect(late?.code == .versionChanged)
        let again = #expect(throws: StoreError.self) { try store.openObject(reference) }
        #expect(again?.code == .versionChanged)
    }

    @Test func `a file that shrinks under a reader is noticed by the read`() throws {
        let reference = try store.put("b", "k", "0123456789")
        let reader = try store.openObject(reference)
        #expect(truncate(try store.path(bucket: "b", key: "k"), 4) == 0)
        let error = #expect(throws: StoreError.self) { try reader.text(at: 2, 8) }
        #expect(error?.code == .versionChanged)
    }

    @Test func `keys are listed by their bytes, without what is being written`() throws {
        let keys = ["a.b", "a/b", "a0", "a/c/d", "b", "é", "a/\u{E9}", "a/e\u{301}"]
        for key in keys { try store.put("b", key, key) }
        try FileSystem.replace(
            directory.path + "/buckets/b/.sluice-parts/left.part", with: "half")
        func list(_ prefix: String) throws -> [String] {
            try store.listObjects(bucket: "b", prefix: prefix).map(\.key)
        }
        func sorted(_ keys: [String]) -> [[UInt8]] {
            keys.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
        }
        #expect(try list("").map { Array($0.utf8) } == sorted(keys))
        #expect(try list("a/").count == 4)
        #expect(try list("a/c") == ["a/c/d"])
        #expect(try list("a").count == 6)
        #expect(try list("z").isEmpty)
        #expect(try list("a/x/").isEmpty)
        let listed = try store.listObjects(bucket: "b", prefix: "b")
        #expect(listed == [try #require(try store.headObject(bucket: "b", key: "b"))])
    }

    @Test func `an object in the way of a directory is a clear error`() throws {
        try store.put("b", "a", "")
        let error = #expect(throws: StoreError.self) { try store.put("b", "a/b", "") }
        #expect(error?.code == .invalidKey)
        try store.put("b", "c/d", "")
        let other = #expect(throws: StoreError.self) { try store.put("b", "c", "") }
        #expect(other?.code == .invalidKey)
        #expect(try FileSystem.names(in: directory.path + "/buckets/b/.sluice-parts").isEmpty)
    }

    @Test func `readers see the object before or after, never half of it`() throws {
        let texts = (0..<4).map { String(repeating: "\($0)", count: 100_000) }
        try store.put("b", "k", texts[0])
        let store = store
        let writer = Thread {
            for round in 0..<200 { _ = try? store.put("b", "k", texts[round % 4]) }
        }
        for _ in 0..<200 {
            let text = try store.text("b", "k")
            #expect(texts.contains(text))
        }
        writer.join()
    }
}
