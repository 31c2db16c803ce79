import Testing

@testable import CSV

/// Limits that no case reaches, yet small: a reader's buffers are as large as its longest record.
let roomyFormat = CSVFormat(maximumFieldBytes: 1000, maximumRecordBytes: 1000)

/// Every case is read whole, byte by byte, split at every byte, and through windows of a few bytes.
func expectAsNaive(
    _ bytes: [UInt8], columns: Int, format: CSVFormat = roomyFormat, _ comment: String = ""
) throws {
    let expected = readNaively(bytes, columns: columns, format: format)
    let window = ChunkReader.windowBytes
    for size in [1, bytes.count] {
        for windowBytes in [2, 7, window] {
            let (records, _) = try readInChunks(
                bytes, columns: columns, chunkSize: size, format: format, windowBytes: windowBytes)
            #expect(
                records == expected,
                "chunks of \(size), windows of \(windowBytes): \(bytes) \(comment)")
        }
    }
    for split in 1..<max(2, bytes.count) where split < bytes.count {
        let records = try readInTwo(
            bytes, columns: columns, at: split, format: format, windowBytes: 3)
        #expect(records == expected, "split at \(split): \(bytes) \(comment)")
    }
}

@Suite struct HostileBytesTests {
    @Test func `a character is well-formed where the standard library says so`() {
        let edges: [UInt8] = [
            0x00, 0x22, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF,
        ]
        var checked = 0
        for lead in UInt8(0x80)...0xFF {
            for second in edges {
                for third in edges {
                    for fourth in edges where lead >= 0xF0 || fourth == 0x80 {
                        let bytes = [lead, second, third, fourth]
                        for count in 1...4 {
                            let cut = Array(bytes.prefix(count))
                            let length = cut.withUnsafeBufferPointer {
                                UTF8Check.sequenceLength($0, at: 0)
                            }
                            if length != wellFormedLength(cut) {
                                Issue.record("\(cut): \(length)")
                            }
                            checked += 1
                        }
                    }
                }
            }
        }
        #expect(checked > 100_000)
    }

    /// Overlong forms, surrogates, beyond U+10FFFF, bytes that never are, characters cut short.
    static let illFormed: [[UInt8]] = [
        [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
        [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xED, 0xA0, 0x80],
        [0xED, 0xBF, 0xBF], [0xED, 0xA0, 0x80, 0xED, 0xB0, 0x80], [0xF4, 0x90, 0x80, 0x80],
        [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98],
        [0xE2, 0x28, 0xA1], [0xE9],
    ]
    static let wellFormed: [[UInt8]] = [
        [0xC2, 0x80], [0xDF, 0xBF], [0xE0, 0xA0, 0x80], [0xED, 0x9F, 0xBF], [0xEE, 0x80, 0x80],
        [0xEF, 0xBF, 0xBF], [0xF0, 0x90, 0x80, 0x80], [0xF4, 0x8F, 0xBF, 0xBF],
        [0xEF, 0xBB, 0xBF],
    ]

    @Test(arguments: illFormed)
    func `ill-formed UTF-8 is found at its byte, wherever it stands`(sequence: [UInt8]) throws {
        for (before, after) in [
            ("", ",b\nc,d\n"), ("a,", "\nc,d\n"), ("a,", "\r\nc,d"), ("a,b\nc,", ""),
            ("a,\"", "\"\nc,d\n"), ("\"", ",\n\",b\nc,d\n"), ("a,\"x\"", "\nc,d\n"),
            ("é,", "é\n"), ("a,\"", ""),
        ] {
            let bytes = Array(before.utf8) + sequence + Array(after.utf8)
            let expected = readNaively(bytes, columns: 2)
            #expect(expected.contains { $0.problem == .invalidUTF8 }, "\(bytes)")
            try expectAsNaive(bytes, columns: 2)
        }
    }

    @Test(arguments: wellFormed)
    func `well-formed UTF-8 passes at all its edges`(sequence: [UInt8]) throws {
        let bytes =
            Array("a,".utf8) + sequence + Array("\n\"".utf8) + sequence + Array("\",".utf8)
            + sequence
        #expect(readNaively(bytes, columns: 2).allSatisfy { $0.problem == nil })
        try expectAsNaive(bytes, columns: 2)
    }

    @Test(arguments: [UInt8(0), UInt8(ascii: "\r"), UInt8(ascii: "\""), UInt8(ascii: "\n"), 0xFF])
    func `a byte that matters is put at every position`(byte: UInt8) throws {
        for text in ["a,b\r\nc,d\r\n", "\"a\r\nb\",\"\"\"\"\nc,\"d\"", "\n\r\n\"é\",b\n\n"] {
            for position in 0...text.utf8.count {
                var bytes = Array(text.utf8)
                bytes.insert(byte, at: position)
                try expectAsNaive(bytes, columns: 2, "inserted at \(position)")
                if position < text.utf8.count {
                    bytes.remove(at: position + 1)
                    try expectAsNaive(bytes, columns: 2, "replaced at \(position)")
                }
            }
        }
    }

    @Test func `carriage returns around the scanner's blocks of 64 bytes`() throws {
        for length in 60...68 {
            for tail in ["\r\n", "\r", "\r\r\n", "\n", "\r\n\r\n", "\rx\n", "\r\nc,d\r\n"] {
                let bytes = Array(("a," + String(repeating: "x", count: length - 2) + tail).utf8)
                let expected = readNaively(bytes, columns: 2)
                for size in [1, 63, 64, 65, bytes.count] {
                    for window in [2, 63, 64, 65, ChunkReader.windowBytes] {
                        let (records, _) = try readInChunks(
                            bytes, columns: 2, chunkSize: size, format: roomyFormat,
                            windowBytes: window)
                        #expect(records == expected, "\(length) \(tail) \(size) \(window)")
                    }
                }
            }
        }
    }

    @Test(arguments: CSVFormat.delimiters)
    func `each delimiter splits, and the others are text`(delimiter: UInt8) throws {
        let format = CSVFormat(
            delimiter: delimiter, maximumFieldBytes: 1000, maximumRecordBytes: 1000)
        let d = String(UnicodeScalar(delimiter))
        let others = ",;\t|".replacing(d, with: "")
        let body = "a\(others)\(d)b\n\"\(d)\n\(others)\"\(d)\"x\"\"\(d)\"\n\(d)\n\(others)\n"
        let expected = readNaively(Array(body.utf8), columns: 2, format: format)
        #expect(expected.map { $0.problem == nil } == [true, true, true, false])
        try expectAsNaive(Array(body.utf8), columns: 2, format: format)
    }
}
