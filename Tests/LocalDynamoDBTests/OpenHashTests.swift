import CScan
import Testing

/// The order of a table's rows is that of the slices that parts are cut into.
struct OpenHashTests {
    /// The chain of multiplications told once more, with its constants.
    private static func reference(_ key: [UInt8]) -> UInt64 {
        let (first, second): (UInt64, UInt64) = (0x243F_6A88_85A3_08D3, 0x1319_8A2E_0370_7344)
        func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
            let product = a.multipliedFullWidth(by: b)
            return product.high ^ product.low
        }
        func load(_ at: Int, _ count: Int) -> UInt64 {
            key[at..<at + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        let count = key.count
        var hash: UInt64 = 0
        switch count {
        case 0: break
        case 1..<4:
            let word = UInt64(key[0]) | UInt64(key[count / 2]) << 8 | UInt64(key[count - 1]) << 16
            hash = fold(word ^ first, hash)
        case 4..<8: hash = fold(load(0, 4) ^ first, load(count - 4, 4) ^ hash)
        case 8..<16: hash = fold(load(0, 8) ^ first, load(count - 8, 8) ^ hash)
        default:
            for at in stride(from: 0, to: count - 16, by: 16) {
                hash = fold(load(at, 8) ^ first, load(at + 8, 8) ^ hash)
            }
            hash = fold(load(count - 16, 8) ^ first, load(count - 8, 8) ^ hash)
        }
        return fold(hash ^ second, UInt64(count) ^ first)
    }

    @Test func `the hash is the chain that slices are taken from, for keys of any length`() {
        for count in 0..<100 {
            let key = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
            let hash = key.withUnsafeBufferPointer { cscan_open_hash($0.baseAddress, $0.count) }
            #expect(hash == Self.reference(key), "\(count) bytes")
        }
    }

    @Test(
        arguments: [
            ("", 13_552_182_361_643_986_041), ("a", 12_193_945_537_592_631_485),
            ("12345678", 16_937_225_685_499_583_866),
            ("customer-0000000001", 14_545_384_365_520_626_025),
        ] as [(String, UInt64)])
    func `the hash of a key never changes: tables on disks are in its order`(
        key: String, expected: UInt64
    ) {
        let hash = Array(key.utf8).withUnsafeBufferPointer {
            cscan_open_hash($0.baseAddress, $0.count)
        }
        #expect(hash == expected)
    }
}
