import JSON
import Testing

@Suite struct JSONParserTests {
    @Test(arguments: [
        "null", "true", "[]", "{}", "[1,2.50,-0,1e400]", #"{"b":1,"a":{"c":[]}}"#,
        #""\"\\\n\u0000\u007f\uffff é😀""#, "123456789012345678901234567890.10",
    ])
    func `text comes back as it was written`(text: String) throws {
        #expect(try JSON(parsing: text).serialized() == text)
    }

    @Test(arguments: [
        ("", "a value is missing", 0), ("[1,]", "a value cannot start with byte 0x5d", 3),
        ("01", "a number cannot start with 0", 0), ("1.", "a digit is missing", 2),
        ("{\"a\":1,\"a\":2}", "the member name \"a\" is repeated", 7),
        (#""\ud800""#, "a lone surrogate", 1), ("\"a", "a string is not closed", 2),
        ("\"\u{1}\"", "an unescaped control character in a string", 1),
        ("1 2", "text after the end of the value", 2),
        ("\u{FEFF}1", "a value cannot start with byte 0xef", 0),
    ])
    func `what is not JSON is refused at its place`(text: String, message: String, offset: Int) {
        #expect {
            try JSON(parsing: text)
        } throws: { error in
            let error = error as? JSONError
            return error?.message == message && error?.byteOffset == offset
        }
    }

    @Test func `nesting is limited`() {
        let deepest = String(repeating: "[", count: JSON.maximumDepth)
        let closing = String(repeating: "]", count: JSON.maximumDepth)
        #expect(throws: Never.self) { try JSON(parsing: deepest + closing) }
        #expect(throws: JSONError.self) { try JSON(parsing: "[" + deepest + closing + "]") }
    }

    @Test func `invalid UTF-8 is refused`() {
        #expect(throws: JSONError.self) { try JSON(parsing: [0x22, 0xC3, 0x28, 0x22]) }
    }

    @Test func `numbers compare by value and keep their text`() throws {
        #expect(try JSON(parsing: "1.0") == 1)
        #expect(try JSON(parsing: "1e2").int == 100)
        #expect(try JSON(parsing: "1e2").serialized() == "1e2")
        #expect(try JSON(parsing: "[0.1, 10e-2]")[0] == JSON(parsing: "10e-2"))
        #expect(try JSON(parsing: "9223372036854775808").int == nil)
        #expect(try JSON(parsing: "1.5").int == nil)
    }

    @Test(arguments: [0, 40]) func `texts and names are told apart by code points`(others: Int)
        throws
    {
        let (composed, decomposed) = ("\u{E9}", "e\u{301}")
        #expect(JSON.string(composed) != JSON.string(decomposed))
        var text = "{\"\(composed)\":1,\"\(decomposed)\":2"
        for other in 0..<others { text += ",\"\(other)\":0" }
        let object = try #require(try JSON(parsing: text + "}").object)
        #expect(object.count == 2 + others)
        #expect(object[composed] == 1)
        #expect(object[decomposed] == 2)
    }

    @Test func `members keep their order, large objects too`() throws {
        let names = (0..<40).map { "member \(99 - $0)" }
        let text = "{" + names.map { "\"\($0)\":0" }.joined(separator: ",") + "}"
        var object = try #require(try JSON(parsing: text).object)
        #expect(object.names == names)
        object["member 99"] = nil
        object["new"] = 1
        #expect(object.names == names.dropFirst() + ["new"])
        #expect(object["member 60"] == 0)
    }

    @Test func `pretty printing indents by two spaces`() throws {
        let json: JSON = ["a": [1, ["b": []]], "c": [:]]
        #expect(
            json.serialized(pretty: true) == """
                {
                  "a": [
                    1,
                    {
                      "b": []
                    }
                  ],
                  "c": {}
                }
                """)
    }
}
