import JSON
import LambdaRuntime
import Stores
import System

/// What is known of file sets, one item per set and input, and one for the set's runs.
///
/// | sort key | attributes |
/// |---|---|
/// | an input | `file`, `sequencer`: the newest file; `token`, `tokenRun`: who waits; `claimFile`, `claimRun`, `deliveredRun`: what a run has taken |
/// | `run` | `number`, `secret`, `deadlineSeconds`: the current run; of a job of one file also `file`, `sequencer`: what it takes |
struct FileSetTable {
    let table: any Table
    /// What new runs are told.
    let deadlineSeconds: Int

    struct Item {
        var file: ObjectReference?
        var sequencer: String?
        var token: String?
        var tokenRun: Int?
        var claim: Claim?
    }

    /// The version of a file that a run has taken: decided once, for all who answer.
    struct Claim {
        var run: Int
        var file: ObjectReference
        /// Whether the run has been told for certain.
        var isDelivered: Bool
    }

    /// A run of a set, with an input that is always the same, so that starting it twice starts it once.
    struct CurrentRun {
        var job: any Job.Type
        var fileSet: String
        var number: Int
        var input: JSON
        /// What it takes, of a job of one file.
        var file: ObjectReference?
        var sequencer: String?
        /// Whether it has its number since this call.
        var isNew: Bool

        var executionName: String {
            ExecutionName(fileSet: fileSet, run: number).description
        }

        func takes(_ other: ObjectReference) -> Bool {
            file.map(version) == FileSetTable.version(of: other)
        }
    }

    static func version(of file: ObjectReference) -> String {
        "\(file.key) \(file.versionID ?? file.eTag ?? "") \(file.sizeBytes)"
    }

    private func key(_ job: any Job.Type, _ fileSet: String, _ sort: String) -> TableKey {
        TableKey("\(job.name)#\(fileSet)", sort)
    }

    private func key(_ arrival: Arrival) -> TableKey {
        key(arrival.job, arrival.fileSet, arrival.input.name)
    }

    // MARK: Files

    func item(_ arrival: Arrival) throws -> Item {
        try Self.item(table.getItem(key: key(arrival)) ?? [:])
    }

    /// Records a file unless a newer one is known already.
    ///
    /// Sequencers order the events of one key. Of two keys that mean the same file of a set, for instance
    /// `order_7.csv` and `orders_7.csv`, the one whose event comes last is taken.
    func record(_ record: S3Event.Record, _ arrival: Arrival) throws -> Item {
        let set: JSONObject = [
            "file": .string(record.object.json.serialized()),
            "sequencer": .string(record.comparableSequencer),
        ]
        while true {
            let known = try item(arrival)
            let condition: TableCondition
            if let file = known.file, let sequencer = known.sequencer {
                if file.key == record.object.key, sequencer >= record.comparableSequencer {
                    return known
                }
                condition = .equal("sequencer", .string(sequencer))
            } else {
                condition = .attributeMissing("sequencer")
            }
            let update = try table.updateItem(
                key: key(arrival), set: set, remove: [], condition: condition)
            if update.isDone { return try Self.item(update.item) }
        }
    }

    func register(token: String, run: Int, _ arrival: Arrival) throws -> Item {
        let update = try table.updateItem(
            key: key(arrival),
            set: ["token": .string(token), "tokenRun": JSON(run)], remove: ["deliveredRun"],
            condition: nil)
        return try Self.item(update.item)
    }

    /// Takes the file for the run, unless the run has taken one before.
    /// - Returns: what the run has taken.
    func claim(_ file: ObjectReference, run: Int, _ arrival: Arrival) throws -> Claim {
        let update = try table.updateItem(
            key: key(arrival),
            set: ["claimRun": JSON(run), "claimFile": .string(file.json.serialized())],
            remove: [], condition: .missingOrOther("claimRun", than: JSON(run)))
        guard let claim = try Self.item(update.item).claim else {
            throw StepError(errorName: ErrorName.badTable, cause: "a claim was not kept")
        }
        return claim
    }

