import AWSClient

/// Outputs as multipart uploads, or one PutObject where the plan has one part. The run's version stands in
/// the object's metadata; a condition on what was there holds off older runs.
extension S3ObjectStore {
    /// The metadata that bears the version, behind `x-amz-meta-`.
    static let versionName = "sluice-version"
    /// How often another run may come in between.
    static let outputAttempts = 20

    public var minimumPartBytes: Int { S3.minimumPartBytes }

    public func beginOutput(
        _ plan: OutputObject, resuming known: OutputObject?
    ) throws(StoreError) -> OutputObject {
        let sizes = plan.partSizes
        guard sizes.count <= S3.maximumParts, sizes.allSatisfy({ $0 <= S3.maximumPutBytes }),
            sizes.dropLast().allSatisfy({ $0 >= S3.minimumPartBytes })
        else {
            throw StoreError(
                .invalidPlan,
                "an output has at most \(S3.maximumParts) parts of \(S3.minimumPartBytes) to "
                    + "\(S3.maximumPutBytes) bytes, the last of as few as it likes",
                subject: plan.subject)
        }
        var output = plan
        output.uploadID = nil
        if sizes.count == 1 { return output }
        do throws(AWSError) {
            if let known, known.isSamePlan(as: plan), try isUnderWay(known) { return known }
            output.uploadID = try s3.createMultipartUpload(
                bucket: plan.bucket, key: plan.key, metadata: [Self.versionName: plan.version])
            return output
        } catch { throw StoreError(error, subject: plan.subject) }
    }

    private func isUnderWay(_ output: OutputObject) throws(AWSError) -> Bool {
        guard let uploadID = output.uploadID else { return false }
        do throws(AWSError) {
            _ = try s3.listParts(bucket: output.bucket, key: output.key, uploadID: uploadID)
            return true
        } catch {
            if error.code == "NoSuchUpload" { return false }
            // Without permission to list them it is believed: a part will tell.
            if error.httpStatus == 403 { return true }
            throw error
        }
    }

    public func outputWriter(
        _ output: OutputObject, part number: Int
    ) throws(StoreError) -> any OutputWriter {
        precondition(output.partSizes.indices.contains(number - 1), "a part of the plan")
        return S3OutputWriter(self, output, part: number)
    }

    public func completeOutput(
        _ output: OutputObject, parts: [OutputPart]
    ) throws(StoreError) -> OutputOutcome {
        var known: [S3Part] = []
        for part in parts.sorted(by: { $0.number < $1.number }) {
            guard output.partSizes.indices.contains(part.number - 1), let eTag = part.eTag else {
                continue
            }
            known.append(
                S3Part(
                    number: part.number, eTag: eTag, sizeBytes: output.partSizes[part.number - 1],
                    checksumSHA256: part.checksumSHA256))
        }
        let isWhole = known.map(\.number) == Array(1...output.partSizes.count)
        do throws(AWSError) {
            let outcome = try settle(output) { condition throws(AWSError) in
                guard isWhole, let uploadID = output.uploadID else { return false }
                do throws(AWSError) {
                    _ = try s3.completeMultipartUpload(
                        bucket: output.bucket, key: output.key, uploadID: uploadID, parts: known,
                        condition: condition)
                    return true
                } catch {
                    // Also when the answer of the attempt that completed it was lost.
                    if ["NoSuchUpload", "InvalidPart"].contains(error.code) { return false }
                    throw error
                }
            }
            // Its parts would be paid for until the bucket's lifecycle rule ends it.
            if outcome == .superseded { try? abort(output) }
            return outcome
        } catch { throw StoreError(error, subject: output.subject) }
    }

    public func abortOutput(_ output: OutputObject) throws(StoreError) {
        do throws(AWSError) {
            try abort(output)
        } catch { throw StoreError(error, subject: output.subject) }
    }

    private func abort(_ output: OutputObject) throws(AWSError) {
        guard let uploadID = output.uploadID else { return }
        try s3.abortMultipartUpload(bucket: output.bucket, key: output.key, uploadID: uploadID)
    }

