import JSON
import StatesLanguage
import Testing

struct JSONPathTests {
    static let store: JSON = [
        "store": [
            "book": [
                ["title": "A", "price": 8, "tags": ["x", "y"]],
                ["title": "B", "price": 12, "isbn": "1"],
                ["title": "C", "price": 22, "isbn": "2"],
            ],
            "open": true,
        ],
        "odd key": 1, "limit": 10, "": "empty",
    ]

    @Test(arguments: [
        ("$.store.open", "true"),
        ("$['odd key']", "1"),
        (#"$["odd key"]"#, "1"),
        ("$.store.book[0].title", #""A""#),
        ("$.store.book[-1].title", #""C""#),
        ("$.store.book[*].title", #"["A","B","C"]"#),
        ("$.store.book[0,2].title", #"["A","C"]"#),
        ("$.store.book[1:].title", #"["B","C"]"#),
        ("$.store.book[:2].title", #"["A","B"]"#),
        ("$.store.book[-2:].title", #"["B","C"]"#),
        ("$.store.book[::2].title", #"["A","C"]"#),
        ("$.store.book[5:9]", "[]"),
        ("$..title", #"["A","B","C"]"#),
        ("$..book[0].price", "[8]"),
        ("$.store.book[0]..*", #"["A",8,["x","y"],"x","y"]"#),
        ("$.store.book[0]['title','price']", #"{"title":"A","price":8}"#),
        ("$.store.book[*]['title','isbn']", #"["A","B","1","C","2"]"#),
        ("$.store.book[?(@.price < 10)].title", #"["A"]"#),
        ("$.store.book[?(@.price > $.limit)].title", #"["B","C"]"#),
        ("$.store.book[?(@.isbn)].title", #"["B","C"]"#),
        ("$.store.book[?(!@.isbn)].title", #"["A"]"#),
        ("$.store.book[?(@.title == 'B' || @.price >= 22)].price", "[12,22]"),
        ("$.store.book[?(@.isbn && @.price != 12)].title", #"["C"]"#),
        ("$.store.book[?(@.title in ['A','C'])].price", "[8,22]"),
        ("$.store.book[?(@.tags contains 'x')].title", #"["A"]"#),
        ("$.none[*].x", "[]"),
        ("$$.Execution.Name", #""e""#),
        ("$v.a[1]", "2"),
        ("$", nil),
    ])
    func `a path leads to its value`(path: String, expected: String?) throws {
        let scope = Scope(
            input: Self.store, context: ["Execution": ["Name": "e"]],
            variables: ["v": ["a": [1, 2]]])
        let value = try JSONPath(parsing: path).evaluate(in: scope)
        #expect(value == (try expected.map { try JSON(parsing: $0) } ?? Self.store))
    }

    @Test(arguments: [
        ("$.no", "Invalid path '$.no' : No results for path: $['no']"),
        ("$.no.more", "Invalid path '$.no.more' : Missing property in path $['no']"),
        (
            "$.store.book[7]",
            "Invalid path '$.store.book[7]' : No results for path: $['store']['book'][7]"
        ),
        ("$gone", "Invalid path '$gone' : No results for path: $['gone']"),
    ])
    func `a path that leads nowhere is a runtime error`(path: String, cause: String) {
        #expect(throws: StatesError("States.Runtime", cause)) {
            try JSONPath(path).evaluate(in: Scope(input: Self.store))
        }
    }

    @Test(arguments: [
        "", "store", ".a", "$.", "$..", "$[", "$[]", "$['a", "$[1", "$[?(@.a ==)]", "$[?(@.a]",
        "$.a b", "$[99999999999]", "$[1:2:0]", "$.a.", "$.length()",
    ])
    func `a text that is no path is refused`(text: String) {
        #expect(JSONPath(text).problem != nil)
        #expect(throws: StatesError.self) { try JSONPath(parsing: text) }
    }

    @Test func `a deeply nested filter is refused and does not overflow the stack`() {
        let text = "$[?" + String(repeating: "(", count: 200_000)
        #expect(JSONPath(text).problem != nil)
        #expect(JSONPath("$[?" + String(repeating: "!", count: 200_000)).problem != nil)
    }

    @Test func `descendants of descendants do not run away`() throws {
        var deep: JSON = 1
        for _ in 0..<200 { deep = [deep, 1, 1, 1] }
        #expect(throws: StatesError.self) {
            try JSONPath("$..*..*..*..*").evaluate(in: Scope(input: deep))
        }
    }

    @Test(arguments: [
        ("$.a.b[0]", true), ("$", true), ("$.a[*]", false), ("$..a", false), ("$.a[-1]", false),
        ("$.a[0:1]", false), ("$['a','b']", false), ("$$.a", false), ("$v", false), ("a", false),
    ])
    func `a Reference Path leads to one place in the input`(text: String, isReference: Bool) {
        #expect((ReferencePath(text) != nil) == isReference)
    }

    @Test(arguments: [
        (#"{"a":1}"#, "$", #""r""#),
        (#"{"a":1}"#, "$.b", #"{"a":1,"b":"r"}"#),
        (#"{"a":1}"#, "$.b.c.d", #"{"a":1,"b":{"c":{"d":"r"}}}"#),
        (#"{"a":[1,2]}"#, "$.a[1]", #"{"a":[1,"r"]}"#),
        (#"{"a":[{"b":1}]}"#, "$.a[0].c", #"{"a":[{"b":1,"c":"r"}]}"#),
    ])
    func `a Reference Path puts a value`(document: String, path: String, expected: String) throws {
        let reference = try #require(ReferencePath(path))
        let result = try reference.set("r", into: JSON(parsing: document))
        #expect(result.serialized() == expected)
    }

    @Test(arguments: [
        ("[1]", "$.a"), ("1", "$.a"), (#"{"a":1}"#, "$.a.b"), (#"{"a":[]}"#, "$.a[0]"),
    ])
    func `a Reference Path that does not fit is a match failure`(document: String, path: String) {
        #expect {
            try ReferencePath(path)?.set("r", into: JSON(parsing: document))
        } throws: { ($0 as? StatesError)?.error == "States.ResultPathMatchFailure" }
    }
}