    func setDelivered(run: Int, _ arrival: Arrival) throws {
        _ = try table.updateItem(
            key: key(arrival), set: ["deliveredRun": JSON(run)], remove: [],
            condition: .equal("claimRun", JSON(run)))
    }

    // MARK: Runs

    func currentRun(_ job: any Job.Type, _ fileSet: String) throws -> CurrentRun {
        let update = try table.updateItem(
            key: key(job, fileSet, "run"), set: newRun(1, nil, nil), remove: [],
            condition: .attributeMissing("number"))
        return try run(job, fileSet, update.item, isNew: update.isDone)
    }

    /// The run that takes this version: the current one when it does, or when it takes a newer one; else
    /// the next.
    func run(taking record: S3Event.Record, _ arrival: Arrival) throws -> CurrentRun {
        let key = key(arrival.job, arrival.fileSet, "run")
        let sequencer = record.comparableSequencer
        while true {
            let item = try table.getItem(key: key)
            let known = try item.map {
                try run(arrival.job, arrival.fileSet, $0, isNew: false)
            }
            if let known, known.takes(record.object) || (known.sequencer ?? "") >= sequencer {
                return known
            }
            let update = try table.updateItem(
                key: key, set: newRun((known?.number ?? 0) + 1, record.object, sequencer),
                remove: [],
                condition: known.map { .equal("number", JSON($0.number)) }
                    ?? .attributeMissing("number"))
            if update.isDone {
                return try run(arrival.job, arrival.fileSet, update.item, isNew: true)
            }
        }
    }

    /// Makes the run after this one the current one; nothing when it is no longer current.
    func advance(from run: CurrentRun) throws {
        _ = try table.updateItem(
            key: key(run.job, run.fileSet, "run"),
            set: newRun(run.number + 1, run.file, run.sequencer), remove: [],
            condition: .equal("number", JSON(run.number)))
    }

    private func newRun(
        _ number: Int, _ file: ObjectReference?, _ sequencer: String?
    ) -> JSONObject {
        var attributes: JSONObject = [
            "number": JSON(number), "deadlineSeconds": JSON(deadlineSeconds),
            "secret": .string(randomHexadecimal(bytes: KeyHasher.secretDigits / 2)),
        ]
        attributes["file"] = file.map { .string($0.json.serialized()) }
        attributes["sequencer"] = sequencer.map { .string($0) }
        return attributes
    }

    private func run(
        _ job: any Job.Type, _ fileSet: String, _ item: JSONObject, isNew: Bool
    ) throws -> CurrentRun {
        guard let number = item["number"]?.int, let secret = item["secret"],
            let deadline = item["deadlineSeconds"]
        else { throw StepError(errorName: ErrorName.badTable, cause: "\(fileSet): no run is kept") }
        var input: JSONObject = [
            "format": JSON(StoredFormat.number), "job": .string(job.name),
            "fileSet": .string(fileSet), "run": JSON(number), "secret": secret,
            "deadlineSeconds": deadline,
        ]
        let file = try Self.file(item, "file")
        input["file"] = file?.json
        return CurrentRun(
            job: job, fileSet: fileSet, number: number, input: .object(input), file: file,
            sequencer: item["sequencer"]?.string, isNew: isNew)
    }

    // MARK: Attributes

    private static func item(_ attributes: JSONObject) throws -> Item {
        var item = Item(
            file: try file(attributes, "file"), sequencer: attributes["sequencer"]?.string,
            token: attributes["token"]?.string, tokenRun: attributes["tokenRun"]?.int)
        if let run = attributes["claimRun"]?.int, let taken = try file(attributes, "claimFile") {
            item.claim = Claim(
                run: run, file: taken, isDelivered: attributes["deliveredRun"]?.int == run)
        }
        return item
    }

    private static func file(_ attributes: JSONObject, _ name: String) throws -> ObjectReference? {
        guard let text = attributes[name]?.string else { return nil }
        return try ObjectReference(StepInput(json: JSON(parsing: text)))
    }
}
