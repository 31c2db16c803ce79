/// What stands for a key in parts: 128 bits that identify it, and the slice it belongs to.
public struct KeyHash: Sendable, Hashable, BitwiseCopyable {
    public var low: UInt64
    public var high: UInt64
    /// 0..<``KeyHasher/sliceCount``. From a hash without secret, so that the order of messages is the
    /// same in every run.
    public var slice: UInt16
}

/// Hashes keys to 128 bits under a secret of 256 that is drawn anew for every run.
///
/// Two keys of one run share a hash with probability 2⁻¹²⁸, and who writes the files cannot look for a
/// pair because the secret is not known to them. The construction is a chain of 64×64→128-bit
/// multiplications whose halves are folded (as wyhash and its relatives do), two chains with separate secrets.
public struct KeyHasher: Sendable {
    /// Number of slices that the keys of each file are spread over.
    public static let sliceCount = 4096
    /// Hexadecimal digits of a secret.
    public static let secretDigits = 64

    private let secret: (UInt64, UInt64, UInt64, UInt64)
    /// Fractional digits of pi: nothing up the sleeve.
    private static let open: (UInt64, UInt64) = (0x243F_6A88_85A3_08D3, 0x1319_8A2E_0370_7344)

    /// - Parameter secret: ``secretDigits`` hexadecimal digits; nil otherwise.
    public init?(secret: String) {
        guard secret.utf8.count == Self.secretDigits else { return nil }
        var words: [UInt64] = []
        var rest = Substring(secret)
        while !rest.isEmpty {
            guard let word = UInt64(rest.prefix(16), radix: 16) else { return nil }
            words.append(word)
            rest = rest.dropFirst(16)
        }
        self.secret = (words[0], words[1], words[2], words[3])
    }

    /// The hash of a key's bytes.
    @inline(__always)
    public func hash(_ key: UnsafeBufferPointer<UInt8>) -> KeyHash {
        let count = key.count
        var low = secret.2
        var high = secret.3
        var slice: UInt64 = 0
        @inline(__always) func mix(_ x: UInt64, _ y: UInt64) {
            low = Self.fold(x ^ secret.0, y ^ low)
            high = Self.fold(y ^ secret.1, x ^ high)
            slice = Self.fold(x ^ Self.open.0, y ^ slice)
        }
        // In bounds: 16 bytes are loaded only where at least 16 are left, the last ones overlapping.
        if let bytes = key.baseAddress.map({ UnsafeRawPointer($0) }), count > 0 {
            if count >= 16 {
                var at = 0
                while at &+ 16 < count {
                    mix(Self.load64(bytes + at), Self.load64(bytes + at + 8))
                    at &+= 16
                }
                mix(Self.load64(bytes + count - 16), Self.load64(bytes + count - 8))
            } else if count >= 8 {
                mix(Self.load64(bytes), Self.load64(bytes + count - 8))
            } else if count >= 4 {
                mix(UInt64(Self.load32(bytes)), UInt64(Self.load32(bytes + count - 4)))
            } else {
                mix(
                    UInt64(key[0]) | UInt64(key[count / 2]) &<< 8 | UInt64(key[count - 1]) &<< 16, 0
                )
            }
        }
        let length = UInt64(truncatingIfNeeded: count)
        low = Self.fold(low ^ secret.1, length ^ secret.3)
        high = Self.fold(high ^ secret.0, length ^ secret.2)
        slice = Self.fold(slice ^ Self.open.1, length ^ Self.open.0)
        return KeyHash(
            low: low, high: high, slice: UInt16(truncatingIfNeeded: slice &>> 52))
    }

    @inline(__always) private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }

    @inline(__always) private static func load64(_ bytes: UnsafeRawPointer) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    }

    @inline(__always) private static func load32(_ bytes: UnsafeRawPointer) -> UInt32 {
        UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
    }
}
