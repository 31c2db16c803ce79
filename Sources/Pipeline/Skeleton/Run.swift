import JSON
import Stores

/// One try at a file set, as the state machine's input names it.
struct Run {
    let fileSet: String
    let number: Int
    /// The secret of its key hashes; see ``KeyHasher``.
    let secret: String
    let storage: RunStorage

    init(_ input: StepInput, _ environment: StepEnvironment) throws(StepError) {
        fileSet = try input.text("fileSet")
        number = try input.integer("run")
        secret = try input.text("secret")
        storage = RunStorage(
            environment: environment, prefix: "\(CustomerMessages.name)/\(fileSet)-\(number)/")
    }

    /// Names the sender of one emit task's messages.
    func sender(_ index: Int) -> String {
        "\(CustomerMessages.name)/\(fileSet)-\(number)/\(RunStorage.number(index))"
    }

    /// `{bucket, key}` of one of the run's objects.
    func location(_ name: String) -> JSON {
        [
            "bucket": .string(storage.environment.workBucket),
            "key": .string(storage.key(name)),
        ]
    }
}

/// The job that this folder holds.
public enum CustomerMessages {
    /// Names the job, its state machine and its queue.
    public static let name = "customer-messages"
    /// The executables that its states call.
    public static let functionNames = [
        "arrive", "validate", "parse-chunk", "seal", "aggregate", "emit",
    ]

    /// `ParseChunk` for parse-chunk.
    public static func logicalName(ofFunction name: String) -> String {
        name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    /// What stands, as `${…}`, for the function's ARN in the definition: `ParseChunkFunctionArn`.
    public static func placeholder(ofFunction name: String) -> String {
        logicalName(ofFunction: name) + "FunctionArn"
    }
}
