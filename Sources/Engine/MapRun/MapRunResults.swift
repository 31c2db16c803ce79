import JSON
import StatesLanguage
import System

/// What a Map Run's children have left, as the Map state's result or as objects in a bucket.
///
/// The objects are laid out as AWS does:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html>.
struct MapRunResults {
    let run: MapRun
    let objects: any ObjectSource

    /// A result file is closed when it has grown to this size.
    static let fileBytes = 32 << 20

    /// Reads the children from the store, which has them all by now.
    func collect(storePath: String) -> Result<JSON, Failure> {
        do {
            let database = try Database(storePath, readOnly: true)
            let written = try run.identity.writer.map { writer throws in
                try write(database, bucket: writer.bucket, prefix: writer.prefix)
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
                Failure(error: StatesError.Name.resultWriterFailed, cause: "\(error)"))
        }
    }

    /// The outputs of the children that succeeded, by index.
    private func outputs(_ database: Database) throws -> JSON {
        var outputs: [JSON] = []
        var bytes = 2
        let statement = try database.prepare(
            "SELECT output FROM executions WHERE map_run = ? AND status = 'SUCCEEDED' "
                + "ORDER BY map_index", [.int(run.identity.row)])
        defer { statement.reset() }
        while try statement.step() {
            let text = statement.text(0)
            bytes += text.utf8.count + 1
            guard bytes <= Limits.payloadBytes + 1 else {
                throw Failure.dataLimitExceeded(run.identity.arn)
            }
            outputs.append(try JSON(parsing: text))
        }
        return .array(outputs)
    }

    /// Writes the result files and the manifest; the Map state's result that points to them.
    private func write(_ database: Database, bucket: String, prefix: String) throws -> JSON {
        let uuid = run.identity.arn.split(separator: ":").last ?? ""
        let directory = (prefix.isEmpty || prefix.hasSuffix("/") ? prefix : prefix + "/") + uuid
        var files: [String: [JSON]] = ["SUCCEEDED": [], "FAILED": [], "PENDING": []]
        for (name, statuses) in [
            ("SUCCEEDED", "'SUCCEEDED'"), ("FAILED", "'FAILED', 'TIMED_OUT', 'ABORTED'"),
        ] {
            files[name] = try writeFiles(database, name, statuses, bucket, directory)
        }
        let manifest: JSON = [
            "DestinationBucket": .string(bucket), "MapRunArn": .string(run.identity.arn),
            "ResultFiles": [
                "FAILED": .array(files["FAILED"] ?? []), "PENDING": [],
                "SUCCEEDED": .array(files["SUCCEEDED"] ?? []),
            ],
        ]
        let key = directory + "/manifest.json"
        try objects.putObject(bucket: bucket, key: key, bytes: Array(manifest.serialized().utf8))
        return [
            "MapRunArn": .string(run.identity.arn),
            "ResultWriterDetails": ["Bucket": .string(bucket), "Key": .string(key)],
        ]
    }

    private func writeFiles(
        _ database: Database, _ name: String, _ statuses: String, _ bucket: String,
        _ directory: String
    ) throws -> [JSON] {
        var written: [JSON] = []
        var bytes: [UInt8] = []
        func close() throws {
            guard !bytes.isEmpty else { return }
            bytes.append(UInt8(ascii: "]"))
            let key = "\(directory)/\(name)_\(written.count).json"
            try objects.putObject(bucket: bucket, key: key, bytes: bytes)
            written.append(["Key": .string(key), "Size": JSON(bytes.count)])
            bytes = []
        }
        let statement = try database.prepare(
            """
            SELECT arn, name, machine_arn, status, input, output, error, cause, started, stopped,
            redrive_count FROM executions WHERE map_run = ? AND status IN (\(statuses))
            ORDER BY map_index
            """, [.int(run.identity.row)])
        defer { statement.reset() }
        while try statement.step() {
            bytes.append(UInt8(ascii: bytes.isEmpty ? "[" : ","))
            Self.entry(statement).write(to: &bytes)
            if bytes.count >= Self.fileBytes { try close() }
        }
        try close()
        return written
    }

    private static func entry(_ child: Database.Statement) -> JSON {
        func time(_ column: Int) -> JSON {
            child.optionalInt(column).map {
                .string(Timestamp(milliseconds: $0).iso8601)
            } ?? .null
        }
        var entry: JSONObject = [
            "ExecutionArn": .string(child.text(0)), "Input": .string(child.text(4)),
            "InputDetails": ["Included": true], "Name": .string(child.text(1)),
        ]
        if let output = child.optionalText(5) {
            entry["Output"] = .string(output)
            entry["OutputDetails"] = ["Included": true]
        }
        entry["Error"] = child.optionalText(6).map { .string($0) }
        entry["Cause"] = child.optionalText(7).map { .string($0) }
        entry["RedriveCount"] = JSON(child.int(10))
        entry["StartDate"] = time(8)
        entry["StateMachineArn"] = .string(child.text(2))
        entry["Status"] = .string(child.text(3))
        entry["StopDate"] = time(9)
        return .object(entry)
    }
}
