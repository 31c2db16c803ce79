import Glibc
import System

/// The directory in which everything of one machine's runs is kept.
///
/// | path | is |
/// |---|---|
/// | `engine.sqlite` | state machines, executions, their histories |
/// | `tables` | a file per table |
/// | `buckets/drop`, `buckets/work` | what was dropped, and what the runs made of it |
/// | `queues/customer-messages` | the messages |
/// | `event-buses/NAME` | events that state machines have put |
/// | `logs/` | what the functions said |
/// | `lock` | held by the sluice that works here; its process id and address |
/// | `uploads/` | what `sluice drop` has put into S3 of files that are not whole there yet |
/// | `announced` | which dropped files `arrive` has been told of |
/// | `dropping` | held by those who put files of one set into the bucket |
/// | `workers` | the processes that it started |
struct Home: Sendable {
    /// Absolute, without a slash at its end.
    let path: String
    /// What another command needs to find this home, as a shell takes it: empty, or ` --home DIR`.
    let flags: String

    /// `--home`, else `$SLUICE_HOME`, else `.sluice` in the working directory.
    init(_ arguments: Arguments) throws {
        var path =
            arguments.value("--home") ?? environmentVariable("SLUICE_HOME").flatMap {
                $0.isEmpty ? nil : $0
            } ?? ".sluice"
        guard !path.isEmpty else { throw CommandError.usage("--home must not be empty") }
        if !path.hasPrefix("/") { path = try Home.workingDirectory() + "/" + path }
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
        flags = arguments.has("--home") ? " --home \(Home.quoted(path))" : ""
    }

    /// One word of a shell's command line.
    private static func quoted(_ text: String) -> String {
        let plain = Set("-_./@%+=:,".utf8)
        let isPlain = text.utf8.allSatisfy { byte in
            plain.contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }
        if isPlain { return text }
        return "'"
            + text.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: #"'\''"#) + "'"
    }

    var engineStore: String { path + "/engine.sqlite" }
    var tableStore: String { path + "/tables" }
    var buckets: String { path + "/buckets" }
    var queues: String { path + "/queues" }
    var logs: String { path + "/logs" }
    var lock: String { path + "/lock" }
    var announced: String { path + "/announced" }
    var dropping: String { path + "/dropping" }
    var workers: String { path + "/workers" }

    func queue(_ name: String) -> String { queues + "/" + name }
    func eventBus(_ name: String) -> String { path + "/event-buses/" + name }

    var exists: Bool { (try? FileStatus(of: engineStore)) ?? nil != nil }

    /// - Throws: ``CommandError`` that names the file, and says what can be done when it is damaged.
    static func opening<Store>(_ path: String, _ body: () throws -> Store) throws -> Store {
        do { return try body() } catch {
            throw CommandError(
                .internalError,
                "\(path) cannot be opened: \(error); if it is damaged, use another --home")
        }
    }

    /// As a `file:` URI, percent-encoded (RFC 8089).
    static func uri(_ path: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var text = Array("file://".utf8)
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "-"),
                UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                text.append(byte)
            default: text += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func workingDirectory() throws -> String {
        guard let directory = getcwd(nil, 0) else { throw SystemError("getcwd", ".") }
        defer { free(directory) }
        return String(cString: directory)
    }
}
