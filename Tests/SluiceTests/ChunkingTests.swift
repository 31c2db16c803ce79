import JSON
import MeantSets
import System
import Testing

/// That nothing about how the work is cut or spread shows in what comes out: random sets through the
/// command line, the engine and real processes.
///
/// The sets have quoted line breaks, CRLF, byte order marks, blank lines, repeated keys and orphans,
/// in both dialects. The first ones are tiny, so that chunks of one byte stay affordable.
struct ChunkingTests {
    /// Seeds of the sets: 0 … are always the same, the last is another each time and told on failure.
    static let fixedSeeds: [UInt64] = [0, 1, 2, 3]
    static let seeds = fixedSeeds + [UInt64.random(in: 1 << 16...1 << 32)]
    static let orders = [
        ["customers", "orders", "items"], ["customers", "items", "orders"],
        ["orders", "customers", "items"], ["orders", "items", "customers"],
        ["items", "customers", "orders"], ["items", "orders", "customers"],
    ]
    /// Chunk size, workers; `nil` is what Sluice chooses. The first is what the others are held against.
    static let ways: [(chunkSize: String?, workers: Int?)] = [
        (nil, nil), ("1", 3), ("13", 1), ("13", 3), ("97", 1), ("97", 3), ("4K", 3), (nil, 1),
    ]

    static func isTiny(_ seed: UInt64) -> Bool { seed < 2 }
    static func set(_ seed: UInt64) -> MeantSet {
        .random(seed: seed, records: isTiny(seed) ? 3 : 20)
    }

    @Test func `the sets have what makes chunks hard`() {
        let sets = Self.fixedSeeds.map { (Self.set($0).files(seed: $0), Self.set($0).expected()) }
        func isIn(_ text: String) -> Bool {
            sets.contains { files, _ in
                files.values.contains { $0.firstRange(of: Array(text.utf8)) != nil }
            }
        }
        for text in ["customer_reference", "customer_id", "\u{FEFF}", "\r\n", "\"line\nline\""] {
            #expect(isIn(text), "\(text)")
        }
        for name in ["repeatedCustomers", "repeatedOrders", "orphanOrders", "orphanItems"] {
            #expect(sets.contains { $0.1.counts[name]! > 0 }, "\(name)")
        }
    }

    @Test(arguments: seeds)
    func `the messages are the oracle's, the same bytes for all chunks, workers and orders`(
        seed: UInt64
    ) throws {
        print("chunking: seed \(seed)")
        let isTiny = Self.isTiny(seed)
        let set = Self.set(seed)
        let sluice = try SluiceProcess()
        let directory = sluice.directory.path
        for (kind, bytes) in set.files(seed: seed) {
            try bytes.withUnsafeBytes {
                try FileSystem.replace("\(directory)/\(kind)_7.csv", with: $0)
            }
        }
        let expected = set.expected()
        var first: [UInt8]?
        for (index, way) in Self.ways.enumerated() where way.chunkSize != "1" || isTiny {
            // Every set meets other pairs of way and order; together they meet all orders.
            let order = Self.orders[(index + Int(seed % 6)) % 6]
            let what = "seed \(seed), \(way), \(order)"
            let out = "\(directory)/messages-\(index).jsonl"
            let result = try sluice.start(
                ["run"] + order.map { "\(directory)/\($0)_7.csv" }
                    + ["--home", "\(directory)/home-\(index)", "--json", "--out", out]
                    + (way.chunkSize.map { ["--chunk-size", $0] } ?? [])
                    + (way.workers.map { ["--workers", String($0)] } ?? [])
            ).finish()
            try #require(result.code == 0, "\(what): \(result.error)")
            let bytes = try FileSystem.contents(of: out)
            #expect(bytes == first ?? bytes, "\(what)")
            first = first ?? bytes
            let lines = bytes.split(separator: UInt8(ascii: "\n")).map { Array($0) }
            #expect(sorted(lines) == sorted(expected.messages.map { Array($0.utf8) }), "\(what)")
            let summary = try #require(result.json?["summary"])
            for (name, count) in expected.counts {
                #expect(summary[name]?.int == count, "\(what): \(name)")
            }
        }
    }

    /// By bytes: a String takes two spellings of é for the same.
    private func sorted(_ lines: [[UInt8]]) -> [[UInt8]] {
        lines.sorted { $0.lexicographicallyPrecedes($1) }
    }
}
