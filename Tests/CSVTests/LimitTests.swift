import Testing

@testable import CSV

/// Records and fields about as long as is allowed, the file's end among them. The limits and windows
/// are a few bytes, so that all of it happens everywhere.
@Suite struct LimitTests {
    static let format = CSVFormat(maximumFieldBytes: 6, maximumRecordBytes: 12)

    static let bodies: [String] = [
        // At the limits and one byte past them.
        "abcdef,ghijk\n", "abcdef,ghijkl\n", "abcdefg,hij\n", "a,bcdefg\nc,d\n", "a,bcdefgh\nc,d\n",
        "a,b,c,d,e,f,\nx,y\n", "a,b,c,d,e,f,g\nx,y\n", "\"abcd\",\"efg\"\n", "\"abcde\",x\ny,z\n",
        // Far past them: these fill the buffer.
        "x\n" + String(repeating: "a,", count: 40) + "\nc,d\n",
        String(repeating: "a", count: 100) + "\nc,d\n",
        "c,d\n\"" + String(repeating: "\n", count: 60) + "\",x\ne,f\n",
        "a,b\n\"" + String(repeating: "a\n", count: 30),
        "\"" + String(repeating: "\"\",", count: 30) + "\"\nc,d\n",
        String(repeating: "a,\"\n\",", count: 20) + "\nc,d",
        // Cut inside a character, at the end of the file, inside quotes.
        "a,bcdefghijé\nc,d\n", "a,b,c,d,e,fé\nx,y\n", "a,b,c,d,e,😀,\nx,y\n", "a,b,cd,e,😀é,\n",
        "a,\"b", "a,\"bcdefghijklmnop", "a,\"bcdefghijklmnopqrstuvwxyz0123456789\nabc",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "a,b\r", "abcdef,ghijk\r\n",
        "abcdef,ghijk\r", "abcdef,ghijkl\r\n",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n\r\nb,c\r\n",
    ]

    @Test(arguments: bodies)
    func `long records are those of a naive reader at every chunk and window size`(
        body: String
    ) throws {
        let bytes = Array(body.utf8)
        let expected = readNaively(bytes, columns: 2, format: Self.format)
        for size in 1...bytes.count {
            for window in [2, 5, 64] {
                let (records, _) = try readInChunks(
                    bytes, columns: 2, chunkSize: size, format: Self.format, windowBytes: window)
                #expect(records == expected, "chunks of \(size), windows of \(window)")
            }
        }
    }

    @Test(arguments: 0..<120)
    func `random bodies about the limits`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let pieces = [
            "a", "bcd", ",", ",", "\n", "\r\n", "\"", "\"\"", "\"x,\ny\"", "é", "😀", "\0", "\r",
            "abcdefghijkl", ",,,,", "\n\n", "q,\"r\"\n",
        ]
        var bytes = (0..<random.next(below: 60)).flatMap { _ in
            Array(pieces[random.next(below: pieces.count)].utf8)
        }
        if seed % 4 == 0, !bytes.isEmpty {
            bytes[random.next(below: bytes.count)] = UInt8(random.next(below: 256))
        }
        guard !bytes.isEmpty else { return }
        let format = CSVFormat(
            delimiter: UInt8(ascii: ","), maximumFieldBytes: 1 + random.next(below: 10),
            maximumRecordBytes: 1 + random.next(below: 20))
        let expected = readNaively(bytes, columns: 2, format: format)
        for size in [1, 2, 3, 7, 16, 64, bytes.count] {
            for window in [2, 3, 33, 1000] {
                let (records, _) = try readInChunks(
                    bytes, columns: 2, chunkSize: size, format: format, windowBytes: window)
                #expect(
                    records == expected,
                    "seed \(seed), chunks of \(size), windows of \(window), \(format)")
            }
        }
    }

    @Test func `records of exactly the default limits, and one byte more`() throws {
        let limit = CSVFormat().maximumRecordBytes
        let field = CSVFormat().maximumFieldBytes
        func record(_ bytes: Int) -> [UInt8] {
            // Fields of the longest allowed, the last one shorter.
            var text = [UInt8](repeating: UInt8(ascii: "x"), count: bytes)
            for at in stride(from: field, to: bytes, by: field + 1) { text[at] = 0x2C }
            return text + [0x0A]
        }
        let body = record(limit) + record(limit + 1) + Array("a\n".utf8)
        for size in [limit, body.count] {
            let (records, _) = try readInChunks(body, columns: 8, chunkSize: size)
            #expect(records.map(\.problem) == [nil, .recordTooLarge, .wrongFieldCount])
        }
    }
}

@Suite struct HypothesisTests {
    /// Bodies that look like their own negative: every guess can be wrong.
    static let bodies = [
        String(repeating: "\",\"\n\",\"\n", count: 12),
        "\"" + String(repeating: ",\"\n\",\"\",\"\n\",\"", count: 9) + "\"\n",
        String(repeating: "\"\n\",\"\n\"\n", count: 15),
        "a,\"" + String(repeating: "b,c\n", count: 20) + "\"\n" + "d,\"e\"\n",
        String(repeating: "\"\"\"\",\"\"\"\"\n", count: 10),
        String(repeating: "a,b\n", count: 10) + "\"" + String(repeating: "\n\"\",\"\"", count: 20)
            + "\",x\n",
    ]

    @Test(arguments: bodies)
    func `text made to mislead the guess changes nothing`(body: String) throws {
        let bytes = Array(body.utf8)
        let expected = readNaively(bytes, columns: 2)
        for size in 1...40 {
            let (records, _) = try readInChunks(
                bytes, columns: 2, chunkSize: size, windowBytes: 16)
            #expect(records == expected, "chunks of \(size)")
        }
    }
}
