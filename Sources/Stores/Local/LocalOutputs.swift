import Digest
import System

#if canImport(Glibc)
import Glibc
#endif

/// Outputs as hidden files of their final size in the bucket's ``LocalObjectPath/partsDirectory``, which
/// is no part of any listing. Tasks write at the planned offsets; completing renames.
extension LocalObjectStore {
    /// One: a file has no parts.
    public var minimumPartBytes: Int { 1 }

    public func beginOutput(
        _ plan: OutputObject, resuming known: OutputObject?
    ) throws(StoreError) -> OutputObject {
        let hidden = try HiddenOutput(root: root, plan)
        do throws(SystemError) {
            // Complete: its tasks find that out themselves.
            if try hidden.isComplete() { return plan }
            try FileSystem.makeDirectory(hidden.directory)
            let file = try File(
                hidden.path, flags: O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC)
            if try file.status().sizeBytes != plan.sizeBytes {
                try file.truncate(to: plan.sizeBytes)
            }
        } catch { throw StoreError(error, subject: plan.subject) }
        return plan
    }

    public func outputWriter(
        _ output: OutputObject, part number: Int
    ) throws(StoreError) -> any OutputWriter {
        precondition(output.partSizes.indices.contains(number - 1), "a part of the plan")
        return try LocalOutputWriter(HiddenOutput(root: root, output), part: number)
    }

    public func completeOutput(
        _ output: OutputObject, parts: [OutputPart]
    ) throws(StoreError) -> OutputOutcome {
        guard Set(parts.map(\.number)) == Set(1...output.partSizes.count) else { return .lost }
        let hidden = try HiddenOutput(root: root, output)
        do throws(SystemError) {
            return try hidden.complete()
        } catch { throw StoreError(error, subject: output.subject) }
    }

    public func abortOutput(_ output: OutputObject) throws(StoreError) {
        do throws(SystemError) {
            try FileSystem.remove(try hiddenPath(output))
        } catch { throw StoreError(error, subject: output.subject) }
    }

    private func hiddenPath(_ output: OutputObject) throws(SystemError) -> String {
        do throws(StoreError) {
            return try HiddenOutput(root: root, output).path
        } catch { throw SystemError("unlink", output.subject, errno: EINVAL) }
    }
}

/// The hidden file of an output, and which run's the visible one is.
struct HiddenOutput: Sendable {
    static let suffix = ".output"

    let output: OutputObject
    let directory: String
    /// The hidden file: named by the key and the run, so that two runs never write one file.
    let path: String
    private let target: LocalObjectPath
    private let prefix: String

    init(root: String, _ output: OutputObject) throws(StoreError) {
        self.output = output
        target = try LocalObjectPath(root: root, bucket: output.bucket, key: output.key)
        try target.checkStaysInBucket()
        directory = target.bucketDirectory + "/" + LocalObjectPath.partsDirectory
        prefix = String(sha256Hexadecimal(output.key).prefix(32))
        path = "\(directory)/\(prefix)-\(output.version)\(Self.suffix)"
    }

    /// Whether this run's output, or a newer one's, is the visible file.
    func isComplete() throws(SystemError) -> Bool {
        guard let visible = try visibleVersion() else { return false }
        return !RunOrder.isOlder(visible, than: output.version)
    }

    /// Renames the hidden file into place, unless a newer run's output is there. Runs that complete at a
    /// time do so one after the other.
    func complete() throws(SystemError) -> OutputOutcome {
        try FileSystem.makeDirectory(directory)
        let record = try File(recordPath, flags: O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC)
        try retryingInterrupts("flock", record.path) { flock(record.descriptor, LOCK_EX) }
        defer { flock(record.descriptor, LOCK_UN) }
        if let visible = try visibleVersion() {
            if RunOrder.isOlder(output.version, than: visible) {
                try FileSystem.remove(path)
                return .superseded
            }
            if visible == output.version { return .written }
        }
        guard let hidden = try FileStatus(of: path), hidden.isRegularFile,
            hidden.sizeBytes == output.sizeBytes
        else { return .lost }
        // First the record, then the file that it is of: a version is never without its file's name, and
        // a file that came another way has none. A line that was cut short ends here.
        let line = Array("\n\(output.version) \(hidden.versionID)\n".utf8)
        let failure = line.withUnsafeBytes { bytes -> SystemError? in
            do throws(SystemError) {
                try record.write(bytes)
                return nil
            } catch { return error }
        }
        if let failure { throw failure }
        try FileSystem.makeDirectory(target.directory)
        try FileSystem.rename(path, to: target.path)
        try removeOlder()
        return .written
    }

