import Glibc
import JSON
import System

/// Which version of which key of the drop bucket `arrive` has been told of: JSON Lines, the last of a
/// key counts. What is not in it is told again, which changes nothing but costs a little.
struct AnnouncedFiles {
    private let path: String
    /// By the key's bytes: to a String, an e with an accent in one character or two is the same.
    private var versions: [[UInt8]: String] = [:]

    init(path: String) throws(SystemError) {
        self.path = path
        guard try FileStatus(of: path) != nil else { return }
        for line in try FileSystem.contents(of: path).split(separator: UInt8(ascii: "\n")) {
            // The last line may be half of one.
            guard let entry = try? JSON(parsing: Array(line)), let key = entry["key"]?.string,
                let version = entry["version"]?.string
            else { continue }
            versions[Array(key.utf8)] = version
        }
    }

    func contains(_ key: String, version: String?) -> Bool {
        version != nil && versions[Array(key.utf8)] == version
    }

    mutating func insert(_ entries: [(key: String, version: String?)]) throws(SystemError) {
        var lines: [UInt8] = []
        for case (let key, let version?) in entries {
            versions[Array(key.utf8)] = version
            Self.write(key, version, to: &lines)
        }
        let file = try File(path, flags: O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC)
        try lines.withBytes { lines throws(SystemError) in try file.write(lines) }
    }

    /// Forgets all other keys, and what the file says twice.
    mutating func keep(only keys: [String]) throws(SystemError) {
        var lines: [UInt8] = []
        let before = versions
        versions = [:]
        for key in keys {
            guard let version = before[Array(key.utf8)] else { continue }
            versions[Array(key.utf8)] = version
            Self.write(key, version, to: &lines)
        }
        try FileSystem.replace(path, with: String(decoding: lines, as: UTF8.self))
    }

    private static func write(_ key: String, _ version: String, to lines: inout [UInt8]) {
        let entry: JSON = ["key": .string(key), "version": .string(version)]
        entry.write(to: &lines)
        lines.append(UInt8(ascii: "\n"))
    }
}
