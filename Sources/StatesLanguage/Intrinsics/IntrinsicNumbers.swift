import Digest
import JSON
import System

// Hash, MathRandom; MathAdd and UUID are with their switch.
extension IntrinsicFunction {
    /// The digest in lower-case hexadecimal; data that is no string is hashed as JSON.
    static func hash(_ arguments: IntrinsicArguments) throws(IntrinsicFailure) -> String {
        let data =
            arguments[0].string == nil ? arguments[0].serialized() : try arguments.shortString(0)
        let algorithm: HashAlgorithm
        switch try arguments.string(1) {
        case "MD5": algorithm = .md5
        case "SHA-1": algorithm = .sha1
        case "SHA-256": algorithm = .sha256
        case "SHA-384": algorithm = .sha384
        case "SHA-512": algorithm = .sha512
        default:
            throw IntrinsicFailure(
                message: "Argument 2 must be MD5, SHA-1, SHA-256, SHA-384 or SHA-512")
        }
        let digest = Array(data.utf8).withUnsafeBytes { algorithm.digestIfOffered(of: $0) }
        guard let digest else { throw IntrinsicFailure(message: "The algorithm is not available") }
        return Hexadecimal.encode(digest)
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