    /// Stores an output on the condition that nothing newer is there, however often others come first.
    /// - Parameter store: stores it if the condition holds; false when there is nothing to store.
    func settle(
        _ output: OutputObject, _ store: (S3WriteCondition) throws(AWSError) -> Bool
    ) throws(AWSError) -> OutputOutcome {
        var attempt = 1
        var isLost = false
        while true {
            let present = try s3.headObject(bucket: output.bucket, key: output.key)
            let version = present?.metadata[Self.versionName].flatMap {
                RunOrder.isVersion($0) ? $0 : nil
            }
            if let present, version == output.version, present.sizeBytes == output.sizeBytes {
                return .written
            }
            if let version, RunOrder.isOlder(output.version, than: version) { return .superseded }
            if isLost { return .lost }
            let condition = present.map { S3WriteCondition.hasETag($0.eTag ?? "") } ?? .isMissing
            do throws(AWSError) {
                if try store(condition) { return .written }
                isLost = true
            } catch {
                // 404: what the condition is on has been deleted meanwhile.
                let isOvertaken =
                    error.code == "PreconditionFailed" || error.httpStatus == 409
                    || error.code == "NoSuchKey"
                guard isOvertaken, attempt < Self.outputAttempts else { throw error }
                if error.httpStatus == 409 { s3.client.waitBefore(attemptAfter: 1) }
                attempt += 1
            }
        }
    }
}

/// Gathers a part and uploads it when it is whole: S3 takes a part's bytes in one request.
final class S3OutputWriter: OutputWriter {
    private let store: S3ObjectStore
    private let output: OutputObject
    private let number: Int
    private var bytes: [UInt8] = []

    init(_ store: S3ObjectStore, _ output: OutputObject, part number: Int) {
        self.store = store
        self.output = output
        self.number = number
        bytes.reserveCapacity(output.partSizes[number - 1])
    }

    func append(_ more: UnsafeRawBufferPointer) throws(StoreError) {
        guard more.count <= output.partSizes[number - 1] - bytes.count else {
            throw StoreError(part: number, of: output, bytes: bytes.count + more.count)
        }
        bytes.append(contentsOf: more)
    }

    func finish() throws(StoreError) -> OutputPart {
        guard bytes.count == output.partSizes[number - 1] else {
            throw StoreError(part: number, of: output, bytes: bytes.count)
        }
        let result = bytes.withUnsafeBytes { bytes -> Result<OutputPart, StoreError> in
            do throws(StoreError) {
                guard let uploadID = output.uploadID else { return .success(try put(bytes)) }
                return .success(try upload(bytes, uploadID))
            } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// The whole output is one part. One of a newer run stays; completing tells so.
    private func put(_ bytes: UnsafeRawBufferPointer) throws(StoreError) -> OutputPart {
        do throws(AWSError) {
            _ = try store.settle(output) { condition throws(AWSError) in
                _ = try store.s3.putObject(
                    bucket: output.bucket, key: output.key, bytes: bytes, condition: condition,
                    metadata: [S3ObjectStore.versionName: output.version])
                return true
            }
        } catch { throw StoreError(error, subject: output.subject) }
        return OutputPart(number: number)
    }

    private func upload(
        _ bytes: UnsafeRawBufferPointer, _ uploadID: String
    ) throws(StoreError) -> OutputPart {
        do throws(AWSError) {
            let part = try store.s3.uploadPart(
                bucket: output.bucket, key: output.key, uploadID: uploadID, number: number,
                bytes: bytes)
            return OutputPart(
                number: number, eTag: part.eTag, checksumSHA256: part.checksumSHA256)
        } catch {
            guard error.code == "NoSuchUpload" else {
                throw StoreError(error, subject: output.subject)
            }
        }
        // Completed before, or overtaken: then the part is not needed.
        let outcome: OutputOutcome
        do throws(AWSError) {
            outcome = try store.settle(output) { _ in false }
        } catch { throw StoreError(error, subject: output.subject) }
        guard outcome != .lost else { throw StoreError(lost: output) }
        return OutputPart(number: number)
    }
}
