/// Chooses a store of objects: `file:///path/of/buckets` or `s3://`.
/// - Throws: ``StoreError/Code/invalidURI``.
public func objectStore(uri: String) throws(StoreError) -> any ObjectStore {
    if let path = try path(ofFileURI: uri) { return LocalObjectStore(root: path) }
    throw StoreError(.invalidURI, "an object store is file:///… or s3://", subject: uri)
}

/// Chooses a queue: `file:///path/of/queue` or the https URL of an SQS queue.
/// - Throws: ``StoreError/Code/invalidURI``.
public func messageQueue(uri: String) throws(StoreError) -> any MessageQueue {
    if let path = try path(ofFileURI: uri) { return LocalMessageQueue(directory: path) }
    throw StoreError(.invalidURI, "a queue is file:///… or https://sqs…", subject: uri)
}

/// The percent-decoded path of a file URI without host (RFC 8089 §2); nil for another scheme.
func path(ofFileURI uri: String) throws(StoreError) -> String? {
    guard uri.hasPrefix("file:") else { return nil }
    guard uri.hasPrefix("file:///"), uri.utf8.count > 8 else {
        throw StoreError(.invalidURI, "a file URI is file:/// and an absolute path", subject: uri)
    }
    var bytes: [UInt8] = []
    var rest = uri.utf8.dropFirst(7)
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%") else {
            bytes.append(byte)
            continue
        }
        guard rest.count >= 2, let value = UInt8(String(Substring(rest.prefix(2))), radix: 16),
            value != 0
        else { throw StoreError(.invalidURI, "a % wants two hexadecimal digits", subject: uri) }
        rest = rest.dropFirst(2)
        bytes.append(value)
    }
    guard let path = String(validating: bytes, as: UTF8.self) else {
        throw StoreError(.invalidURI, "the path is not UTF-8", subject: uri)
    }
    return path
}

extension StoreError.Code {
    public static let invalidURI = StoreError.Code(rawValue: "InvalidURI")
}
