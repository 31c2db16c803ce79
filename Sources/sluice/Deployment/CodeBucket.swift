import AWSClient

/// The bucket that packages and templates are taken from, under names that tell what is in them: what
/// is there already is not uploaded again, and another version is another object.
struct CodeBucket {
    let name: String
    /// What all keys begin with. The same for all stacks: what is under a key is always the same.
    private static let prefix = "sluice/"
    private let s3: S3

    init(_ name: String, _ s3: S3) {
        self.name = name
        self.s3 = s3
    }

    /// - Returns: the key, which names the executable's content: the package follows from it.
    func upload(_ package: LambdaPackage) throws -> String {
        let digest = Lambda.codeSHA256(of: package.executable).hexadecimal
        let key = "\(Self.prefix)\(package.name)-\(digest).zip"
        try upload(key) { try package.packed() }
        return key
    }

    /// - Returns: the URL.
    func upload(template: [UInt8]) throws -> String {
        let key = "\(Self.prefix)template-\(Lambda.codeSHA256(of: template).hexadecimal).json"
        try upload(key) { template }
        return try s3.objectURL(bucket: name, key: key)
    }

    private func upload(_ key: String, _ content: () throws -> [UInt8]) throws {
        do {
            if try isPresent(key) { return }
            let bytes = try content()
            do {
                try put(bytes, key)
            } catch let error as AWSError where error.code == "NoSuchBucket" {
                try s3.createBucket(name)
                Terminal.standardError("made the bucket \(name)\n")
                try put(bytes, key)
            }
        } catch let error as AWSError {
            throw CommandError(.unavailable, "the code bucket \(name): \(error)")
        }
        Terminal.standardError("uploaded \(key)\n")
    }

    /// Who may write there but not list is told the same of an object that is missing as of one that
    /// is not to be seen; putting it again changes nothing.
    private func isPresent(_ key: String) throws -> Bool {
        do throws(AWSError) {
            return try s3.headObject(bucket: name, key: key) != nil
        } catch {
            if error.httpStatus == 403 { return false }
            throw error
        }
    }

    private func put(_ bytes: [UInt8], _ key: String) throws {
        _ = try bytes.withUnsafeBytes {
            try s3.putObject(bucket: name, key: key, bytes: $0)
        }
    }
}
