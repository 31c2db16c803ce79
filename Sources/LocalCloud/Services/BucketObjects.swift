import Engine
import Stores
import System

/// The buckets as the engine's Map states read and write them.
struct BucketObjects: ObjectSource {
    let store: LocalObjectStore

    func getObject(bucket: String, key: String) throws -> [UInt8] {
        try store.getObject(bucket: bucket, key: key)
    }

    func putObject(bucket: String, key: String, bytes: [UInt8]) throws {
        _ = try bytes.withUnsafeBytes {
            try store.putObject(bucket: bucket, key: key, bytes: $0)
        }
    }

    /// - Throws: `NoSuchBucket`; an empty list would let a misspelt name pass for a Map without items.
    func listObjects(bucket: String, prefix: String) throws -> [ListedObject] {
        let directory = store.root + "/" + bucket
        guard try FileStatus(of: directory) != nil else {
            throw StoreError(.noSuchBucket, "there is no such bucket", subject: bucket)
        }
        return try store.listObjects(bucket: bucket, prefix: prefix).compactMap { found in
            let path = try store.path(bucket: bucket, key: found.key)
            // Gone since it was listed.
            guard let status = try FileStatus(of: path) else { return nil }
            return ListedObject(
                key: found.key, sizeBytes: status.sizeBytes,
                lastModifiedSeconds: status.modifiedNanoseconds / 1_000_000_000,
                eTag: found.eTag ?? found.versionID ?? "")
        }
    }
}
