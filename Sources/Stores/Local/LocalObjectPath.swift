#if canImport(Glibc)
import Glibc
#endif

/// Where an object lies below a store's root, once bucket and key are known to stay there.
///
/// A key is a path of segments. Not every S3 key can be one: empty segments (so a leading, trailing
/// or double slash), `.`, `..`, NUL, segments over 255 bytes and keys over 1,024 bytes are refused.
struct LocalObjectPath {
    /// Directory in each bucket for objects that are being written; no key may begin with it.
    static let partsDirectory = ".sluice-parts"
    static let maximumKeyBytes = 1024
    static let maximumSegmentBytes = 255

    let bucketDirectory: String
    let path: String
    private let hasDirectories: Bool

    init(root: String, bucket: String, key: String) throws(StoreError) {
        let subject = "\(bucket)/\(key)"
        try Self.check(bucket: bucket)
        guard key.utf8.count <= Self.maximumKeyBytes else {
            throw StoreError(
                .invalidKey, "a key has at most \(Self.maximumKeyBytes) bytes", subject: subject)
        }
        let segments = key.utf8.split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for segment in segments {
            if let reason = Self.reasonAgainst(segment) {
                throw StoreError(.invalidKey, reason, subject: subject)
            }
        }
        if segments[0].elementsEqual(Self.partsDirectory.utf8) {
            throw StoreError(
                .invalidKey, "\(Self.partsDirectory) is where objects are written first",
                subject: subject)
        }
        bucketDirectory = root + "/" + bucket
        path = bucketDirectory + "/" + key
        hasDirectories = segments.count > 1
    }

    /// The directory that the path ends in.
    var directory: String { String(path[..<path.lastIndex(of: "/")!]) }

    static func check(bucket: String) throws(StoreError) {
        if let reason = reasonAgainst(Substring(bucket).utf8) {
            throw StoreError(.invalidKey, reason, subject: bucket)
        }
        if bucket.utf8.first == UInt8(ascii: ".") || bucket.utf8.contains(UInt8(ascii: "/")) {
            throw StoreError(
                .invalidKey, "a bucket's name has no slash and no dot in front", subject: bucket)
        }
    }

    static func reasonAgainst(_ segment: Substring.UTF8View) -> String? {
        if segment.isEmpty { return "a segment between slashes is empty" }
        if segment.elementsEqual(".".utf8) || segment.elementsEqual("..".utf8) {
            return "a segment is \(Substring(segment))"
        }
        if segment.contains(0) { return "there is a NUL in it" }
        if segment.count > maximumSegmentBytes {
            return "a segment is longer than \(maximumSegmentBytes) bytes"
        }
        return nil
    }

    /// Refuses a path that links below the bucket lead out of it. What is not there yet leads nowhere.
    /// - Parameter asDirectory: the path itself is looked at too, not only the directories above it.
    func checkStaysInBucket(asDirectory: Bool = false) throws(StoreError) {
        guard hasDirectories || asDirectory, let bucket = Self.resolved(bucketDirectory) else {
            return
        }
        var directory = asDirectory ? path : directory
        while directory.utf8.count > bucketDirectory.utf8.count {
            if let actual = Self.resolved(directory) {
                if actual.utf8.elementsEqual(bucket.utf8) { return }
                guard actual.utf8.starts(with: (bucket + "/").utf8) else {
                    throw StoreError(.invalidKey, "a link leads out of the bucket", subject: path)
                }
                return
            }
            directory = String(directory[..<directory.lastIndex(of: "/")!])
        }
    }

    private static func resolved(_ path: String) -> String? {
        guard let text = realpath(path, nil) else { return nil }
        defer { free(text) }
        return String(cString: text)
    }
}
