import JSON
import StatesLanguage
import Testing

@testable import Engine

@Suite struct CSVItemsTests {
    @Test(
        arguments: [
            ("a,b\n1,2\n3,4\n", "", [["a": "1", "b": "2"], ["a": "3", "b": "4"]]),
            ("\u{FEFF}a\r\n1\r\n\r\n2", "", [["a": "1"], ["a": "2"]]),
            // What a row lacks is empty, what it has over is dropped.
            (
                "a,b\n1\n1,2,3\n,\n", "",
                [
                    ["a": "1", "b": ""], ["a": "1", "b": "2"], ["a": "", "b": ""],
                ]
            ),
            ("a|b,c\n1|2\n", #", "CSVDelimiter": "PIPE""#, [["a": "1", "b,c": "2"]]),
            ("a;b\n1;2\n", #", "CSVDelimiter": "SEMICOLON""#, [["a": "1", "b": "2"]]),
            ("a b\n1 2\n", #", "CSVDelimiter": "SPACE""#, [["a": "1", "b": "2"]]),
            ("a\tb\n1\t2\n", #", "CSVDelimiter": "TAB""#, [["a": "1", "b": "2"]]),
            ("a\n\"x,\r\ny \"\"z\"\"\"\n", "", [["a": "x,\r\ny \"z\""]]),
            ("a,b\n1\"2,\"\"\n", "", [["a": "1\"2", "b": ""]]),
            // Backslashes take themselves, quotes and delimiters; before others they vanish.
            ("a,b\nC:\\\\P\\x,1\\,5\n", "", [["a": "C:\\Px", "b": "1,5"]]),
            ("a\n\"1\\\"2\"\n\\\n", "", [["a": "1\"2"], ["a": ""]]),
            ("a\n1\n2\n3\n", #", "MaxItems": 2"#, [["a": "1"], ["a": "2"]]),
            ("a\n", "", []),
            ("", "", "s3://b/k: it is empty: the header is missing"),
            ("a,a\n1,2\n", "", "s3://b/k: the header names the column 'a' twice"),
            ("a\n1\n\"2\n", "", "s3://b/k: row 3: a quotation mark is never closed"),
        ] as [(String, String, JSON)])
    func `CSV is read as Step Functions' own reader does`(
        _ text: String, _ config: String, _ expected: JSON
    ) throws {
        let found = try ItemReaderTests.read(
            text, #""InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW""# + config)
        #expect(found == expected)
    }

    @Test func `CSV can have its header in the definition`() throws {
        let config = #""InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["x", "y"]"#
        #expect(
            try ItemReaderTests.read("1,2\n3\n", config) == [
                ["x": "1", "y": "2"], ["x": "3", "y": ""],
            ])
        #expect(try ItemReaderTests.read("", config) == [])
    }

    @Test func `bytes that are no text are refused by name`() throws {
        let cases: [([UInt8], String)] = [
            ([0x1F, 0x8B, 8], "compressed with gzip, which is not supported"),
            ([0x28, 0xB5, 0x2F, 0xFD], "compressed with Zstandard, which is not supported"),
            ([0x61, 0x0A, 0xFF, 0x0A], "row 2: not UTF-8"),
        ]
        let reader = ItemReader(inputType: .csv, csvHeaderLocation: .firstRow)
        for (bytes, cause) in cases {
            let objects = FakeObjects()
            try objects.putObject(bucket: "b", key: "k", bytes: bytes)
            let source = ItemSource(
                bucket: "b", what: .object(key: "k"), reader: reader, limit: .max)
            guard case .failure(let failure) = readItems(source, from: objects) else {
                Issue.record("accepted")
                continue
            }
            #expect(failure.cause == "s3://b/k: " + cause)
        }
    }

    @Test func `a small object that would be padded to gigabytes is refused`() throws {
        let header = (0..<1_500).map { "c\($0)" }.joined(separator: ",")
        let objects = FakeObjects()
        try objects.putObject(
            bucket: "b", key: "k",
            bytes: Array((header + "\n" + String(repeating: "x\n", count: 20_000)).utf8))
        var reading = ItemReading(
            reader: ItemReader(inputType: .csv, csvHeaderLocation: .firstRow), limit: .max)
        for (maximum, what) in [(1_000_000, "its items have more than"), (1000, "more than")] {
            reading.maximumBytes = maximum
            do {
                _ = try reading.object("b", "k", from: objects)
                Issue.record("read")
            } catch let error as ItemReading.Failed {
                #expect(error.cause == "s3://b/k: \(what) \(maximum) bytes")
            }
        }
    }
}
