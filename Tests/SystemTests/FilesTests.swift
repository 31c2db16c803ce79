import System
import Testing

#if canImport(Glibc)
import Glibc
#endif

@Suite struct FilesTests {
    /// A fresh directory for one test.
    static func withDirectory(_ body: (String) throws -> Void) throws {
        let path =
            "\(environmentVariable("TMPDIR") ?? "/tmp")/sluice-\(randomHexadecimal(bytes: 8))"
        try FileSystem.makeDirectory(path)
        defer { try? FileSystem.removeTree(path) }
        try body(path)
    }

    @Test func `what is replaced is read back, and nothing is left beside it`() throws {
        try Self.withDirectory { directory in
            for text in ["first", "", "ünï\n\u{0}code", String(repeating: "x", count: 100_000)] {
                try FileSystem.replace(directory + "/file", with: text)
                #expect(try FileSystem.contents(of: directory + "/file") == Array(text.utf8))
            }
            #expect(try FileSystem.names(in: directory) == ["file"])
            #expect(throws: SystemError.self) {
                try FileSystem.replace(directory + "/none/file", with: "x")
            }
            #expect(try FileSystem.names(in: directory) == ["file"])
        }
    }

    @Test func `reads stop at the file's end, and an error names call, path and reason`() throws {
        try Self.withDirectory { directory in
            let path = directory + "/file"
            try FileSystem.replace(path, with: "0123456789")
            let file = try File(reading: path)
            var buffer = [UInt8](repeating: 0, count: 8)
            func read(_ offset: Int) throws -> String {
                let count = try buffer.withUnsafeMutableBytes {
                    try file.read(at: offset, into: $0)
                }
                return String(decoding: buffer[..<count], as: UTF8.self)
            }
            #expect(try read(0) == "01234567")
            #expect(try read(5) == "56789")
            #expect(try read(10) == "")
            #expect(try read(1000) == "")
            do {
                _ = try File(reading: path + "x")
                Issue.record("opened")
            } catch let error as SystemError {
                #expect(error.errno == ENOENT)
                #expect(error.description == "open \(path)x: No such file or directory")
            }
            #expect(try FileStatus(of: path + "x") == nil)
            #expect(try FileStatus(of: path + "/x") == nil)
            #expect(try FileStatus(of: path)?.sizeBytes == 10)
        }
    }

    @Test func `a tree is made and removed, links in it are not followed`() throws {
        try Self.withDirectory { directory in
            try FileSystem.makeDirectory(directory + "/keep")
            try FileSystem.replace(directory + "/keep/file", with: "kept")
            try FileSystem.makeDirectory(directory + "/a/b/c")
            try FileSystem.makeDirectory(directory + "/a/b/c")
            try FileSystem.replace(directory + "/a/b/file", with: "x")
            #expect(symlink(directory + "/keep", directory + "/a/b/link") == 0)
            #expect(try FileSystem.names(in: directory + "/a/b") == ["c", "file", "link"])
            try FileSystem.removeTree(directory + "/a")
            try FileSystem.removeTree(directory + "/a")
            #expect(try FileSystem.names(in: directory) == ["keep"])
            #expect(try FileSystem.contents(of: directory + "/keep/file") == Array("kept".utf8))
            #expect(throws: SystemError.self) {
                try FileSystem.makeDirectory(directory + "/keep/file/below")
            }
        }
    }
}

@Suite struct ProcessTests {
    @Test(arguments: [
        ("exit 0", "exit status 0"), ("exit 3", "exit status 3"), ("kill -9 $$", "signal: killed"),
        ("kill -15 $$", "signal: terminated"),
    ])
    func `a child's end is worded as Lambda words it`(script: String, ending: String) throws {
        let child = try ChildProcess("/bin/sh", arguments: ["-c", script], environment: [])
        #expect(child.wait().description == ending)
    }

    @Test func `a child has the environment it was given and no other`() throws {
        try FilesTests.withDirectory { directory in
            let output = try File(directory + "/out", flags: O_WRONLY | O_CREAT)
            let child = try ChildProcess(
                "/usr/bin/env", environment: ["A=1", "B=two words"],
                standardOutput: output.descriptor)
            #expect(child.wait() == .exited(code: 0))
            let text = String(
                decoding: try FileSystem.contents(of: directory + "/out"), as: UTF8.self)
            #expect(text == "A=1\nB=two words\n")
        }
    }

    @Test func `a program that is not there is an error`() {
        #expect(throws: SystemError.self) { try ChildProcess("/nowhere/program", environment: []) }
    }
}

@Suite struct TimeAndRandomTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (1_704_448_800_123_456_789, "2024-01-05T10:00:00.123Z"),
        (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"),
        (4_102_444_799_999_999_999, "2099-12-31T23:59:59.999Z"),
    ])
    func `a time is written as AWS writes it`(nanoseconds: Int, text: String) {
        #expect(Timestamp(nanoseconds: nanoseconds).iso8601 == text)
    }

    @Test func `random texts have their form and do not repeat`() {
        let identifiers = (0..<100).map { _ in randomUUID() }
        #expect(Set(identifiers).count == 100)
        for identifier in identifiers {
            let bytes = Array(identifier.utf8)
            #expect(bytes.count == 36)
            #expect([8, 13, 18, 23].allSatisfy { bytes[$0] == UInt8(ascii: "-") })
            #expect(bytes[14] == UInt8(ascii: "4"))
            #expect("89ab".utf8.contains(bytes[19]))
        }
        #expect(randomHexadecimal(bytes: 0) == "")
        #expect(randomHexadecimal(bytes: 5).utf8.count == 10)
    }
}
