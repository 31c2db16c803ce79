import System

/// Chooses a store of objects: `file:///path/of/buckets` or `s3://`.
/// - Throws: ``StoreError/Code/invalidURI``.
public func objectStore(uri: String) throws(StoreError) -> any ObjectStore {
    if let path = try path(ofFileURI: uri) { return LocalObjectStore(root: path) }
    if uri == "s3://" || uri == "s3:" { return S3ObjectStore() }
    throw StoreError(.invalidURI, "an object store is file:///… or s3://", subject: uri)
}

/// Chooses a queue: `file:///path/of/queue` or an SQS queue by its URL, with `sqs:` as another
/// way to write `https:`.
/// - Throws: ``StoreError/Code/invalidURI``.
public func messageQueue(uri: String) throws(StoreError) -> any MessageQueue {
    if let path = try path(ofFileURI: uri) { return LocalMessageQueue(directory: path) }
    let url = uri.hasPrefix("sqs://") ? "https" + uri.dropFirst(3) : uri
    if url.hasPrefix("https://") || url.hasPrefix("http://") {
        return SQSMessageQueue(queueURL: url)
    }
    throw StoreError(
        .invalidURI, "a queue is file:///…, https://sqs… or sqs://…", subject: uri)
}

/// Chooses a table: `dynamodb://TABLE`. On one machine the engine serves DynamoDB's protocol, under
/// AWS_ENDPOINT_URL_DYNAMODB.
/// - Throws: ``StoreError/Code/invalidURI``.
public func table(uri: String) throws(StoreError) -> any Table {
    let scheme = "dynamodb://"
    guard uri.hasPrefix(scheme) else {
        throw StoreError(.invalidURI, "a table is dynamodb://NAME", subject: uri)
    }
    return DynamoDBTable(name: try checkedTableName(String(uri.dropFirst(scheme.count))))
}

/// Chooses a table that runs load: `dynamodb://TABLE`, or `sluice-table://TABLE` for one of this machine
/// that takes rows in bulk, under AWS_ENDPOINT_URL_DYNAMODB.
/// - Throws: ``StoreError/Code/invalidURI``.
public func itemTable(uri: String) throws(StoreError) -> any ItemTable {
    for scheme in ["dynamodb://", "sluice-table://"] where uri.hasPrefix(scheme) {
        let name = try checkedTableName(String(uri.dropFirst(scheme.count)))
        return scheme == "dynamodb://" ? DynamoDBItemTable(name: name) : LocalItemTable(name: name)
    }
    throw StoreError(
        .invalidURI, "a table is dynamodb://NAME or sluice-table://NAME", subject: uri)
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>
private func checkedTableName(_ name: String) throws(StoreError) -> String {
    let isName =
        3...255 ~= name.utf8.count
        && ASCIISet.lettersAndDigits.union("_-.").contains(allOf: name)
    guard isName else {
        throw StoreError(
            .invalidURI, "a table's name has 3 to 255 letters, digits and _-.", subject: name)
    }
    return name
}

/// The percent-decoded path of a file URI without host (RFC 8089 §2); nil for another scheme.
func path(ofFileURI uri: String) throws(StoreError) -> String? {
    guard uri.hasPrefix("file:") else { return nil }
    guard uri.hasPrefix("file:///"), uri.utf8.count > 8 else {
        throw StoreError(.invalidURI, "a file URI is file:/// and an absolute path", subject: uri)
    }
    guard let bytes = PercentEncoding.decodeStrictly(uri.utf8.dropFirst(7)), !bytes.contains(0)
    else { throw StoreError(.invalidURI, "a % wants two hexadecimal digits", subject: uri) }
    guard let path = String(validating: bytes, as: UTF8.self) else {
        throw StoreError(.invalidURI, "the path is not UTF-8", subject: uri)
    }
    return path
}

extension StoreError.Code {
    public static let invalidURI = StoreError.Code(rawValue: "InvalidURI")
}
