public import AWSClient
import System

/// Puts a file into a bucket: small ones at once, large ones in parts side by side, which a later try
/// goes on with.
///
/// S3 compares the SHA-256 of every part, and what it says of the whole is compared here.
public struct S3FileUpload: Sendable {
    /// From this size on in parts of at least this size.
    public static let partBytes = 16 << 20
    /// Parts under way at most, each in memory once; fewer where they are so large that they would
    /// take more than ``maximumMemoryBytes``, but two at least.
    public static let partsInFlight = 8
    public static let maximumMemoryBytes = 256 << 20

    public enum Placement: String, Sendable, Hashable {
        /// The object had this content already.
        case unchanged
        case uploaded
        /// Some of it had been uploaded before.
        case resumed
    }

    /// How far an upload is.
    public struct Progress: Sendable, Hashable {
        public var doneBytes: Int
        public var sizeBytes: Int
    }

    private let s3: S3
    private let recordDirectory: String
    private let partBytes: Int

    /// - Parameters:
    ///   - recordDirectory: where it is kept which parts were taken.
    ///   - partBytes: 5 MiB at least.
    public init(
        _ client: AWSClient = AWSClient(), recordDirectory: String,
        partBytes: Int = S3FileUpload.partBytes
    ) {
        s3 = S3(client)
        self.recordDirectory = recordDirectory
        self.partBytes = max(S3.minimumPartBytes, partBytes)
    }

    /// Puts the file.
    /// - Parameters:
    ///   - onProgress: told now and then, by several threads.
    ///   - isCancelled: asked before each part.
    /// - Returns: nil when it was cancelled.
    /// - Throws: also when the file changes meanwhile: no object is made of two states of it.
    public func put(
        _ path: String, bucket: String, key: String,
        onProgress: @escaping @Sendable (Progress) -> Void = { _ in },
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(StoreError) -> (reference: ObjectReference, placement: Placement)? {
        let subject = "\(path) to s3://\(bucket)/\(key)"
        do {
            let file = try UploadedFile(path, partBytes: partBytes)
            let present = try presentObject(bucket: bucket, key: key)
            if let present, try file.isContent(of: present) {
                return (ObjectReference(bucket: bucket, present), .unchanged)
            }
            if isCancelled() { return nil }
            guard file.status.sizeBytes >= partBytes else {
                let object = try putWhole(file, bucket: bucket, key: key)
                return (ObjectReference(bucket: bucket, object), .uploaded)
            }
            let work = try FileUploadWork(
                s3, file, bucket: bucket, key: key, recordDirectory: recordDirectory,
                onProgress: onProgress, isCancelled: isCancelled)
            return try work.run().map { object, isResumed in
                (ObjectReference(bucket: bucket, object), isResumed ? .resumed : .uploaded)
            }
        } catch let error as AWSError {
            throw StoreError(error, subject: subject)
        } catch let error as SystemError {
            throw StoreError(error, subject: subject)
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.inputOutput, "\(error)", subject: subject)
        }
    }

    /// What is there under that key; nil also for who may write to the bucket but not read it.
    private func presentObject(bucket: String, key: String) throws(AWSError) -> S3Object? {
        do throws(AWSError) {
            return try s3.headObject(bucket: bucket, key: key, withChecksum: true)
        } catch {
            if error.httpStatus == 403 { return nil }
            throw error
        }
    }

    private func putWhole(
        _ file: UploadedFile, bucket: String, key: String
    ) throws -> S3Object {
        try file.withPart(1) { bytes, _ in
            try file.checkUnchanged()
            return try s3.putObject(bucket: bucket, key: key, bytes: bytes)
        }
    }
}
