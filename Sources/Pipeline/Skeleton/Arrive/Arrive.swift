public import JSON
import Stores
import System

/// Brings files and those who wait for them together, whichever comes first.
///
/// It is called with an event of S3 (a file is there), by a state that waits for a file (here is my token),
/// by the state that follows when the deadline has passed, and when an execution has ended (once more when
/// it failed, see ``FailureReport``). One item per file set and kind holds what is known, and every
/// change of it is one atomic update that returns the whole item: of a file and a waiting state,
/// whichever is recorded second sees the other.
public struct Arrive: Sendable {
    let environment: StepEnvironment
    private let fileSets: FileSetTable

    public init(_ environment: StepEnvironment) {
        self.environment = environment
        fileSets = FileSetTable(table: environment.table)
    }

    public func handle(_ event: JSON) throws -> JSON {
        if let records = try S3Event.records(event) { return try filesArrived(records) }
        if event["detail-type"]?.string == "Step Functions Execution Status Change" {
            return try executionChanged(event["detail"] ?? .null)
        }
        let input = StepInput(json: event)
        if event["action"]?.string == "report" {
            return try report(try input.object("detail"))
        }
        let fileSet = try input.text("fileSet")
        if event["action"]?.string == "restart" { return try restart(fileSet) }
        let run = try input.integer("run")
        guard let kind = FileKind(rawValue: try input.text("kind")) else {
            throw StepError(errorName: "Sluice.BadEvent", cause: "an unknown kind of file")
        }
        switch try input.text("action") {
        case "await":
            let waiting = try fileSets.register(
                token: try input.text("taskToken"), run: run, fileSet, kind)
            return ["isThere": JSON(try answer(waiting, fileSet, kind) != nil)]
        case "expire": return try expire(fileSet, kind, run)
        case let other:
            throw StepError(errorName: "Sluice.BadEvent", cause: "arrive knows no action \(other)")
        }
    }

    private func report(_ detail: StepInput) throws -> JSON {
        let (name, status) = (try detail.text("name"), try detail.text("status"))
        try FailureReport(detail.json).send(to: environment.queue)
        environment.log("reported", ["execution": .string(name), "status": .string(status)])
        return ["reported": .string(name)]
    }

    // MARK: A file is there

    private func filesArrived(_ records: [S3Event.Record]) throws -> JSON {
        var arrived: [(name: FileName, record: S3Event.Record)] = []
        for record in records {
            do throws(FileName.Failure) {
                arrived.append((try FileName(key: record.object.key), record))
            } catch .otherFile {
                environment.log("not a file of this job", ["key": .string(record.object.key)])
            } catch .badFileSet(let fileSet) {
                try refuse(record.object.key, fileSet)
            }
        }
        // All are recorded before any execution starts, so that files dropped together run together.
        let items = try arrived.map { name, record in
            (name, try fileSets.record(record, name.fileSet, name.kind))
        }
        for (name, item) in items {
            let answered = try answer(item, name.fileSet, name.kind)
            let version = item.file.map(FileSetTable.version)
            if answered != version || version == nil { try startRun(name.fileSet) }
        }
        return ["files": JSON(items.count)]
    }

    private func refuse(_ key: String, _ fileSet: String) throws {
        environment.log("bad file name", ["key": .string(key)])
        let message: JSON = [
            "type": "error_message", "file_set": .string(fileSet), "error": "Sluice.BadFileName",
            "message": .string(
                "\(key): the name of the file set must be letters, digits and -_.+=@, at most "
                    + "\(FileName.maximumFileSetCharacters) characters"), "execution": .null,
        ]
        try environment.queue.send(message.serialized())
    }

