import JSON
import SQLite
import StatesLanguage
import System

/// What a Map Run's children have left, as the Map state's result or as objects in a bucket.
///
/// The objects are laid out as AWS does:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html>.
struct MapRunResults {
    let run: MapRun
    let objects: any ObjectSource

    /// Reads the children from the store, which has them all by now.
    func collect(storePath: String) -> Result<JSON, Failure> {
        do {
            let database = try Database(storePath, access: .readOnly)
            let written = try run.identity.results.destination.map { destination throws in
                try write(database, bucket: destination.bucket, prefix: destination.prefix)
            }
            if run.isExceeded {
                return .failure(
                    Failure(
                        error: StatesError.Name.exceedToleratedFailureThreshold,
                        cause: "The specified tolerated failure threshold was exceeded"))
            }
            return .success(try written ?? outputs(database))
        } catch let failure as Failure {
            return .failure(failure)
        } catch {
            return .failure(
                Failure(error: StatesError.Name.resultWriterFailed, cause: "\(error)").shortened)
        }
    }

    /// What the children left, by index; of one that did not succeed all that is known of it.
    private func outputs(_ database: Database) throws -> JSON {
        var text: [UInt8] = [UInt8(ascii: "[")]
        let children = try ChildResults(database, run, "1")
        while try children.next() {
            for result in try children.results(run.identity.results.transformation) {
                if text.count > 1 { text.append(UInt8(ascii: ",")) }
                text += result.utf8
            }
            guard text.count < Limits.payloadBytes else {
                throw Failure.dataLimitExceeded(run.identity.arn)
            }
        }
        text.append(UInt8(ascii: "]"))
        return try JSON(parsing: text)
    }

    /// Writes the result files and the manifest; the Map state's result that points to them.
    private func write(_ database: Database, bucket: String, prefix: String) throws -> JSON {
        let uuid = run.identity.arn.split(separator: ":").last ?? ""
        let directory = (prefix.isEmpty || prefix.hasSuffix("/") ? prefix : prefix + "/") + uuid
        var manifests = JSONObject()
        for (name, statuses) in [
            ("FAILED", "e.status IN ('FAILED', 'TIMED_OUT', 'ABORTED')"),
            ("PENDING", "e.status IS NULL"), ("SUCCEEDED", "e.status = 'SUCCEEDED'"),
        ] {
            var files = ResultFiles(
                objects: objects, bucket: bucket, path: "\(directory)/\(name)",
                outputType: run.identity.results.outputType)
            let children = try ChildResults(database, run, statuses)
            while try children.next() {
                for result in try children.results(run.identity.results.transformation) {
                    try files.append(result)
                }
            }
            manifests[name] = .array(try files.finish())
        }
        let manifest: JSON = [
            "DestinationBucket": .string(bucket), "MapRunArn": .string(run.identity.arn),
            "ResultFiles": .object(manifests),
        ]
        let key = directory + "/manifest.json"
        try objects.putObject(bucket: bucket, key: key, bytes: Array(manifest.serialized().utf8))
        return [
            "MapRunArn": .string(run.identity.arn),
            "ResultWriterDetails": ["Bucket": .string(bucket), "Key": .string(key)],
        ]
    }
}

/// Objects of results, begun anew when one has grown large.
private struct ResultFiles {
    /// A result file is closed when it has grown to this size.
    static let fileBytes = 8 << 20

    let objects: any ObjectSource
    let bucket: String
    /// The keys up to `_0.json`.
    let path: String
    let outputType: ResultPlan.OutputType
    private var written: [JSON] = []
    private var bytes: [UInt8] = []

    init(
        objects: any ObjectSource, bucket: String, path: String,
        outputType: ResultPlan.OutputType
    ) {
        self.objects = objects
        self.bucket = bucket
        self.path = path
        self.outputType = outputType
    }

    mutating func append(_ result: String) throws {
        switch outputType {
        case .json:
            bytes.append(UInt8(ascii: bytes.isEmpty ? "[" : ","))
            bytes += result.utf8
        case .jsonLines:
            bytes += result.utf8
            bytes.append(UInt8(ascii: "\n"))
        }
        if bytes.count >= Self.fileBytes { try close() }
    }

    /// `Key` and `Size` of what was written.
    mutating func finish() throws -> [JSON] {
        try close()
        return written
    }

    private mutating func close() throws {
        guard !bytes.isEmpty else { return }
        if outputType == .json { bytes.append(UInt8(ascii: "]")) }
        let key = "\(path)_\(written.count).\(outputType == .json ? "json" : "jsonl")"
        try objects.putObject(bucket: bucket, key: key, bytes: bytes)
        written.append(["Key": .string(key), "Size": JSON(bytes.count)])
        bytes = []
    }
}
