import COpenSSL

/// The SHA-256 of a text's UTF-8 bytes, as 64 lower-case hexadecimal digits.
public func sha256Hexadecimal(_ text: String) -> String {
    Digest.hexadecimal(Digest.sha256(text.utf8))
}

/// The MD5 of these bytes, as 32 lower-case hexadecimal digits: what S3 and SQS tell of what they
/// were given. No protection against anybody.
public func md5Hexadecimal(_ bytes: [UInt8]) -> String {
    var digest = [UInt8](repeating: 0, count: 16)
    let done = EVP_Digest(bytes, bytes.count, &digest, nil, EVP_md5(), nil)
    precondition(done == 1, "EVP_Digest failed")
    return Digest.hexadecimal(digest)
}

/// SHA-256 and HMAC-SHA-256 of libcrypto.
enum Digest {
    static func sha256(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        Array(bytes).withUnsafeBytes { sha256($0) }
    }

    static func sha256(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        let done = EVP_Digest(bytes.baseAddress, bytes.count, &digest, nil, EVP_sha256(), nil)
        precondition(done == 1, "EVP_Digest failed")
        return digest
    }

    static func hmacSHA256(key: [UInt8], _ text: String) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: 32)
        let bytes = Array(text.utf8)
        let done = HMAC(EVP_sha256(), key, Int32(key.count), bytes, bytes.count, &code, nil)
        precondition(done != nil, "HMAC failed")
        return code
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
