import COpenSSL
import System

/// Message digests of libcrypto (FIPS 180-4, RFC 1321).
///
/// MD5 and SHA-1 are here for protocols that ask for them; they protect from nobody.
public enum HashAlgorithm: Sendable, CaseIterable {
    case md5, sha1, sha256, sha384, sha512

    /// - Precondition: this system's libcrypto offers the algorithm, see ``digestIfOffered(of:)``.
    public func digest(of bytes: UnsafeRawBufferPointer) -> [UInt8] {
        guard let digest = digestIfOffered(of: bytes) else {
            preconditionFailure("libcrypto offers no \(self)")
        }
        return digest
    }

    /// - Precondition: this system's libcrypto offers the algorithm.
    public func digest(of bytes: some Sequence<UInt8>) -> [UInt8] {
        Array(bytes).withUnsafeBytes { digest(of: $0) }
    }

    /// Nil when this system's libcrypto does not offer the algorithm, as MD5 where FIPS 140 rules.
    public func digestIfOffered(of bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        let done = EVP_Digest(bytes.baseAddress, bytes.count, &digest, &count, type, nil)
        return done == 1 ? Array(digest.prefix(Int(count))) : nil
    }

    private var type: OpaquePointer? {
        switch self {
        case .md5: EVP_md5()
        case .sha1: EVP_sha1()
        case .sha256: EVP_sha256()
        case .sha384: EVP_sha384()
        case .sha512: EVP_sha512()
        }
    }
}

/// HMAC-SHA-256 (RFC 2104) of a text's UTF-8 bytes.
public func hmacSHA256(key: [UInt8], _ text: String) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: 32)
    let bytes = Array(text.utf8)
    let done = HMAC(EVP_sha256(), key, Int32(key.count), bytes, bytes.count, &code, nil)
    precondition(done != nil, "HMAC failed")
    return code
}

/// The SHA-256 of a text's UTF-8 bytes, as 64 lower-case hexadecimal digits.
public func sha256Hexadecimal(_ text: String) -> String {
    Hexadecimal.encode(HashAlgorithm.sha256.digest(of: text.utf8))
}

/// The MD5 of these bytes, as 32 lower-case hexadecimal digits: what S3 and SQS tell of what they
/// were given.
public func md5Hexadecimal(_ bytes: [UInt8]) -> String {
    Hexadecimal.encode(HashAlgorithm.md5.digest(of: bytes))
}
