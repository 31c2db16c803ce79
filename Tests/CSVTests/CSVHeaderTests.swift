import Testing

@testable import CSV

@Suite struct CSVHeaderTests {
    static func header(
        _ bytes: [UInt8], isWholeFile: Bool = true, format: CSVFormat = CSVFormat()
    ) throws(CSVHeader.Failure) -> CSVHeader {
        // A copy of exactly that size, so that a read past its end is one that a sanitizer sees.
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
        defer { copy.deallocate() }
        _ = copy.initialize(from: bytes)
        return try CSVHeader(
            UnsafeBufferPointer(copy), isWholeFile: isWholeFile, format: format)
    }

    struct Good: Sendable, CustomStringConvertible {
        let text: String
        let names: [String]
        let bodyStart: Int
        let offsets: [Int]
        let lines: [Int]
        var description: String { text.debugDescription }
    }
    static let good = [
        Good(
            text: "a,b\nc,d\n", names: ["a", "b"], bodyStart: 4, offsets: [0, 2], lines: [1, 1]),
        Good(
            text: "a,b\r\nc,d", names: ["a", "b"], bodyStart: 5, offsets: [0, 2], lines: [1, 1]),
        Good(text: "a,b", names: ["a", "b"], bodyStart: 3, offsets: [0, 2], lines: [1, 1]),
        Good(text: "a,b\n", names: ["a", "b"], bodyStart: 4, offsets: [0, 2], lines: [1, 1]),
        Good(text: "a", names: ["a"], bodyStart: 1, offsets: [0], lines: [1]),
        Good(
            text: "\u{FEFF}a,b\r\nc,d", names: ["a", "b"], bodyStart: 8, offsets: [3, 5],
            lines: [1, 1]),
        Good(
            text: "\u{FEFF}\"a\",b\n", names: ["a", "b"], bodyStart: 9, offsets: [3, 7],
            lines: [1, 1]),
        Good(
            text: "\n\r\n\na,b\n1,2\n", names: ["a", "b"], bodyStart: 8, offsets: [4, 6],
            lines: [4, 4]),
        Good(
            text: "\"a\nb\",\"c\"\"d\",\"\r\n\",e\n1,2,3,4", names: ["a\nb", "c\"d", "\r\n", "e"],
            bodyStart: 20, offsets: [0, 6, 13, 18], lines: [1, 2, 2, 3]),
        Good(
            text: "a,b\n\n\r\n1,2", names: ["a", "b"], bodyStart: 7, offsets: [0, 2], lines: [1, 1]),
        Good(text: ",\n", names: ["", ""], bodyStart: 2, offsets: [0, 1], lines: [1, 1]),
        Good(text: "é,日本\n", names: ["é", "日本"], bodyStart: 10, offsets: [0, 3], lines: [1, 1]),
        Good(
            text: " a , b\n", names: [" a ", " b"], bodyStart: 7, offsets: [0, 4], lines: [1, 1]),
    ]

    @Test(arguments: good)
    func `names, their places and where the body starts`(_ example: Good) throws {
        let header = try Self.header(Array(example.text.utf8))
        #expect(header.names == example.names)
        #expect(header.bodyStart == example.bodyStart)
        #expect(header.nameOffsets == example.offsets)
        #expect(header.nameLines == example.lines)
    }

    static let bad: [(String, CSVHeader.Failure)] = [
        ("", .empty), ("\u{FEFF}", .empty), ("\n", .empty), ("\r\n\n", .empty),
        ("\u{FEFF}\r\n", .empty),
        ("a,\"b", .record(problem(.unterminatedQuote, 2, 1), start: 0, line: 1)),
        ("\n\na,\"b\nc", .record(problem(.unterminatedQuote, 2, 1), start: 2, line: 3)),
        ("\"a\nb\",c\"d\n", .record(problem(.strayQuote, 7, 1), start: 0, line: 2)),
        ("a,\"b\"c\n", .record(problem(.textAfterQuote, 5, 1), start: 0, line: 1)),
        ("\u{FEFF}ab,c\0\n", .record(problem(.nulByte, 4, 1), start: 3, line: 1)),
        ("a\rb,c\n", .record(problem(.bareCarriageReturn, 1, 0), start: 0, line: 1)),
    ]
    static func problem(_ reason: RecordProblem.Reason, _ at: Int, _ column: Int?) -> RecordProblem
    {
        RecordProblem(reason, at: at, column: column, "")
    }

