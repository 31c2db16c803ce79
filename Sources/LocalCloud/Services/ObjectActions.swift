import Digest
import Engine
import JSON
import StatesLanguage
import Stores
import System

// S3's actions on objects: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>.
extension LocalObjectStore {
    /// - Throws: `NoSuchKey`; `States.DataLimitExceeded` for an object that no state could hold;
    ///   `InvalidBody` for one that is no text.
    func getObject(_ parameters: JSON) throws(ServiceError) -> JSON {
        let bucket = parameters.text("Bucket")
        let key = parameters.text("Key")
        do {
            guard let found = try headObject(bucket: bucket, key: key) else {
                throw ServiceError(
                    "NoSuchKey", "The specified key does not exist: s3://\(bucket)/\(key)")
            }
            guard found.sizeBytes <= Quota.payloadBytes else {
                throw ServiceError(
                    StatesError.Name.dataLimitExceeded,
                    "s3://\(bucket)/\(key) has \(found.sizeBytes) bytes")
            }
            let bytes = try getObject(bucket: bucket, key: key)
            guard let body = String(validating: bytes, as: UTF8.self) else {
                throw ServiceError("InvalidBody", "s3://\(bucket)/\(key) is no UTF-8 text")
            }
            var answer: JSONObject = [
                "AcceptRanges": "bytes", "Body": .string(body), "ContentLength": JSON(bytes.count),
                "ContentType": "binary/octet-stream", "ETag": .string(Self.eTag(of: bytes)),
            ]
            if let status = try FileStatus(of: path(bucket: bucket, key: key)) {
                let changed = Timestamp(nanoseconds: status.modifiedNanoseconds)
                answer["LastModified"] = .string(changed.iso8601)
            }
            answer["Metadata"] = [:]
            return .object(answer)
        } catch let error as ServiceError {
            throw error
        } catch let error as StoreError {
            throw ServiceError(error)
        } catch {
            throw ServiceError("InternalError", "\(error)")
        }
    }

    func putObject(_ parameters: JSON) throws(ServiceError) -> JSON {
        let body = Array(parameters.text("Body").utf8)
        do throws(StoreError) {
            _ = try body.withBytes { bytes throws(StoreError) in
                try putObject(
                    bucket: parameters.text("Bucket"), key: parameters.text("Key"), bytes: bytes)
            }
        } catch { throw ServiceError(error) }
        return ["ETag": .string(Self.eTag(of: body))]
    }

    /// S3's entity tag of an object that was put in one piece, its quotation marks included.
    private static func eTag(of bytes: [UInt8]) -> String { "\"\(md5Hexadecimal(bytes))\"" }
}
