public import JSON
import LambdaRuntime
import Stores

/// Matches arrived files with the executions that wait for them, whichever comes first.
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
        fileSets = FileSetTable(
            table: environment.table, deadlineSeconds: environment.deadlineSeconds)
    }

    public func handle(_ event: JSON) throws -> JSON {
        if let records = try S3Event.records(event) { return try filesArrived(records) }
        if event["detail-type"]?.string == "Step Functions Execution Status Change" {
            return try executionChanged(event["detail"] ?? .null)
        }
        let input = StepInput(json: event)
        // Of an execution that failed the rule hands on the event's detail alone.
        if event["executionArn"] != nil { return try report(input) }
        let job = try environment.job(input.text("job"))
        let fileSet = try input.text("fileSet")
        if event["action"]?.string == "restart" { return try restart(job, fileSet) }
        let run = try input.integer("run")
        let arrival = Arrival(
            job: job, input: try job.input(input.text("kind")), fileSet: fileSet)
        switch try input.text("action") {
        case "await":
            let waiting = try fileSets.register(
                token: try input.text("taskToken"), run: run, arrival)
            return ["isThere": JSON(try answer(waiting, arrival) != nil)]
        case "expire": return try expire(arrival, run)
        case let other:
            throw StepError(
                errorName: ErrorName.badEvent, cause: "arrive knows no action \(other)")
        }
    }

    private func report(_ detail: StepInput) throws -> JSON {
        let (name, status) = (try detail.text("name"), try detail.text("status"))
        let job = environment.executions.job(
            ofStateMachine: try detail.text("stateMachineArn"))
        try FailureReport(detail.json).send(to: environment.errorQueue(of: job))
        environment.log("reported", ["execution": .string(name), "status": .string(status)])
        return ["reported": .string(name)]
    }

    // MARK: A file is there

    private func filesArrived(_ records: [S3Event.Record]) throws -> JSON {
        var arrived: [(arrival: Arrival, record: S3Event.Record)] = []
        for record in records {
            let key = record.object.key
            switch Jobs.routing(of: key, environment.options, among: environment.jobs) {
            case .taken(let arrivals): arrived += arrivals.map { ($0, record) }
            case .refused(let job, let fileSet, let reason):
                environment.log("bad file name", ["key": .string(key)])
                try refuse(fileSet, job, ErrorName.badFileName, "\(key): \(reason)")
            case .unrouted:
                environment.log("no job takes the file", ["key": .string(key)])
                let text = Jobs.intakeText(environment.options, among: environment.jobs)
                try refuse(
                    key, nil, ErrorName.unroutedFile, "\(key): no job takes it; taken are \(text)")
            case .ignored: environment.log("not a CSV file", ["key": .string(key)])
            }
        }
        // All are recorded before any execution starts, so that files dropped together run together.
        let items = try arrived.map { ($0, $1, try fileSets.record($1, $0)) }
        for (arrival, record, item) in items {
            if arrival.job.takesOneFile {
                guard let file = item.file,
                    FileSetTable.version(of: file) == FileSetTable.version(of: record.object)
                else { continue }
                try startRun(arrival, of: record)
                continue
            }
            let answered = try answer(item, arrival)
            let version = item.file.map(FileSetTable.version)
            if answered != version || version == nil {
                try startRun(arrival.job, arrival.fileSet)
            }
        }
        return ["files": JSON(items.count)]
    }

    /// Tells whoever reads the errors of a file that starts nothing.
    private func refuse(
        _ fileSet: String, _ job: (any Job.Type)?, _ error: String, _ text: String
    ) throws {
        let message: JSON = [
            "type": "error_message", "file_set": .string(fileSet), "error": .string(error),
            "message": .string(text), "execution": .null,
        ]
        try environment.errorQueue(of: job).send(message.serialized())
    }

    /// Tells the state that waits for the file, when there are both.
    /// - Returns: the version that a run has taken for certain; nil when none has.
    private func answer(
        _ item: FileSetTable.Item, _ arrival: Arrival
    ) throws -> String? {
        guard let file = item.file, let token = item.token, let run = item.tokenRun else {
            return nil
        }
        if let claim = item.claim, claim.run == run, claim.isDelivered {
            return FileSetTable.version(of: claim.file)
        }
        // The first claim decides which version the run takes; all answer with that one.
        let claim = try fileSets.claim(file, run: run, arrival)
        if try environment.executions.sendTaskSuccess(token: token, output: claim.file.json) {
            try fileSets.setDelivered(run: run, arrival)
            return FileSetTable.version(of: claim.file)
        }
        return nil
    }

    /// Starts the set's current run, or the next one when that has ended.
    private func startRun(_ job: any Job.Type, _ fileSet: String) throws {
        // A number whose name is taken, by a run before the table was made anew for instance, is skipped.
        for _ in 0..<Self.maximumSkippedNumbers {
            let run = try fileSets.currentRun(job, fileSet)
            if try environment.executions.start(
                job.name, name: run.executionName, input: run.input)
            {
                return
            }
            try fileSets.advance(from: run)
        }
        throw StepError(
            errorName: ErrorName.unavailable, cause: "\(fileSet): no number is free for a run")
    }

    private static let maximumSkippedNumbers = 20

    /// Starts the run that takes this version of a job's only file; nothing when there has been one, or a
    /// newer version has been taken.
    private func startRun(_ arrival: Arrival, of record: S3Event.Record) throws {
        var hasSkipped = false
        for _ in 0..<Self.maximumSkippedNumbers {
            let run = try fileSets.run(taking: record, arrival)
            guard run.takes(record.object) else { return }
            if try environment.executions.start(
                arrival.job.name, name: run.executionName, input: run.input)
            {
                return
            }
            // There is an execution of that name. It is this version's own when it was told before.
            if !run.isNew, !hasSkipped { return }
            try fileSets.advance(from: run)
            hasSkipped = true
        }
        throw StepError(
            errorName: ErrorName.unavailable,
            cause: "\(arrival.fileSet): no number is free for a run")
    }

    /// Starts the run after the current one, with the files as they are, on request.
    /// - Throws: ``StepError`` `Sluice.BadEvent` when the only file of the set has never come.
    private func restart(_ job: any Job.Type, _ fileSet: String) throws -> JSON {
        if job.takesOneFile,
            try fileSets.item(Arrival(job: job, input: job.inputs[0], fileSet: fileSet)).file == nil
        {
            throw StepError(
                errorName: ErrorName.badEvent, cause: "\(fileSet): no such file has come")
        }
        let run = try fileSets.currentRun(job, fileSet)
        try fileSets.advance(from: run)
        try startRun(job, fileSet)
        return ["replaced": JSON(run.number)]
    }

    // MARK: The deadline has passed

    private func expire(_ arrival: Arrival, _ run: Int) throws -> JSON {
        let (job, fileSet) = (arrival.job, arrival.fileSet)
        let items = try job.inputs.map { input in
            (input, try fileSets.item(Arrival(job: job, input: input, fileSet: fileSet)))
        }
        if let file = items.first(where: { $0.0 == arrival.input })?.1.file {
            let claim = try fileSets.claim(file, run: run, arrival)
            try fileSets.setDelivered(run: run, arrival)
            return claim.file.json
        }
        let missing = items.filter { $0.1.file == nil }.map { $0.0.fileName(ofSet: fileSet) }
        let there = items.compactMap { $0.1.file?.fileName }
        throw StepError(
            errorName: ErrorName.incompleteFileSet,
            cause: "\(fileSet): missing after \(environment.deadlineSeconds) s: "
                + missing.joined(separator: ", ")
                + (there.isEmpty ? "" : "; there are " + there.joined(separator: ", ")))
    }

    // MARK: An execution has ended

    /// Starts the next run when a file came too late for the one that has ended.
    private func executionChanged(_ detail: JSON) throws -> JSON {
        guard detail["status"]?.string != "RUNNING",
            let text = detail["input"]?.string, let input = try? JSON(parsing: text),
            let name = input["job"]?.string, let fileSet = input["fileSet"]?.string,
            let run = input["run"]?.int
        else { return ["started": false] }
        let job = try environment.job(name)
        // Each version of a job's only file has a run of its own.
        if job.takesOneFile { return ["started": false] }
        let arrivals = job.inputs.map { Arrival(job: job, input: $0, fileSet: fileSet) }
        if detail["status"]?.string == "SUCCEEDED" {
            // It has taken what was claimed for it, also where whoever told it could not write that down.
            for arrival in arrivals { try fileSets.setDelivered(run: run, arrival) }
        }
        for arrival in arrivals {
            let item = try fileSets.item(arrival)
            guard let file = item.file, let claim = item.claim, claim.run == run else { continue }
            let isCorrected = FileSetTable.version(of: claim.file) != FileSetTable.version(of: file)
            // Claimed for a state that had just given up waiting: the deadline passed meanwhile, and
            // whoever brought the file saw the run still going on. A run that failed for another reason
            // would only fail again; its redrive takes the file.
            let isLeft =
                !claim.isDelivered && detail["error"]?.string == ErrorName.incompleteFileSet
            guard isCorrected || isLeft else { continue }
            try startRun(job, fileSet)
            return ["started": true]
        }
        return ["started": false]
    }
}
