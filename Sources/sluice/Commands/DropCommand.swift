import LocalCloud
import Pipeline
import Stores
import System

extension Command {
    static let drop = Command(
        name: "drop", operands: "FILE…", operandCount: 1...10_000,
        summary: "put files into a drop bucket, the local one or one in S3",
        discussion: """
            Each FILE is put there under its own name, in the folder of --job, whole or not at all.

            Into the local bucket without a copy where the file system can. The sluice up that serves the
            home takes it at once; when none does, the next one takes it at its start.

            Into a bucket in S3 in parts of 16 MiB or more side by side, each with its SHA-256, which S3
            compares. Interrupted, the same command goes on with the parts that are there; HOME/uploads
            knows them. A file that S3 has already, by its checksum, is not sent again. Keys, region and
            endpoint are found as every AWS tool finds them: AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL_S3 …

            With --watch each FILE is put again whenever it is closed after writing or renamed into place,
            until ^C or SIGTERM; one that is not there yet is waited for. What cannot be put is told and
            tried again, after 5 s and later up to a minute.
            """,
        flags: [
            Flag(
                name: "--to", value: "URI",
                help: "s3://BUCKET or s3://BUCKET/PREFIX (unless given: the local drop bucket)"),
            Flag(
                name: "--job", value: "JOB",
                help: "into the folder of that job (unless given: at the top of the bucket)"),
            Flag(name: "--watch", value: nil, help: "put them again whenever they change"),
            homeFlag,
        ],
        run: { arguments in
            let home = try Home(arguments)
            let target = try DropTarget(arguments.value("--to"), home)
            let isWatching = arguments.has("--watch")
            let folder = try arguments.value("--job").map { name in
                guard let job = Jobs.all.first(where: { $0.name == name }) else {
                    throw CommandError.usage(
                        "--job: there is no job \(name)"
                            + suggestion(for: name, among: Jobs.all.map { $0.name }))
                }
                return Jobs.folder(of: job, OptionValues()).map { $0 + "/" } ?? ""
            }
            let files = try arguments.operands.map { path in
                let name = (folder ?? "") + (path.split(separator: "/").last ?? "")
                guard let status = try FileStatus(of: path) else {
                    if isWatching, !name.isEmpty { return (path: path, name: name) }
                    throw CommandError(.noInput, "\(path): there is no such file")
                }
                guard status.isRegularFile else {
                    throw CommandError(.noInput, "\(path): this is no file")
                }
                return (path: path, name: name)
            }
            for (name, same) in Dictionary(grouping: files, by: \.name) where same.count > 1 {
                throw CommandError.usage(
                    "\(same[0].path) and \(same[1].path) would both become \(name)")
            }
            if isWatching { return try watch(files, target, home) }
            // Nothing to clean up, but the user is told that the parts are kept.
            if !target.isLocal { Interruption.onInterruption {} }
            for (path, name) in files {
                do throws(StoreError) {
                    let outcome = try target.put(path, name)
                    Terminal.standardOutput((outcome ?? "\(name) is not dropped") + "\n")
                } catch { throw CommandError(dropping: error) }
                noteStranger(target.key(name))
            }
            if target.isLocal, let note = note(on: home) { Terminal.standardError(note + "\n") }
            return .success
        })

    private static func watch(
        _ files: [(path: String, name: String)], _ target: DropTarget, _ home: Home
    ) throws -> ExitCode {
        let inotify = try Inotify()
        let isStopped = Monitor(false)
        Interruption.onSignal {
            isStopped.withLock { $0 = true }
            inotify.stop()
        }
        let watch = try DropWatch(files, target, inotify) { isStopped.withLock { $0 } }
        for file in files { noteStranger(target.key(file.name)) }
        if target.isLocal, let note = note(on: home) { Terminal.standardError(note + "\n") }
        Terminal.standardError("watching; ^C ends\n")
        try watch.run()
        return .success
    }

    private static func noteStranger(_ key: String) {
        switch Jobs.routing(of: key, OptionValues()) {
        case .taken: return
        case .refused(_, _, let reason): Terminal.standardError("\(key): \(reason)\n")
        case .unrouted, .ignored: Terminal.standardError("\(key): no job takes this file\n")
        }
    }

    /// Why nobody takes the files now; nil when somebody does.
    private static func note(on home: Home) -> String? {
        guard let holder = HomeLock.holder(of: home) else {
            return "no sluice up serves \(home.path): the next one takes the files"
        }
        guard !holder.isService else { return nil }
        return "process \(holder.processID) works in \(home.path) but takes no files: "
            + "the next sluice up takes them"
    }
}
