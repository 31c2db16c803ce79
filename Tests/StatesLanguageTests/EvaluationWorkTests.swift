import JSON
import Testing

@testable import StatesLanguage

/// What would take hours or all the memory is given up instead, by name.
struct EvaluationWorkTests {
    static let flat = JSON.array((0..<20_000).map { _ in 1 })
    static let deep = (0..<250).reduce(JSON.string(String(repeating: "x", count: 100_000))) {
        inner, _ in [inner]
    }

    @Test(arguments: [
        ("$[?($..a)]", flat), ("$[?(@ in $)]", flat), ("$..*..*..*", deep), ("$..*", deep),
        ("$..[?(@..a || @..b)]", deep),
        ("$..[" + (0..<2_000).map { _ in "0" }.joined(separator: ",") + "]", deep),
    ])
    func `a path that matches or compares too much is given up`(_ path: String, _ input: JSON) {
        let scope = Scope(
            input: input, context: [:], variables: [:], work: EvaluationWork(limit: 100_000))
        #expect(throws: StatesError.tooMuchWork) { try JSONPath(path).evaluate(in: scope) }
    }

    @Test(arguments: [
        "States.Array(" + (0..<5_000).map { _ in "$" }.joined(separator: ",") + ")",
        "States.Format('" + String(repeating: "{}", count: 5_000) + "'"
            + String(repeating: ",$", count: 5_000) + ")",
        "States.ArrayUnique(States.Array(" + (0..<5_000).map { _ in "$" }.joined(separator: ",")
            + "))",
    ])
    func `a function that makes too much of its arguments is given up`(_ text: String) {
        let scope = Scope(input: .string(String(repeating: "x", count: 200_000)))
        #expect(throws: StatesError.tooMuchWork) {
            try Expression(text).evaluate(in: scope, field: "x.$")
        }
    }

    @Test func `a template that makes too much of its input is given up`() {
        let members = (0..<10_000).map { ("v\($0).$", JSON.string("$")) }
        let scope = Scope(input: .string(String(repeating: "x", count: 200_000)))
        #expect(throws: StatesError.tooMuchWork) {
            try PayloadTemplate(.object(JSONObject(members))).resolve(in: scope)
        }
    }

    @Test func `a filter of twenty thousand terms is no deeper than one`() throws {
        let terms = { (word: String) in
            "$[?(" + (0..<20_000).map { _ in "@.a == 1" }.joined(separator: word) + ")]"
        }
        let scope = Scope(input: [["a": 1], ["a": 2]])
        #expect(try JSONPath(terms(" && ")).evaluate(in: scope) == [["a": 1]])
        #expect(try JSONPath(terms(" || ")).evaluate(in: scope) == [["a": 1]])
    }

    @Test(arguments: [
        ("", "", true), ("", "a", false), ("*", "", true), ("**", "ab", true), ("a*", "ab", true),
        ("*b", "ab", true), ("a*b", "ab", true), ("a*b", "a", false), ("ab*ba", "aba", false),
        ("a*a*a", "aa", false), ("*ab*ab*", "xabab", true), ("*ab*ab*", "xabb", false),
        ("*aab*", "aaaab", true), (#"\*"#, "*", true), (#"\*"#, "x", false),
        (#"a\\*"#, #"a\b"#, true),
        (#"\a"#, "a", true), ("*é*", "cafés", true), ("*abcabd*", "abcabcabd", true),
    ])
    func `a pattern matches where its pieces stand in their order`(
        _ pattern: String, _ text: String, _ matches: Bool
    ) {
        #expect(StringPattern(pattern).matches(text) == matches)
    }

    @Test func `patterns match as a naive matcher says, in time that does not multiply`() {
        var generator = SplitMix64ForTests(state: 7)
        func naive(_ pattern: Substring, _ text: Substring) -> Bool {
            guard let first = pattern.first else { return text.isEmpty }
            if first == "*" {
                return naive(pattern.dropFirst(), text)
                    || !text.isEmpty && naive(pattern, text.dropFirst())
            }
            return text.first == first && naive(pattern.dropFirst(), text.dropFirst())
        }
        for _ in 0..<2_000 {
            func random(_ letters: [Character], _ count: Int) -> String {
                String((0..<count).map { _ in letters.randomElement(using: &generator)! })
            }
            let pattern = random(["a", "b", "*"], Int.random(in: 0...6, using: &generator))
            let text = random(["a", "b"], Int.random(in: 0...8, using: &generator))
            #expect(
                StringPattern(pattern).matches(text) == naive(pattern[...], text[...]),
                "\(pattern) on \(text)")
        }
        let long = String(repeating: "a", count: 20_000)
        #expect(!StringPattern("*" + long + "b*").matches(long + long))
        #expect(!StringPattern(String(repeating: "*a", count: 10_000) + "b").matches(long))
    }

    @Test(arguments: [
        "null", "true", "-1.5e3", #""a\"\\\n\u0001\u007f\uFFFE\uFFFFé""#, "[]", "{}",
        #"[1,[],{"a":{"b\n":null}}]"#,
    ])
    func `bytes are counted as they would be written`(_ text: String) throws {
        let json = try JSON(parsing: text)
        let count = json.serialized().utf8.count
        #expect(json.utf8Count(atMost: count) == count)
        #expect(json.utf8Count(atMost: count - 1) == nil)
    }

    @Test(arguments: [
        "1e9223372036854775807", "10e9223372036854775807", "1.5e-9223372036854775808",
        "1e99999999999999999999999", "-0e-99999999999999999999999", "1e400",
    ])
    func `numbers beyond all bounds are numbers still`(_ text: String) throws {
        let number = try #require(try JSON(parsing: text).number)
        #expect(number.int == nil || number.int == 0)
        #expect(number == number)
        #expect(Set([number]).contains(number))
        #expect(number != 1)
    }
}

private struct SplitMix64ForTests: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        return mixed ^ mixed >> 31
    }
}
