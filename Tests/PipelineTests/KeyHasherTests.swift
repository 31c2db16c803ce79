import Testing

@testable import Pipeline

@Suite struct KeyHasherTests {
    static let secret = "00112233445566778899aabbccddeeff0f1e2d3c4b5a69788796a5b4c3d2e1f0"

    static func hasher(_ secret: String = secret) throws -> KeyHasher {
        try #require(KeyHasher(secret: secret))
    }

    @Test(arguments: [
        "", "00", String(repeating: "g", count: 64), String(repeating: "0", count: 63),
        String(repeating: "0", count: 65), String(repeating: "é", count: 32),
    ])
    func `a secret is 64 hexadecimal digits`(secret: String) {
        #expect(KeyHasher(secret: secret) == nil)
    }

    @Test func `keys that differ in one bit or in length have different hashes`() throws {
        let hasher = try Self.hasher()
        var seen: Set<[UInt64]> = []
        var lows: Set<UInt64> = []
        var highs: Set<UInt64> = []
        var keys = 0
        func add(_ key: [UInt8]) {
            let hash = key.withUnsafeBufferPointer { hasher.hash($0) }
            seen.insert([hash.low, hash.high])
            lows.insert(hash.low)
            highs.insert(hash.high)
            keys += 1
        }
        for fill in [UInt8(0), 0xFF, UInt8(ascii: "a")] {
            for length in 0...40 where length > 0 || fill == 0 {
                let key = [UInt8](repeating: fill, count: length)
                add(key)
                for position in 0..<length {
                    for bit in 0..<8 {
                        var other = key
                        other[position] ^= 1 << bit
                        add(other)
                    }
                }
            }
        }
        #expect(seen.count == keys)
        // Either half would do alone: 64 bits make a collision among 20,000 as good as impossible.
        #expect(lows.count == keys)
        #expect(highs.count == keys)
    }

    @Test func `a million numbers in a row have a million hashes, spread evenly over the slices`()
        throws
    {
        let hasher = try Self.hasher()
        let count = 1_000_000
        var lows = [UInt64](repeating: 0, count: count)
        var slices = [Int](repeating: 0, count: KeyHasher.sliceCount)
        var key = Array("C-0000000".utf8)
        for number in 0..<count {
            // Counts in place: making a million texts would take most of the test's time.
            var at = 8
            while at >= 2 {
                if key[at] == UInt8(ascii: "9") {
                    key[at] = UInt8(ascii: "0")
                    at -= 1
                } else {
                    key[at] += 1
                    break
                }
            }
            let hash = key.withUnsafeBufferPointer { hasher.hash($0) }
            lows[number] = hash.low
            slices[Int(hash.slice)] += 1
        }
        lows.sort()
        var repeated = 0
        for at in 1..<count where lows[at] == lows[at - 1] { repeated += 1 }
        #expect(repeated == 0)
        // 244 expected, standard deviation 16: six of them on either side.
        #expect(slices.min() ?? 0 > 244 - 94)
        #expect(slices.max() ?? 0 < 244 + 94)
    }

    @Test func `the slice is the same under every secret, the hash is not`() throws {
        let (a, b) = (try Self.hasher(), try Self.hasher(String(repeating: "7", count: 64)))
        for length in 0...40 {
            let key = (0..<length).map { UInt8($0) }
            let (x, y) = key.withUnsafeBufferPointer { (a.hash($0), b.hash($0)) }
            #expect(x.slice == y.slice)
            #expect(x.low != y.low && x.high != y.high)
            #expect(Int(x.slice) < KeyHasher.sliceCount)
        }
    }

    @Test func `a key's place in memory does not matter`() throws {
        let hasher = try Self.hasher()
        let text = (0..<64).map { UInt8(($0 * 7 + 1) & 0xFF) }
        for length in 0...40 {
            var hashes: Set<KeyHash> = []
            for offset in 0..<8 {
                // Bytes around the key differ each time.
                let bytes =
                    [UInt8](repeating: UInt8(offset), count: offset) + text.prefix(length)
                    + [UInt8](repeating: UInt8(0xF0 + offset), count: 24)
                bytes.withUnsafeBufferPointer {
                    _ = hashes.insert(
                        hasher.hash(UnsafeBufferPointer(rebasing: $0[offset..<offset + length])))
                }
            }
            #expect(hashes.count == 1, "length \(length)")
        }
    }
}