    /// Tells the state that waits for the file, when there are both.
    /// - Returns: the version that a run has taken for certain; nil when none has.
    private func answer(
        _ item: FileSetTable.Item, _ fileSet: String, _ kind: FileKind
    ) throws -> String? {
        guard let file = item.file, let token = item.token, let run = item.tokenRun else {
            return nil
        }
        if let claim = item.claim, claim.run == run, claim.isDelivered {
            return FileSetTable.version(of: claim.file)
        }
        // Whoever claims first decides which version the run takes; everybody answers with that one.
        let claim = try fileSets.claim(file, run: run, fileSet, kind)
        if try environment.executions.sendTaskSuccess(token: token, output: claim.file.json) {
            try fileSets.setDelivered(run: run, fileSet, kind)
            return FileSetTable.version(of: claim.file)
        }
        return nil
    }

    /// Starts the set's current run, or the next one when that has ended.
    private func startRun(_ fileSet: String) throws {
        for _ in 0..<20 {
            let deadline = environment.deadlineSeconds
            let run = try fileSets.currentRun(fileSet, deadlineSeconds: deadline)
            let name = "\(fileSet)-\(run.number)"
            if try environment.executions.start(name: name, input: run.input) { return }
            try fileSets.advance(from: run.number, fileSet, deadlineSeconds: deadline)
        }
        throw StepError(
            errorName: "Sluice.Unavailable", cause: "\(fileSet): no number is free for a run")
    }

    /// Starts the run after the current one, with the files as they are: somebody wants the set again.
    private func restart(_ fileSet: String) throws -> JSON {
        let deadline = environment.deadlineSeconds
        let run = try fileSets.currentRun(fileSet, deadlineSeconds: deadline)
        try fileSets.advance(from: run.number, fileSet, deadlineSeconds: deadline)
        try startRun(fileSet)
        return ["replaced": JSON(run.number)]
    }

    // MARK: The deadline has passed

    private func expire(_ fileSet: String, _ kind: FileKind, _ run: Int) throws -> JSON {
        let items = try FileKind.allCases.map { ($0, try fileSets.item(fileSet, $0)) }
        if let file = items.first(where: { $0.0 == kind })?.1.file {
            let claim = try fileSets.claim(file, run: run, fileSet, kind)
            try fileSets.setDelivered(run: run, fileSet, kind)
            return claim.file.json
        }
        let missing = items.filter { $0.1.file == nil }.map { "\($0.0.rawValue)_\(fileSet).csv" }
        let there = items.compactMap { $0.1.file?.fileName }
        throw StepError(
            errorName: "Sluice.IncompleteFileSet",
            cause: "\(fileSet): missing after \(environment.deadlineSeconds) s: "
                + missing.joined(separator: ", ")
                + (there.isEmpty ? "" : "; there are " + there.joined(separator: ", ")))
    }

    // MARK: An execution has ended

    /// Starts the next run when a file came too late for the one that has ended.
    private func executionChanged(_ detail: JSON) throws -> JSON {
        guard detail["status"]?.string != "RUNNING",
            let text = detail["input"]?.string, let input = try? JSON(parsing: text),
            let fileSet = input["fileSet"]?.string, let run = input["run"]?.int
        else { return ["started": false] }
        if detail["status"]?.string == "SUCCEEDED" {
            // It has taken what was claimed for it, also where whoever told it could not write that down.
            for kind in FileKind.allCases { try fileSets.setDelivered(run: run, fileSet, kind) }
        }
        for kind in FileKind.allCases {
            let item = try fileSets.item(fileSet, kind)
            guard let file = item.file, let claim = item.claim, claim.run == run else { continue }
            let isCorrected = FileSetTable.version(of: claim.file) != FileSetTable.version(of: file)
            // Claimed for a state that had just given up waiting: the deadline passed meanwhile, and
            // whoever brought the file saw the run still going on. A run that failed for another reason
            // would only fail again; its redrive takes the file.
            let isLeft =
                !claim.isDelivered && detail["error"]?.string == "Sluice.IncompleteFileSet"
            guard isCorrected || isLeft else { continue }
            try startRun(fileSet)
            return ["started": true]
        }
        return ["started": false]
    }
}
