import Testing

@testable import CSV

@Suite struct ChunkReaderTests {
    /// Bodies of two columns, each a place where readers go wrong.
    static let bodies = [
        "a,b\nc,d\n", "a,b\r\nc,d\r\n", "a,b\nc,d", "\n\na,b\n\r\n\nc,d\n\n",
        "\"a\nb\",c\nd,\"e\r\nf\"\n", "\"a\"\"b\",\"\"\n\"\"\"\",x\n", "\"x,\ny\",\"\n\n\"\r\nz,w",
        "a,b,c\nd\ne,f\n", "a\rb,c\nd,e\n", "ab\"c,d\ne,f\"\ng,h\n", "\"a\"b,c\nd,e\n",
        "\"a\" ,c\nd,\"e\"\r\n", "a,\"b\nc,d\n", "é,ß\n\"日本\n茶\",😀\n", "a,\0\nb,c\n",
        ",\n,\n\"\",\"\"\n",
        "a,b\r", "a,\"b\"\r", "\"looks like\na,row\n\",\"\n1,2\n\"\n3,4\n", "\"", "\n", ",", "\r\n",
        "a,\"\"\"\n\"\"\"\n\"\"\"\"\"\",\"\n\"\n", " \"a\",b\nc,d\n",
    ]

    @Test(arguments: bodies)
    func `whatever the chunk size, the records are those of a naive reader`(body: String) throws {
        let bytes = Array(body.utf8)
        let expected = readNaively(bytes, columns: 2)
        for size in 1...bytes.count + 1 {
            let (records, _) = try readInChunks(
                bytes, columns: 2, chunkSize: size, format: roomyFormat)
            #expect(records == expected, "chunks of \(size)")
        }
    }

    @Test(arguments: 0..<150)
    func `random bodies too`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let pieces = [
            "a", "bc", ",", "\n", "\r\n", "\"", "\"\"", "\"x,y\"", "\"l1\nl2\"", "\"a,b\nc,d\n\"",
            "é",
            ",", "\n", "r,s\n", "\r", "\"q\"\"q\",", "0123456789012345678901234567890123456789",
        ]
        // Mostly well-formed, now and then anything goes.
        let isWild = seed % 3 == 0
        let bytes = (0..<random.next(below: seed % 10 == 0 ? 120 : 30)).flatMap { _ -> [UInt8] in
            isWild
                ? Array(pieces[random.next(below: pieces.count)].utf8)
                : Array(
                    (["a,b", "\"x\ny\",z", "long text here,\"c,d\"", "\"\",é"][
                        random.next(below: 4)]
                        + ["\n", "\r\n"][random.next(below: 2)]).utf8)
        }
        guard !bytes.isEmpty else { return }
        let expected = readNaively(bytes, columns: 2)
        for size in [1, 2, 3, 5, 7, 16, 63, 64, 65, 100, bytes.count] {
            let (records, _) = try readInChunks(
                bytes, columns: 2, chunkSize: size, format: roomyFormat)
            #expect(records == expected, "seed \(seed), chunks of \(size)")
        }
    }

    @Test func `wrong guesses happen and are found`() throws {
        // Seen from inside the quoted field, each line looks like a record of quoted fields.
        let body = "\"" + String(repeating: "\n\"\",\"\"", count: 50) + "\",x\n"
        let bytes = Array(body.utf8)
        let (records, misread) = try readInChunks(bytes, columns: 2, chunkSize: 10)
        #expect(misread > 0)
        #expect(records == readNaively(bytes, columns: 2))
    }

    @Test func `records longer than a window and than the limit`() throws {
        let format = CSVFormat(maximumFieldBytes: 400_000, maximumRecordBytes: 700_000)
        let long = String(repeating: "x", count: 390_000)
        let body = Array(
            ("a,\(long)\n\(long),\"\(long)\"\nb,\"\(long)\n\(long)\n\(long)\n\(long)\"\nc,d\n").utf8
        )
        for size in [50_000, 400_000, 1_000_000, body.count] {
            let (records, _) = try readInChunks(body, columns: 2, chunkSize: size, format: format)
            #expect(records.map(\.fields.count) == [2, 0, 0, 2], "chunks of \(size)")
            #expect(records.map(\.problem) == [nil, .recordTooLarge, .fieldTooLarge, nil])
            #expect(records.map(\.line) == [0, 1, 2, 6])
        }
    }
}

/// The splitmix64 generator: the same numbers for the same seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
    mutating func next(below bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
