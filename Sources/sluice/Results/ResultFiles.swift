import LocalCloud
import Glibc
import System

/// Files that hold results, and their way to where a user wants them.
enum ResultFiles {
    /// The files of one run's messages, in their order.
    static func messages(in directory: String) throws(SystemError) -> [String] {
        guard try FileStatus(of: directory) != nil else { return [] }
        return try FileSystem.names(in: directory).filter { $0.hasSuffix(".jsonl") }
            .map { directory + "/" + $0 }
    }

    /// Gives a whole file another name: without a copy where the file system can share its bytes or link
    /// it, else as a copy.
    static func place(_ path: String, at target: String) throws(SystemError) {
        guard target != "-", try FileStatus(of: target)?.isRegularFile != false else {
            return try write([path], to: target, areWhole: true)
        }
        let target = realPath(target) ?? target
        let part = partPath(for: target)
        unlink(part)
        Interruption.removeWhenInterrupted(part)
        defer { Interruption.removeWhenInterrupted(nil) }
        guard link(path, part) == 0 else {
            return try write([path], to: target, areWhole: true)
        }
        do throws(SystemError) { try FileSystem.rename(part, to: target) } catch {
            unlink(part)
            throw error
        }
        // Two names of one file are left as they are by rename(2).
        unlink(part)
    }

    /// Refuses, before anything is run, a file that cannot be made.
    /// - Throws: ``CommandError`` with ``ExitCode/usage``.
    static func check(target: String) throws {
        guard !target.isEmpty else { throw CommandError.usage("--out must not be empty") }
        if target == "-" { return }
        guard (try? FileStatus(of: target))??.isDirectory != true else {
            throw CommandError.usage("--out: \(target) is a directory")
        }
        let directory = target.lastIndex(of: "/").map { String(target[...$0]) } ?? "."
        guard (try? FileStatus(of: directory))??.isDirectory == true else {
            throw CommandError.usage("--out: there is no directory \(directory)")
        }
        do throws(SystemError) {
            if let status = try FileStatus(of: target), !status.isRegularFile {
                guard access(target, W_OK) == 0 else { throw SystemError("open", target) }
                return
            }
            // Only trying tells: of a file system that is read-only the permissions say nothing.
            let part = partPath(for: realPath(target) ?? target)
            _ = try File(part, flags: O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC)
            unlink(part)
        } catch {
            let reason = String(cString: strerror(error.errno))
            throw CommandError.usage("--out: \(target) cannot be written: \(reason)")
        }
    }

    /// The file beside the target that becomes it, of a name of its own: the target's may be as long as
    /// names may be.
    private static func partPath(for target: String) -> String {
        let directory = target.lastIndex(of: "/").map { target[...$0] } ?? ""
        return "\(directory).sluice-\(getpid()).part"
    }

    /// Writes these files one after the other to a file, which appears whole, or to standard output for
    /// `-`.
    /// - Parameter areWhole: whether nobody writes to them any more; else a line at the end that is being
    ///   written is left out.
    static func write(
        _ paths: [String], to target: String, areWhole: Bool = false
    ) throws(SystemError) {
        if target == "-" {
            do throws(SystemError) {
                for path in paths {
                    try copy(path, to: STDOUT_FILENO, "standard output", areWhole)
                }
            } catch  where error.errno == EPIPE {
                // The reader closed the pipe.
            }
            return
        }
        // A pipe or a device is written to as it is.
        if let status = try FileStatus(of: target), !status.isRegularFile {
            let file = try File(target, flags: O_WRONLY | O_CLOEXEC)
            for path in paths { try copy(path, to: file.descriptor, target, areWhole) }
            return
        }
        // A link stays one; what it leads to is written.
        let target = realPath(target) ?? target
        let part = partPath(for: target)
        Interruption.removeWhenInterrupted(part)
        defer { Interruption.removeWhenInterrupted(nil) }
        do throws(SystemError) {
            let file = try File(part, flags: O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC)
            try copyAll(paths, to: file, areWhole)
            try FileSystem.rename(part, to: target)
        } catch {
            unlink(part)
            throw error
        }
    }

    /// The size without a line at the end that is being written, or was when its process ended.
    private static func completeBytes(of file: File) throws(SystemError) -> Int {
        var end = try file.status().sizeBytes
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
        defer { block.deallocate() }
        while end > 0 {
            let start = max(0, end - block.count)
            let wanted = UnsafeMutableRawBufferPointer(rebasing: block[..<(end - start)])
            let count = try file.read(at: start, into: wanted)
            if let feed = wanted[..<count].lastIndex(of: 0x0A) { return start + feed + 1 }
            end = start
        }
        return 0
    }

    private static func realPath(_ path: String) -> String? {
        guard let text = realpath(path, nil) else { return nil }
        defer { free(text) }
        return String(cString: text)
    }

    /// Writes the files side by side, each at its place: the copy is all that is left to do of a run.
    private static func copyAll(
        _ paths: [String], to target: File, _ areWhole: Bool
    ) throws(SystemError) {
        var starts: [Int] = []
        var total = 0
        for path in paths {
            starts.append(total)
            total += try FileStatus(of: path)?.sizeBytes ?? 0
        }
        let (offsets, processors) = (starts, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let state = Monitor<(next: Int, failure: SystemError?)>((0, nil))
        let threads = (0..<min(paths.count, max(1, processors))).map { _ in
            Thread {
                while let index = state.withLock({ state -> Int? in
                    guard state.failure == nil, state.next < paths.count else { return nil }
                    state.next += 1
                    return state.next - 1
                }) {
                    do throws(SystemError) {
                        try copy(
                            paths[index], to: target.descriptor, at: offsets[index], target.path,
                            areWhole)
                    } catch {
                        state.withLock { $0.failure = error }
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    /// Writes straight from the page cache: one copy less than reading first.
    /// - Parameter offset: where in the target; nil for where it stands.
    private static func copy(
        _ path: String, to descriptor: Int32, at offset: Int? = nil, _ target: String,
        _ isWhole: Bool
    ) throws(SystemError) {
        let file = try File(reading: path)
        let size = try isWhole ? file.status().sizeBytes : completeBytes(of: file)
        guard size > 0 else { return }
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, file.descriptor, 0),
            start != MAP_FAILED
        else { throw SystemError("mmap", path) }
        defer { munmap(start, size) }
        var done = 0
        while done < size {
            done += try retryingInterrupts("write", target) {
                offset.map { pwrite(descriptor, start + done, size - done, $0 + done) }
                    ?? Glibc.write(descriptor, start + done, size - done)
            }
        }
    }
}
