import JSON
import Stores
import System

/// What is known of file sets, one item per set and kind, and one for the set's runs.
///
/// | sort key | attributes |
/// |---|---|
/// | a kind | `file`, `sequencer`: the newest file; `token`, `tokenRun`: who waits; `claimFile`, `claimRun`, `deliveredRun`: what a run has taken |
/// | `run` | `number`, `secret`, `deadlineSeconds`: the current run |
struct FileSetTable {
    let table: any Table

    struct Item {
        var file: ObjectReference?
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

    static func version(of file: ObjectReference) -> String {
        "\(file.key) \(file.versionID ?? file.eTag ?? "") \(file.sizeBytes)"
    }

    private func key(_ fileSet: String, _ sort: String) -> TableKey {
        TableKey("\(CustomerMessages.name)#\(fileSet)", sort)
    }

    func item(_ fileSet: String, _ kind: FileKind) throws -> Item {
        try Self.item(table.getItem(key: key(fileSet, kind.rawValue)) ?? [:])
    }

    /// Records a file unless a newer one is known already.
    func record(_ record: S3Event.Record, _ fileSet: String, _ kind: FileKind) throws -> Item {
        let sequencer = JSON.string(record.comparableSequencer)
        let update = try table.updateItem(
            key: key(fileSet, kind.rawValue),
            set: ["file": .string(record.object.json.serialized()), "sequencer": sequencer],
            remove: [], condition: .missingOrLess("sequencer", than: sequencer))
        return try Self.item(update.item)
    }

    func register(token: String, run: Int, _ fileSet: String, _ kind: FileKind) throws -> Item {
        let update = try table.updateItem(
            key: key(fileSet, kind.rawValue),
            set: ["token": .string(token), "tokenRun": JSON(run)], remove: ["deliveredRun"],
            condition: nil)
        return try Self.item(update.item)
    }

    /// Takes the file for the run, unless the run has taken one before.
    /// - Returns: what the run has taken.
    func claim(
        _ file: ObjectReference, run: Int, _ fileSet: String, _ kind: FileKind
    ) throws -> Claim {
        let update = try table.updateItem(
            key: key(fileSet, kind.rawValue),
            set: ["claimRun": JSON(run), "claimFile": .string(file.json.serialized())],
            remove: [], condition: .missingOrOther("claimRun", than: JSON(run)))
        guard let claim = try Self.item(update.item).claim else {
            throw StepError(errorName: "Sluice.BadTable", cause: "a claim was not kept")
        }
        return claim
    }

    func setDelivered(run: Int, _ fileSet: String, _ kind: FileKind) throws {
        _ = try table.updateItem(
            key: key(fileSet, kind.rawValue), set: ["deliveredRun": JSON(run)], remove: [],
            condition: .equal("claimRun", JSON(run)))
    }

    /// The input of the set's current run, always the same, so that starting it twice starts it once.
    func currentRun(
        _ fileSet: String, deadlineSeconds: Int
    ) throws -> (number: Int, input: JSON) {
        let update = try table.updateItem(
            key: key(fileSet, "run"), set: Self.newRun(1, deadlineSeconds), remove: [],
            condition: .attributeMissing("number"))
        guard let number = update.item["number"]?.int, let secret = update.item["secret"],
            let deadline = update.item["deadlineSeconds"]
        else { throw StepError(errorName: "Sluice.BadTable", cause: "\(fileSet): no run is kept") }
        let input: JSON = [
            "fileSet": .string(fileSet), "run": JSON(number), "secret": secret,
            "deadlineSeconds": deadline,
        ]
        return (number, input)
    }

    func advance(from number: Int, _ fileSet: String, deadlineSeconds: Int) throws {
        _ = try table.updateItem(
            key: key(fileSet, "run"), set: Self.newRun(number + 1, deadlineSeconds), remove: [],
            condition: .equal("number", JSON(number)))
    }

    private static func newRun(_ number: Int, _ deadlineSeconds: Int) -> JSONObject {
        [
            "number": JSON(number), "deadlineSeconds": JSON(deadlineSeconds),
            "secret": .string(randomHexadecimal(bytes: KeyHasher.secretDigits / 2)),
        ]
    }

    private static func item(_ attributes: JSONObject) throws -> Item {
        func file(_ name: String) throws -> ObjectReference? {
            guard let text = attributes[name]?.string else { return nil }
            return try ObjectReference(StepInput(json: JSON(parsing: text)))
        }
        var item = Item(
            file: try file("file"), token: attributes["token"]?.string,
            tokenRun: attributes["tokenRun"]?.int)
        if let run = attributes["claimRun"]?.int, let taken = try file("claimFile") {
            item.claim = Claim(
                run: run, file: taken, isDelivered: attributes["deliveredRun"]?.int == run)
        }
        return item
    }
}
