import LocalCloud
import JSON
import Pipeline
import Stores
import System

extension Command {
    static let run = Command(
        name: "run", operands: "PATH…", operandCount: 1...1000,
        summary: "run a file set, or any job's file, to the end on this machine",
        discussion: """
            PATH is a file or a directory. The files of a set are recognised by their names; any other CSV
            file needs --job, unless it lies in a folder of the job's name.

            \(Jobs.all.map { "\($0.name): \($0.summary)" }.joined(separator: "\n            "))

            The files are put into the home's drop bucket, without a copy where the file system can, and
            run by the state machine named after the job. Files that were run before and have not changed
            are not run again. When a sluice up works in the home, it runs them, as it was told at its own
            start, and this command follows.

            A drill makes a step fail, to practise a rerun: parse-chunk:FILE:2 kills the process that
            parses chunk 2 of that file of the set; FUNCTION[:FILE[:INDEX]][/kill|timeout|error[/TIMES]].
            """,
        flags: [
            Flag(
                name: "--job", value: "JOB",
                help: Jobs.all.map { $0.name }.joined(separator: ", ")
                    + " (unless given: recognised by the path)")
        ] + Flag.ofRuns,
        run: { arguments in
            let settings = try CloudSettings(arguments)
            let files = try DroppedFiles(
                arguments.operands, job: arguments.value("--job"), settings.options)
            let output = try RunOutput(arguments)
            let cloud = try openCloud(try Home(arguments), settings, arguments)
            defer { cloud.shutdown() }
            let code = try FileSetRun(
                cloud: cloud, files: files, output: output,
                hasOptions: files.job.options.contains { arguments.has($0.flag) }
            ).run()
            Terminal.tell(idle: cloud.idleDrills)
            return code
        })

    /// The sluice up that works in the home, else one of its own that lasts as long as the command.
    static func openCloud(
        _ home: Home, _ settings: CloudSettings, _ arguments: Arguments
    ) throws -> any CloudAccess {
        if let service = try RunningService(of: home) {
            if let flag = arguments.ofWork.first {
                throw CommandError.usage(
                    "\(flag) is for whoever runs the steps, the sluice up that works in \(home.path): "
                        + "give it there")
            }
            return service
        }
        let cloud = try HomeCloud(home, settings, report: Terminal.show)
        Interruption.onInterruption(cloud.interrupt)
        return cloud
    }
}

/// Drops the files of a set and follows its execution to the end.
struct FileSetRun {
    let cloud: any CloudAccess
    let files: DroppedFiles
    let output: RunOutput
    /// Whether options of the job were given: a file that was run before is run again then, as they say.
    let hasOptions: Bool

    func run() throws -> ExitCode {
        let begun = WallClock().now()
        var arn = try drop()
        if hasOptions, files.job.inputs.count == 1, try hasEnded(arn, before: begun) {
            arn = try cloud.startAgain(arn)
        }
        while true {
            let outcome = try ExecutionWatch(cloud, arn: arn).follow(begun: begun)
            let newest = try cloud.newestExecution(files.job, of: files.fileSet, after: arn)
            if newest == arn { return try output.write(outcome) }
            // A run was under way with another version of a file; the next one has these.
            Terminal.standardError(outcome.text + "\n")
            arn = newest
        }
    }

    private func hasEnded(_ arn: String, before time: Timestamp) throws -> Bool {
        let found = try? cloud.call("DescribeExecution", ["executionArn": JSON(arn)])
        return (found?["stopDate"]?.double).map { $0 < time.seconds } ?? false
    }

    /// Puts the files into the drop bucket and has `arrive` told, as S3 would.
    /// - Returns: the ARN of the execution that takes them.
    private func drop() throws -> String {
        let putAll = {
            try files.files.map { file in
                try cloud.objects.putFile(
                    file.path, bucket: LocalFunctions.dropBucket, key: file.key
                ).reference
            }
        }
        let dropped =
            try cloud.messageHome.map { try DropGate(home: $0).holding(putAll) } ?? putAll()
        try cloud.announce(dropped)
        return try cloud.newestExecution(files.job, of: files.fileSet)
    }
}