    @Test(arguments: bad.indices)
    func `what is no header says why and where`(index: Int) {
        let (text, expected) = Self.bad[index]
        do {
            let header = try Self.header(Array(text.utf8))
            Issue.record("\(text.debugDescription) gave \(header)")
        } catch {
            var failure = error
            if case .record(var problem, let start, let line) = failure {
                problem.message = ""
                failure = .record(problem, start: start, line: line)
            }
            #expect(failure == expected, "\(text.debugDescription)")
        }
    }

    @Test(
        arguments: [
            ([0xFF, 0xFE, 0x61, 0], .utf16), ([0xFE, 0xFF, 0, 0x61], .utf16),
            ([0x61, 0, 0x62, 0], .utf16),
            ([0, 0x61, 0, 0x62], .utf16), ([0x1F, 0x8B, 8, 0], .gzip),
            ([0x50, 0x4B, 3, 4, 20], .zip),
        ] as [([UInt8], CSVHeader.Failure)])
    func `other formats are told by their first bytes`(
        bytes: [UInt8], expected: CSVHeader.Failure
    ) {
        #expect(throws: expected) { try Self.header(bytes) }
    }

    @Test func `a beginning without the header's end is refused unless it is the whole file`()
        throws
    {
        for text in ["a,b", "\"a\nb", "\"a\n,b\"", "\n\n", "a,b\r"] {
            do {
                let header = try Self.header(Array(text.utf8), isWholeFile: false)
                Issue.record("\(text.debugDescription) gave \(header)")
            } catch {
                guard case .record(let problem, _, _) = error else {
                    Issue.record("\(error)")
                    continue
                }
                #expect(problem.reason == .recordTooLarge)
            }
        }
        #expect(try Self.header(Array("a,b\nc".utf8), isWholeFile: false).bodyStart == 4)
    }

    @Test func `a header at the limits of record and field, and one byte past them`() throws {
        let format = CSVFormat(maximumFieldBytes: 10, maximumRecordBytes: 24)
        func failure(_ text: String) -> RecordProblem.Reason? {
            do {
                _ = try Self.header(Array(text.utf8), format: format)
                return nil
            } catch {
                if case .record(let problem, _, _) = error { return problem.reason }
                return RecordProblem.Reason(rawValue: "\(error)")
            }
        }
        #expect(failure("abcdefghij,abcdefghij,ab\nx\n") == nil)
        #expect(failure("abcdefghij,abcdefghij,abc\nx\n") == .recordTooLarge)
        #expect(failure("abcdefghijk,a\nx\n") == .fieldTooLarge)
    }

    @Test func `a hundred thousand columns`() throws {
        let names = (0..<100_000).map { "c\($0)" }
        let header = try Self.header(Array((names.joined(separator: ",") + "\n").utf8))
        #expect(header.names.count == names.count)
        #expect(header.names.last == names.last)
    }
}

@Suite struct FieldDecoderTests {
    static let values = [
        ("a", "a"), ("", ""), ("\"\"", ""), ("\"a\"", "a"), ("\"\"\"\"", "\""),
        ("\"\"\"\"\"\"", "\"\""), ("\"a\"\"b\"", "a\"b"), ("\"\"\"a\"\"\"", "\"a\""),
        ("\"a,\r\nb\"", "a,\r\nb"), ("\"é\"\"😀\"", "é\"😀"), (" a ", " a "), ("a\\\"", "a\\\""),
    ]

    @Test func `quotation marks come off, doubled ones become single`() {
        // One decoder for all, as in the job: nothing of a value may stay for the next.
        let decoder = FieldDecoder(format: CSVFormat(maximumFieldBytes: 16))
        for (raw, expected) in Self.values + Self.values.reversed() {
            let bytes = Array(raw.utf8)
            let value = bytes.withUnsafeBufferPointer { Array(decoder.value(of: $0)) }
            #expect(value == Array(expected.utf8), "\(raw)")
        }
    }

    @Test func `a field of nothing but quotation marks fills the buffer to its end`() {
        let decoder = FieldDecoder(format: CSVFormat(maximumFieldBytes: 64))
        let raw = [UInt8](repeating: Byte.quote, count: 64)
        let value = raw.withUnsafeBufferPointer { Array(decoder.value(of: $0)) }
        #expect(value == [UInt8](repeating: Byte.quote, count: 31))
    }
}
