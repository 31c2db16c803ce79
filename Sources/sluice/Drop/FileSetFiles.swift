import Glibc
import Pipeline
import System

/// The files of one set as they were named on the command line.
struct FileSetFiles {
    struct Entry {
        var path: String
        /// The file's own name, its key in the drop bucket.
        var name: String
        var kind: FileKind
    }

    var fileSet: String
    /// In the order of the command line, those of a directory by name.
    var files: [Entry]

    /// Looks at the paths: files, or directories whose files are meant.
    /// - Throws: ``CommandError`` with ``ExitCode/noInput``.
    init(_ paths: [String]) throws {
        files = []
        var sets: [String] = []
        for path in paths {
            guard !path.isEmpty else { throw CommandError.usage("PATH must not be empty") }
            let names = try Self.names(at: path)
            let before = files.count
            for name in names {
                let file = name.map { path + "/" + $0 } ?? path
                let own = String(file.split(separator: "/").last ?? "")
                let parsed: FileName
                do throws(FileName.Failure) {
                    parsed = try FileName(key: own)
                } catch .otherFile {
                    // A directory may hold other things as well.
                    guard name == nil else { continue }
                    throw CommandError(
                        .noInput,
                        "\(file): the name must be customers_SET.csv, orders_SET.csv or items_SET.csv"
                    )
                } catch .badFileSet(let fileSet) {
                    throw CommandError(
                        .noInput,
                        "\(file): '\(fileSet)' cannot name a file set: letters, digits and -_.+=@, "
                            + "at most 70 characters")
                }
                if name != nil, (try? FileStatus(of: file))??.isDirectory == true { continue }
                if let reason = Self.reasonAgainst(file) {
                    throw CommandError(.noInput, "\(file): \(reason)")
                }
                files.append(Entry(path: file, name: own, kind: parsed.kind))
                sets.append(parsed.fileSet)
            }
            if files.count == before {
                throw CommandError(
                    .noInput,
                    "\(path): the directory has no customers_SET.csv, orders_SET.csv or items_SET.csv"
                )
            }
        }
        fileSet = sets[0]
        if let other = sets.first(where: { $0 != sets[0] }) {
            throw CommandError(
                .noInput, "the files belong to different sets: \(fileSet) and \(other)")
        }
        for (index, file) in files.enumerated() {
            if let twin = files[..<index].first(where: { $0.kind == file.kind }) {
                throw CommandError(
                    .noInput,
                    "there are two files of \(file.kind.rawValue): \(twin.path) and \(file.path)")
            }
        }
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
