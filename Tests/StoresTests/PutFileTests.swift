import LoopbackServer
import Stores
import System
import Testing

#if canImport(Glibc)
import Glibc
#endif

@Suite struct PutFileTests {
    private let directory = TemporaryDirectory()
    private var store: LocalObjectStore { LocalObjectStore(root: directory.path + "/buckets") }
    private var source: String { directory.path + "/orders.csv" }

    @Test func `a file becomes an object once`() throws {
        try FileSystem.replace(source, with: "a,b\n")
        let first = try store.putFile(source, bucket: "b", key: "in/orders.csv")
        #expect(first.placement != .unchanged)
        #expect(try store.text("b", "in/orders.csv") == "a,b\n")
        let again = try store.putFile(source, bucket: "b", key: "in/orders.csv")
        #expect(again.placement == .unchanged)
        #expect(again.reference == first.reference)
        #expect(try store.headObject(bucket: "b", key: "in/orders.csv") == first.reference)
    }

    @Test func `a corrected file is another version, and the file stays as it is`() throws {
        try FileSystem.replace(source, with: "a,b\n")
        let first = try store.putFile(source, bucket: "b", key: "k")
        try FileSystem.replace(source, with: "a,c\n")
        let second = try store.putFile(source, bucket: "b", key: "k")
        #expect(second.placement != .unchanged)
        #expect(second.reference.versionID != first.reference.versionID)
        #expect(try store.text("b", "k") == "a,c\n")
        try store.put("b", "k", "replaced")
        #expect(try String(decoding: FileSystem.contents(of: source), as: UTF8.self) == "a,c\n")
    }

    @Test func `the same size and time do not make it the same file`() throws {
        try FileSystem.replace(source, with: "a,b\n")
        _ = try store.putFile(source, bucket: "b", key: "k")
        try FileSystem.replace(source + ".2", with: "a,c\n")
        var raw = stat()
        #expect(stat(source, &raw) == 0)
        #expect(utimensat(AT_FDCWD, source + ".2", [raw.st_atim, raw.st_mtim], 0) == 0)
        let second = try store.putFile(source + ".2", bucket: "b", key: "k")
        #expect(second.placement != .unchanged)
        #expect(try store.text("b", "k") == "a,c\n")
    }

    @Test func `a file on another file system is copied with its time`() throws {
        let memory = "/dev/shm/sluice-test-\(randomHexadecimal(bytes: 8))"
        defer { try? FileSystem.removeTree(memory) }
        let text = String(repeating: "0123456789\n", count: 200_000)
        try FileSystem.makeDirectory(memory)
        try FileSystem.replace(memory + "/f.csv", with: text)
        let first = try store.putFile(memory + "/f.csv", bucket: "b", key: "k")
        guard first.placement == .copied else { return }
        #expect(try store.text("b", "k") == text)
        let status = try FileStatus(of: memory + "/f.csv")
        let copy = try FileStatus(of: store.path(bucket: "b", key: "k"))
        #expect(copy?.modifiedNanoseconds == status?.modifiedNanoseconds)
        let again = try store.putFile(memory + "/f.csv", bucket: "b", key: "k")
        #expect(again.placement == .unchanged)
    }

    @Test func `only regular files can be put`() throws {
        #expect(throws: StoreError.self) {
            try store.putFile(directory.path, bucket: "b", key: "k")
        }
        #expect(throws: StoreError.self) {
            try store.putFile(source + ".missing", bucket: "b", key: "k")
        }
        #expect(mkfifo(directory.path + "/pipe", 0o600) == 0)
        #expect(throws: StoreError.self) {
            try store.putFile(directory.path + "/pipe", bucket: "b", key: "k")
        }
        #expect(try store.headObject(bucket: "b", key: "k") == nil)
    }
}
