import JSON
import Testing

@testable import LambdaHost

struct DrillTests {
    @Test(arguments: [
        ("parse-chunk:items:2", true), ("parse-chunk:items", true), ("parse-chunk", true),
        ("parse-chunk:items:3", false), ("parse-chunk:orders:2", false), ("seal", false),
        ("parse-chunk:kind=items:index=2", true), ("parse-chunk:chunk.from=10", true),
        ("parse-chunk:chunk.from=11", false), ("parse-chunk:list.1=b", true),
        ("parse-chunk:missing=1", false), ("parse-chunk:items:2/error/3", true),
    ])
    func `a drill concerns the calls that match all of it`(text: String, expected: Bool) throws {
        let payload: JSON = [
            "kind": "items", "index": 2, "chunk": ["from": 10], "list": ["a", "b"],
        ]
        #expect(
            try Drill(text).concerns(function: "parse-chunk", payload: payload) == expected)
    }

    @Test func `the failure is a kill at every call unless given`() throws {
        #expect(try Drill("emit").failure == .kill)
        #expect(try Drill("emit").times == nil)
        #expect(try Drill("emit/timeout").failure == .timeout)
        #expect(try Drill("emit:a=1/error/2").times == 2)
    }

    @Test(arguments: [
        "", ":items", "f/explode", "f/kill/0", "f/kill/x", "f/kill/1/2", "f:a:b:c", "f:=1",
    ])
    func `what is no drill is refused`(text: String) {
        #expect(throws: Drill.Problem.self) { try Drill(text) }
    }
}
