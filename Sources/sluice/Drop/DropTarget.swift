import LocalCloud
import Stores
import System

/// Where `sluice drop` puts files.
enum DropTarget: Sendable {
    case local(LocalObjectStore)
    /// The prefix is empty or ends in a slash.
    case s3(bucket: String, prefix: String, S3FileUpload)

    /// The local drop bucket, or what `--to s3://BUCKET/PREFIX` names.
    /// - Throws: ``CommandError`` with ``ExitCode/usage``.
    init(_ uri: String?, _ home: Home) throws {
        guard let uri else {
            self = .local(LocalObjectStore(root: home.buckets))
            return
        }
        let parts = uri.dropFirst(5).split(
            separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard uri.hasPrefix("s3://"), let bucket = parts.first, bucket.utf8.count >= 3 else {
            throw CommandError.usage("--to must be s3://BUCKET or s3://BUCKET/PREFIX, not '\(uri)'")
        }
        var prefix = parts.count > 1 ? String(parts[1]) : ""
        if !prefix.isEmpty, !prefix.hasSuffix("/") { prefix += "/" }
        self = .s3(
            bucket: String(bucket), prefix: prefix,
            S3FileUpload(recordDirectory: home.path + "/uploads"))
    }

    var isLocal: Bool {
        if case .local = self { return true }
        return false
    }

    /// The key of a file of that name.
    func key(_ name: String) -> String {
        if case .s3(_, let prefix, _) = self { return prefix + name }
        return name
    }

    /// Puts a file under its own name.
    /// - Parameters:
    ///   - staysInUse: the file is going to be written to again.
    ///   - isCancelled: asked now and then.
    /// - Returns: what became of it, for the user; nil when it was cancelled.
    func put(
        _ path: String, _ name: String, staysInUse: Bool = false,
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(StoreError) -> String? {
        switch self {
        case .local(let objects):
            let (_, placement) = try objects.putFile(
                path, bucket: LocalFunctions.dropBucket, key: name, mayLink: !staysInUse)
            return placement == .unchanged
                ? "\(name) was there already, unchanged" : "\(name) is dropped"
        case .s3(let bucket, let prefix, let upload):
            let display = UploadDisplay(name: name)
            defer { display.finish() }
            let done = try upload.put(
                path, bucket: bucket, key: prefix + name, onProgress: display.take,
                isCancelled: isCancelled)
            return done.map { done in
                switch done.placement {
                case .unchanged: "\(name) was there already, unchanged"
                case .uploaded: "\(name) is dropped"
                case .resumed: "\(name) is dropped; the upload went on where it had stopped"
                }
            }
        }
    }
}

extension CommandError {
    /// An upload's failure: with the file, or with where it was to go.
    init(dropping error: StoreError) {
        let isOfFile: Set<StoreError.Code> = [.inputOutput, .invalidKey, .versionChanged]
        self.init(
            isOfFile.contains(error.code) ? .noInput : .unavailable,
            "\(error.subject): \(error.message)")
    }
}
