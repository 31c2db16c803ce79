import JSON
import LambdaRuntime
import Stores

/// The objects that one run keeps in the work bucket.
public struct RunStorage: Sendable {
    let environment: StepEnvironment
    /// `JOB/EXECUTION/`.
    let prefix: String

    func key(_ name: String) -> String { prefix + name }

    /// `{bucket, key}` of one of the run's objects.
    func location(_ name: String) -> JSON {
        ["bucket": .string(environment.workBucket), "key": .string(key(name))]
    }

    /// 00007: names sort as the numbers do, up to 100,000 of a kind and well beyond.
    static func number(_ index: Int) -> String {
        let text = String(index)
        return String(repeating: "0", count: max(0, 5 - text.count)) + text
    }

    func put(_ name: String, _ json: JSON) throws {
        var bytes: [UInt8] = []
        json.write(to: &bytes)
        try put(name, bytes)
    }

    func put(_ name: String, _ bytes: [UInt8]) throws {
        _ = try bytes.withUnsafeBytes {
            try environment.objects.putObject(
                bucket: environment.workBucket, key: key(name), bytes: $0)
        }
    }

    func get(_ name: String) throws -> JSON {
        try JSON(
            parsing: environment.objects.getObject(
                bucket: environment.workBucket, key: key(name)))
    }

    /// Nil when there is no such object.
    func getIfThere(_ name: String) throws -> JSON? {
        let found = try environment.objects.headObject(
            bucket: environment.workBucket, key: key(name))
        // Not `nil`, which here would be JSON's null.
        guard found != nil else { return Optional.none }
        return try get(name)
    }

    /// Lays out a part and stores it.
    /// - Returns: its size in bytes; 0 when it has no rows, and then nothing is stored.
    func put(_ name: String, _ part: inout PartBuilder) throws -> Int {
        if part.rowCount == 0 { return 0 }
        return try part.withBytes { bytes in
            try environment.objects.putObject(
                bucket: environment.workBucket, key: key(name), bytes: bytes
            ).sizeBytes
        }
    }
}

/// The number that what is stored and sent carries: of manifests, plans, reports and inputs of
/// executions. What another version of Sluice has written is refused by name, not misread.
enum StoredFormat {
    /// Counted up whenever the meaning of any of them changes.
    static let number = 2

    static func check(_ input: StepInput, _ what: String) throws(StepError) {
        let found = input.json["format"]?.int
        guard found != number else { return }
        throw StepError(
            errorName: ErrorName.unknownFormat,
            cause:
                "\(what) has the format \(found.map(String.init) ?? "of an older version"), this "
                + "version of Sluice reads \(number): start the run again from its first step")
    }
}
