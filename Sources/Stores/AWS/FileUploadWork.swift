import AWSClient
import System

#if canImport(Glibc)
import Glibc
#endif

/// One upload of a file in parts: threads take part after part, what was taken is recorded, and the
/// object is made at the end.
final class FileUploadWork: Sendable {
    private let s3: S3
    private let file: UploadedFile
    private let record: UploadRecord
    private let upload: S3MultipartUpload
    /// What S3 has already, by number.
    private let present: [Int: S3Part]
    private let onProgress: @Sendable (S3FileUpload.Progress) -> Void
    private let isCancelled: @Sendable () -> Bool
    private let state = Monitor(State())

    private struct State {
        var nextPart = 1
        var parts: [Int: (part: S3Part, digest: [UInt8])] = [:]
        var doneBytes = 0
        var resumedParts = 0
        var failure: StoreError?
        var isCancelled = false
    }

    /// Goes on with the upload that the record tells of, or begins one.
    init(
        _ s3: S3, _ file: UploadedFile, bucket: String, key: String, recordDirectory: String,
        onProgress: @escaping @Sendable (S3FileUpload.Progress) -> Void,
        isCancelled: @escaping @Sendable () -> Bool
    ) throws {
        self.s3 = s3
        self.file = file
        self.onProgress = onProgress
        self.isCancelled = isCancelled
        do throws(SystemError) {
            record = try UploadRecord(directory: recordDirectory, bucket: bucket, key: key)
        } catch {
            guard error.errno == EWOULDBLOCK else { throw error }
            throw StoreError(
                .unavailable, "another process is uploading to this key",
                subject: "s3://\(bucket)/\(key)")
        }
        let identity = UploadRecord.Identity(
            bucket: bucket, key: key, partBytes: file.partBytes, file: file.status)
        if let known = try record.read() {
            let upload = S3MultipartUpload(s3, bucket: bucket, key: key, uploadID: known.uploadID)
            if known.isOf(identity), let parts = try Self.parts(known.parts, of: upload) {
                self.upload = upload
                present = parts
                return
            }
            // Of another state of the file: nobody will complete it. Who may not abort it leaves it to
            // the bucket's lifecycle rule.
            try? upload.abort()
        }
        upload = try S3MultipartUpload(s3, bucket: bucket, key: key)
        try record.begin(upload.uploadID, of: identity)
        present = [:]
    }

    /// Which of the recorded parts S3 holds, by number; nil when the upload is over.
    private static func parts(
        _ recorded: [S3Part], of upload: S3MultipartUpload
    ) throws(AWSError) -> [Int: S3Part]? {
        do throws(AWSError) {
            let held = try upload.s3.listParts(
                bucket: upload.bucket, key: upload.key, uploadID: upload.uploadID)
            return agreeing(recorded, held)
        } catch {
            if error.code == "NoSuchUpload" { return nil }
            guard error.httpStatus == 403 else { throw error }
            // Who may not list them believes the record: S3 compares the ETags at the end.
            return Dictionary(recorded.map { ($0.number, $0) }) { _, last in last }
        }
    }

    /// The parts that both the record and S3 know, as the same.
    private static func agreeing(_ recorded: [S3Part], _ held: [S3Part]) -> [Int: S3Part] {
        var parts: [Int: S3Part] = [:]
        for part in recorded {
            let isHeld = held.contains {
                $0.number == part.number && $0.eTag == part.eTag && $0.sizeBytes == part.sizeBytes
                    && ($0.checksumSHA256 ?? part.checksumSHA256) == part.checksumSHA256
            }
            if isHeld { parts[part.number] = part }
        }
        return parts
    }

    /// - Returns: the object, and whether some of it had been uploaded before; nil when cancelled.
    func run() throws -> (object: S3Object, isResumed: Bool)? {
        let fitting = max(2, S3FileUpload.maximumMemoryBytes / file.partBytes)
        let count = min(S3FileUpload.partsInFlight, fitting, file.partCount)
        let threads = (0..<count).map { _ in
            Thread { [self] in work() }
        }
        for thread in threads { thread.join() }
        let state = state.withLock { $0 }
        if let failure = state.failure {
            // The next try begins anew then.
            if failure.code.rawValue == "NoSuchUpload" { try record.remove() }
            throw failure
        }
        if state.isCancelled { return nil }
        try file.checkUnchanged()
        let ordered = (1...file.partCount).compactMap { state.parts[$0] }
        let object = try upload.complete(ordered.map(\.part))
        try record.remove()
        let expected = S3.compositeChecksum(ofParts: ordered.map(\.digest))
        if let theirs = object.checksumSHA256, theirs != expected {
            throw StoreError(
                .checksumMismatch, "S3's checksum is \(theirs), the file's \(expected)",
                subject: "s3://\(upload.bucket)/\(upload.key)")
        }
        return (object, state.resumedParts > 0)
    }

    private func work() {
        while let number = nextPart() {
            do {
                try put(number)
            } catch {
                let failure =
                    (error as? StoreError)
                    ?? (error as? AWSError).map {
                        StoreError($0, subject: "s3://\(upload.bucket)/\(upload.key)")
                    }
                    ?? (error as? SystemError).map { StoreError($0, subject: file.path) }
                    ?? StoreError(.inputOutput, "\(error)", subject: file.path)
                state.withLock { $0.failure = $0.failure ?? failure }
            }
        }
    }

    private func nextPart() -> Int? {
        let isCancelled = isCancelled()
        return state.withLock { state in
            if isCancelled { state.isCancelled = true }
            guard state.failure == nil, !state.isCancelled, state.nextPart <= file.partCount
            else { return nil }
            defer { state.nextPart += 1 }
            return state.nextPart
        }
    }

    private func put(_ number: Int) throws {
        try file.withPart(number) { bytes, digest in
            var part = present[number]
            let isPresent = part?.checksumSHA256 == S3.checksum(digest)
            if !isPresent {
                part = try s3.uploadPart(
                    bucket: upload.bucket, key: upload.key, uploadID: upload.uploadID,
                    number: number, bytes: bytes, sha256: digest)
            }
            let taken = part!
            let done = try state.withLock { state in
                if !isPresent { try record.took(taken) }
                state.parts[number] = (taken, digest)
                state.doneBytes += bytes.count
                if isPresent { state.resumedParts += 1 }
                return state.doneBytes
            }
            onProgress(.init(doneBytes: done, sizeBytes: file.status.sizeBytes))
        }
    }
}

extension StoreError.Code {
    /// What was stored is not what was sent.
    public static let checksumMismatch = StoreError.Code(rawValue: "ChecksumMismatch")
}
