import Glibc
import LocalCloud
import Pipeline
import System

/// The files of one run as they were named on the command line: those of a set, or the one file of a job
/// that takes one.
struct DroppedFiles {
    struct Entry {
        var path: String
        /// Its key in the drop bucket.
        var key: String
        var input: JobInput
    }

    var job: any Job.Type
    var fileSet: String
    /// In the order of the command line, those of a directory by name.
    var files: [Entry]

    /// Looks at the paths: files, or directories whose files are meant.
    /// - Parameters:
    ///   - job: the job that was named; nil to tell it from the paths.
    ///   - options: which folders belong to jobs.
    /// - Throws: ``CommandError`` with ``ExitCode/noInput``.
    init(_ paths: [String], job: String?, _ options: OptionValues) throws {
        let named = try job.map { name in
            guard let job = Jobs.all.first(where: { $0.name == name }) else {
                throw CommandError.usage(
                    "--job: there is no job \(name)"
                        + suggestion(for: name, among: Jobs.all.map { $0.name })
                        + "; the jobs are " + Jobs.all.map { $0.name }.joined(separator: ", "))
            }
            return job
        }
        var found: [(arrival: Arrival, entry: Entry)] = []
        for path in paths {
            guard !path.isEmpty else { throw CommandError.usage("PATH must not be empty") }
            let before = found.count
            for name in try Self.names(at: path) {
                let file = name.map { path + "/" + $0 } ?? path
                if name != nil, (try? FileStatus(of: file))??.isDirectory == true { continue }
                let key = Self.key(of: file, for: named, options)
                guard let arrival = try Self.arrival(of: key, for: named, options, file) else {
                    // A directory may hold other things as well.
                    guard name == nil else { continue }
                    throw Self.unrouted(file, named)
                }
                if let reason = Self.reasonAgainst(file) {
                    throw CommandError(.noInput, "\(file): \(reason)")
                }
                found.append((arrival, Entry(path: file, key: key, input: arrival.input)))
            }
            guard found.count > before else { throw Self.unrouted(path, named, isDirectory: true) }
        }
        let first = found[0].arrival
        for (arrival, entry) in found {
            guard arrival.job.name == first.job.name else {
                throw CommandError(
                    .noInput,
                    "the files belong to different jobs: \(found[0].entry.path) to "
                        + "\(first.job.name), \(entry.path) to \(arrival.job.name)")
            }
            guard arrival.fileSet == first.fileSet else {
                throw CommandError(
                    .noInput,
                    first.job.inputs.count == 1
                        ? "\(first.job.name) takes one file at a time: \(found[0].entry.path) and "
                            + "\(entry.path) are two"
                        : "the files belong to different sets: \(first.fileSet) and "
                            + arrival.fileSet)
            }
        }
        for (index, file) in found.enumerated() {
            if let twin = found[..<index].first(where: { $0.entry.input == file.entry.input }) {
                throw CommandError(
                    .noInput,
                    "there are two files of \(file.entry.input.name): \(twin.entry.path) and "
                        + file.entry.path)
            }
        }
        self.job = first.job
        fileSet = first.fileSet
        files = found.map(\.entry)
    }

    /// The key under which a file is dropped: its name; for a job that has a folder, that folder and what
    /// the path has below a folder of that name, or the name.
    private static func key(
        of path: String, for job: (any Job.Type)?, _ options: OptionValues
    ) -> String {
        let parts = path.split(separator: "/").filter { $0 != "." && $0 != ".." }.map(String.init)
        let name = parts.last ?? ""
        let folders = (job.map { [$0] } ?? Jobs.all).compactMap {
            Jobs.folder(of: $0, options)
        }
        for folder in folders {
            let wanted = folder.split(separator: "/").map(String.init)
            guard parts.count > wanted.count else { continue }
            for start in parts.indices.dropLast(wanted.count)
            where Array(parts[start..<start + wanted.count]) == wanted {
                return parts[start...].joined(separator: "/")
            }
        }
        guard job != nil, let folder = folders.first else { return name }
        return "\(folder)/\(name)"
    }

    private static func arrival(
        of key: String, for job: (any Job.Type)?, _ options: OptionValues, _ file: String
    ) throws -> Arrival? {
        switch Jobs.routing(of: key, options, among: job.map { [$0] } ?? Jobs.all) {
        case .taken(let arrivals): return arrivals.first
        case .refused(_, let fileSet, let reason):
            throw CommandError(.noInput, "\(file): '\(fileSet)' cannot name a file set: \(reason)")
        case .unrouted, .ignored: return nil
        }
    }

    private static func unrouted(
        _ path: String, _ job: (any Job.Type)?, isDirectory: Bool = false
    ) -> CommandError {
        let jobs = job.map { [$0] } ?? Jobs.all
        let names = jobs.filter { $0.intake == .names }.map { job in
            let names = job.inputs.map { $0.fileName(ofSet: "SET") }
            return names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
        }
        let byFolder = jobs.filter { $0.intake != .names }.map { "--job \($0.name)" }
        var text = "\(path): " + (isDirectory ? "the directory has no " : "the name must be ")
        text += names.joined(separator: "; ")
        if names.isEmpty { text = "\(path): this is no CSV file, NAME.csv" }
        if job == nil, !byFolder.isEmpty {
            text += "; any other CSV file needs " + byFolder.joined(separator: " or ")
        }
        return CommandError(.noInput, text)
    }

    /// The names in a directory; nil alone for anything else.
    private static func names(at path: String) throws(CommandError) -> [String?] {
        do throws(SystemError) {
            guard let status = try FileStatus(of: path) else {
                throw SystemError("stat", path, errno: ENOENT)
            }
            return status.isDirectory ? try FileSystem.names(in: path) : [nil]
        } catch {
            throw CommandError(
                .noInput,
                error.errno == ENOENT
                    ? "\(path): there is no such file or directory"
                    : "\(path): \(String(cString: strerror(error.errno)))")
        }
    }

    /// Why a file cannot be read, found out before anything is done; nil when it can.
    private static func reasonAgainst(_ path: String) -> String? {
        guard access(path, R_OK) == 0 else {
            let code = errno
            return code == ENOENT
                ? "the link leads nowhere" : String(cString: strerror(code))
        }
        return (try? FileStatus(of: path))??.isRegularFile == true
            ? nil : "this is no regular file"
    }
}
