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
package struct Home: Sendable {
    /// Absolute, without a slash at its end.
    package let path: String
    /// What another command needs to find this home, as a shell takes it; empty when nothing.
    package let flags: String

    /// - Parameters:
    ///   - path: relative to the working directory, unless it is absolute; not empty.
    ///   - flags: tells from the absolute path what ``flags`` is.
    package init(_ path: String, flags: (_ absolutePath: String) -> String = { _ in "" }) throws {
        var path = path
        if !path.hasPrefix("/") { path = try Home.workingDirectory() + "/" + path }
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
        self.flags = flags(path)
    }

    package var engineStore: String { path + "/engine.sqlite" }
    package var tableStore: String { path + "/tables" }
    package var buckets: String { path + "/buckets" }
    var queues: String { path + "/queues" }
    var logs: String { path + "/logs" }
    var lock: String { path + "/lock" }
    var announced: String { path + "/announced" }
    var dropping: String { path + "/dropping" }
    var workers: String { path + "/workers" }

    package func queue(_ name: String) -> String { queues + "/" + name }
    func eventBus(_ name: String) -> String { path + "/event-buses/" + name }

    package var exists: Bool { (try? FileStatus(of: engineStore)) ?? nil != nil }

    /// - Throws: ``CloudError`` that names the file, and says what can be done when it is damaged.
    static func opening<Store>(_ path: String, _ body: () throws -> Store) throws -> Store {
        do { return try body() } catch {
            throw CloudError(
                .internalError,
                "\(path) cannot be opened: \(error); if it is damaged, use another --home")
        }
    }

    /// As a `file:` URI, percent-encoded (RFC 8089).
    static func uri(_ path: String) -> String {
        "file://"
            + PercentEncoding.encode(
                path.utf8, keeping: PercentEncoding.unreserved.union("/"))
    }

    private static func workingDirectory() throws -> String {
        guard let directory = getcwd(nil, 0) else { throw SystemError("getcwd", ".") }
        defer { free(directory) }
        return String(cString: directory)
    }
}
