import COpenSSL
import JSON

// Hash, MathRandom, UUID; MathAdd is with its switch.
extension IntrinsicFunction {
    /// The digest in lower-case hexadecimal; data that is no string is hashed as JSON.
    static func hash(_ arguments: IntrinsicArguments) throws(IntrinsicFailure) -> String {
        let data =
            arguments[0].string == nil ? arguments[0].serialized() : try arguments.shortString(0)
        let algorithm: OpaquePointer?
        switch try arguments.string(1) {
        case "MD5": algorithm = EVP_md5()
        case "SHA-1": algorithm = EVP_sha1()
        case "SHA-256": algorithm = EVP_sha256()
        case "SHA-384": algorithm = EVP_sha384()
        case "SHA-512": algorithm = EVP_sha512()
        default:
            throw IntrinsicFailure(
                message: "Argument 2 must be MD5, SHA-1, SHA-256, SHA-384 or SHA-512")
        }
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        let bytes = Array(data.utf8)
        guard EVP_Digest(bytes, bytes.count, &digest, &count, algorithm, nil) == 1 else {
            throw IntrinsicFailure(message: "The algorithm is not available")
        }
        return hexadecimal(digest[..<Int(count)])
    }

    /// An integer from the first argument up to below the second; the same for the same seed.
    static func random(_ arguments: IntrinsicArguments) throws(IntrinsicFailure) -> JSON {
        let low = try arguments.integer(0)
        let high = try arguments.integer(1)
        guard low < high else {
            throw IntrinsicFailure(message: "Argument 1 must be below argument 2")
        }
        guard arguments.values.count == 3 else { return JSON(Int.random(in: low..<high)) }
        var generator = SplitMix64(state: UInt64(bitPattern: Int64(try arguments.integer(2))))
        return JSON(Int.random(in: low..<high, using: &generator))
    }

    /// Version 4, RFC 9562 §5.4.
    static func uuid() -> String {
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { hexadecimal(bytes[$0]) }
            .joined(separator: "-")
    }

    private static func hexadecimal(_ bytes: ArraySlice<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self)
    }
}

/// Steele, Lea and Flood's generator, for seeded random numbers that stay the same.
private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