    /// The version of the run whose output the visible file is; nil when it is of none, or not there.
    private func visibleVersion() throws(SystemError) -> String? {
        var raw = stat()
        guard lstat(target.path, &raw) == 0, raw.st_mode & S_IFMT == S_IFREG,
            let status = try FileStatus(of: target.path)
        else { return nil }
        let record: [UInt8]
        do throws(SystemError) {
            record = try FileSystem.contents(of: recordPath)
        } catch {
            if error.errno == ENOENT { return nil }
            throw error
        }
        let suffix = Array(" \(status.versionID)".utf8)
        for line in record.split(separator: UInt8(ascii: "\n")).reversed()
        where line.count == RunOrder.versionBytes + suffix.count
            && line.suffix(suffix.count) == suffix[...]
        {
            let version = String(decoding: line.prefix(RunOrder.versionBytes), as: UTF8.self)
            if RunOrder.isVersion(version) { return version }
        }
        return nil
    }

    /// Which file was renamed for which run: lines of a version, a space and ``FileStatus/versionID``.
    private var recordPath: String { "\(directory)/\(prefix).versions" }

    /// Removes the hidden files of older runs: they would be superseded.
    private func removeOlder() throws(SystemError) {
        for name in try FileSystem.names(in: directory)
        where name.hasPrefix(prefix + "-") && name.hasSuffix(Self.suffix) {
            let version = String(name.dropFirst(prefix.count + 1).dropLast(Self.suffix.count))
            if RunOrder.isVersion(version), RunOrder.isOlder(version, than: output.version) {
                try FileSystem.remove("\(directory)/\(name)")
            }
        }
    }
}

/// Writes a part into the hidden file.
final class LocalOutputWriter: OutputWriter {
    private let hidden: HiddenOutput
    private let number: Int
    /// Nil when the output is complete: what comes is there already.
    private let file: File?
    private let offset: Int
    private var written = 0

    init(_ hidden: HiddenOutput, part number: Int) throws(StoreError) {
        self.hidden = hidden
        self.number = number
        offset = hidden.output.offset(ofPart: number)
        do throws(SystemError) {
            file = try Self.open(hidden)
        } catch { throw StoreError(error, subject: hidden.output.subject) }
    }

    private static func open(_ hidden: HiddenOutput) throws(SystemError) -> File? {
        do throws(SystemError) {
            return try File(hidden.path, flags: O_WRONLY | O_NOFOLLOW | O_CLOEXEC)
        } catch {
            guard error.errno == ENOENT else { throw error }
            return nil
        }
    }

    private var size: Int { hidden.output.partSizes[number - 1] }

    func append(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
        guard bytes.count <= size - written else {
            throw StoreError(part: number, of: hidden.output, bytes: written + bytes.count)
        }
        do throws(SystemError) {
            try file?.write(bytes, at: offset + written)
        } catch { throw StoreError(error, subject: hidden.output.subject) }
        written += bytes.count
    }

    func finish() throws(StoreError) -> OutputPart {
        guard written == size else {
            throw StoreError(part: number, of: hidden.output, bytes: written)
        }
        let isThere: Bool
        do throws(SystemError) {
            let now = try FileStatus(of: hidden.path)
            isThere =
                if let file, let now { try file.status().inode == now.inode } else {
                    try hidden.isComplete()
                }
        } catch { throw StoreError(error, subject: hidden.output.subject) }
        guard isThere else { throw StoreError(lost: hidden.output) }
        return OutputPart(number: number)
    }
}

extension StoreError {
    init(part number: Int, of output: OutputObject, bytes: Int) {
        self.init(
            .outputMismatch,
            "part \(number) has \(bytes) bytes or more where \(output.partSizes[number - 1]) are planned",
            subject: output.subject)
    }

    init(lost output: OutputObject) {
        self.init(
            .outputLost, "what was written of the output is gone; it is to be begun anew",
            subject: output.subject)
    }
}
