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
            guard let status = try FileStatus(of: path) else {
                throw CommandError(.noInput, "\(path): there is no such file or directory")
            }
            let names: [String?] =
                status.isDirectory ? try FileSystem.names(in: path) : [nil]
            let before = files.count
            for name in names {
                let file = name.map { path + "/" + $0 } ?? path
                if name != nil, try FileStatus(of: file)?.isRegularFile != true { continue }
                let own = String(file.split(separator: "/").last ?? "")
                do throws(FileName.Failure) {
                    let parsed = try FileName(key: own)
                    files.append(Entry(path: file, name: own, kind: parsed.kind))
                    sets.append(parsed.fileSet)
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
}
