import JSON
import StatesLanguage
import Testing

struct IntrinsicFunctionTests {
    static let scope = Scope(
        input: [
            "s": "a,b;;c", "n": 3, "list": [1, 2, 2, 3], "o": ["x": 1, "y": 2], "text": "hello",
            "quoted": "it's", "template": "<{}>", "é": "é", "decomposed": "e\u{301}",
        ])

    static func evaluate(_ text: String) throws -> JSON {
        let template = PayloadTemplate(["v.$": .string(text)])
        return try #require(try template.resolve(in: scope)["v"])
    }

    @Test(arguments: [
        ("States.Format('{} and {}', $.text, $.n)", #""hello and 3""#),
        (#"States.Format('\{{}\} \'x\' \\', 1.50)"#, #""{1.50} 'x' \\""#),
        ("States.Format('{}', $.o)", #""{\"x\":1,\"y\":2}""#),
        ("States.Format($.template, true)", #""<true>""#),
        ("States.Format('none')", #""none""#),
        ("States.StringToJson('{\"a\": [1]}')", #"{"a":[1]}"#),
        ("States.StringToJson('  ')", "null"),
        ("States.JsonToString($.o)", #""{\"x\":1,\"y\":2}""#),
        ("States.Array(1, 'b', null, $.n)", #"[1,"b",null,3]"#),
        ("States.ArrayPartition($.list, 3)", "[[1,2,2],[3]]"),
        ("States.ArrayContains($.list, 2.0)", "true"),
        ("States.ArrayContains(States.Array($.é), $.decomposed)", "false"),
        ("States.ArrayRange(1, 9, 4)", "[1,5,9]"),
        ("States.ArrayRange(3, -1, -2)", "[3,1,-1]"),
        ("States.ArrayRange(1, 0, 1)", "[]"),
        ("States.ArrayGetItem($.list, 3)", "3"),
        ("States.ArrayLength($.list)", "4"),
        ("States.ArrayUnique($.list)", "[1,2,3]"),
        ("States.ArrayUnique(States.Array($.é, $.decomposed, true, 1, $.é))", nil),
        ("States.Base64Encode('Data to encode')", #""RGF0YSB0byBlbmNvZGU=""#),
        ("States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", #""Data to encode""#),
        (
            "States.Hash('input data', 'SHA-256')",
            #""b4a697a057313163aee33cd8d40c66e9f0f177e00cac2de32475ffff6169c3e3""#
        ),
        (
            "States.JsonMerge($.o, States.StringToJson('{\"y\":9,\"z\":1}'), false)",
            #"{"x":1,"y":9,"z":1}"#
        ),
        ("States.MathAdd(111, -1)", "110"),
        ("States.MathAdd(-0.5, 0.5)", "1"),
        ("States.StringSplit($.s, ',;')", #"["a","b","c"]"#),
        ("States.ArrayGetItem(States.StringSplit('a-b', '-'), States.MathAdd(2, -1))", #""b""#),
    ])
    func `a function has its value`(call: String, expected: String?) throws {
        let value = try Self.evaluate(call)
        if let expected {
            #expect(value.serialized() == expected)
        } else {
            #expect(value.array?.count == 4)
        }
    }

    @Test(arguments: [
        "States.Format('{} {}', 1)", "States.Format('{}', 1, 2)", "States.Format('{', 1)",
        "States.Format($.n)", "States.StringToJson('{')", "States.StringToJson($.n)",
        "States.ArrayPartition($.list, 0)", "States.ArrayPartition($.n, 1)",
        "States.ArrayRange(1, 2, 0)", "States.ArrayRange(0, 1000, 1)",
        "States.ArrayGetItem($.list, 4)", "States.ArrayGetItem($.list, -1)",
        "States.ArrayLength($.text)", "States.Base64Decode('a')", "States.Base64Decode('////')",
        "States.Hash('a', 'SHA-3')", "States.JsonMerge($.o, $.o, true)",
        "States.JsonMerge($.o, $.n, false)", "States.MathAdd('a', 1)",
        "States.MathAdd(2147483648, 0)", "States.MathRandom(5, 5)", "States.StringSplit($.n, ',')",
    ])
    func `a function that cannot take its arguments is an intrinsic failure`(call: String) {
        #expect {
            _ = try Self.evaluate(call)
        } throws: { error in
            let error = error as? StatesError
            return error?.error == "States.IntrinsicFailure"
                && error?.cause.hasPrefix("The function '\(call)' had the following error: ")
                    == true
        }
    }

    @Test func `a function's path that leads nowhere is a runtime error`() {
        #expect(
            throws: StatesError(
                "States.Runtime",
                "The function 'States.Format('{}', $.no)' had the following error: The JsonPath "
                    + "argument for the field '$.no' could not be found in the input "
                    + "'\(Self.scope.input.serialized())'")
        ) { try Self.evaluate("States.Format('{}', $.no)") }
    }

    @Test(arguments: [
        "States.Nothing()", "States.UUID(1)", "States.MathAdd(1)", "States.MathAdd(1, 2",
        "States.MathAdd(1, 2) x", "States.Format('a)", "states.UUID()", "States.Array(a)", "5",
        "States.Array(" + String(repeating: "States.Array(", count: 11)
            + String(repeating: ")", count: 12),
    ])
    func `a text that is no call is refused`(text: String) {
        #expect(Expression(text).problem != nil)
        #expect(throws: StatesError.self) { try Self.evaluate(text) }
    }

    @Test func `random numbers stay below the end and repeat with a seed`() throws {
        for _ in 0..<200 {
            let value = try #require(try Self.evaluate("States.MathRandom(1, 4)").int)
            #expect((1..<4).contains(value))
        }
        let seeded = "States.MathRandom(0, 1000000, 42)"
        #expect(try Self.evaluate(seeded) == Self.evaluate(seeded))
    }

    @Test func `a UUID is of version 4 and new each time`() throws {
        let first = try #require(try Self.evaluate("States.UUID()").string)
        #expect(try Self.evaluate("States.UUID()").string != first)
        #expect(
            first.wholeMatch(
                of: #/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/#) != nil)
    }
}
