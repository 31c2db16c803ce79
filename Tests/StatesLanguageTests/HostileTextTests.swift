import JSON
import StatesLanguage
import System
import Testing

/// Texts made of what means something, at random: nothing may trap or hang.
struct HostileTextTests {
    private static let pieces = [
        "$", "$$", "$v", ".", "..", "[", "]", "[?(", "@", ")", "'", "\"", "\\", "*", ",", ":", "-1",
        "0", "99999999999999999999", "a", "é", "States.", "States.Format(", "States.Array(", "{}",
        "{", "}", "==", "&&", "||", "!", " ", "null", "true", "1e400", "\u{0}", "\u{1F469}\u{200D}",
    ]

    @Test func `random paths, functions and patterns neither trap nor hang`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("HostileTextTests seed \(seed)")
        var generator = Seeded(state: seed)
        let scope = Scope(input: ["a": [1, ["a": "é"]], "é": "x"], variables: ["v": [1]])
        var valid = 0
        for _ in 0..<20_000 {
            let count = Int.random(in: 1...9, using: &generator)
            let text = (0..<count).map { _ in Self.pieces.randomElement(using: &generator)! }
                .joined()
            let expression = Expression(text)
            if expression.problem == nil { valid += 1 }
            _ = try? expression.evaluate(in: scope, field: "f.$")
            _ = try? JSONPath(text).evaluate(in: scope)
            if let reference = ReferencePath(text) { _ = try? reference.set(1, into: scope.input) }
            _ = try? Condition.test("$.é", .stringMatches, .string(text)).holds(in: scope)
            _ = Timestamp(rfc3339: text)
            _ = Resource(rawValue: text).target
        }
        #expect(valid > 100, "the texts are too wild to test anything")
    }

    @Test func `definitions with pieces exchanged at random neither trap nor hang`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("HostileTextTests seed \(seed)")
        var generator = Seeded(state: seed)
        for _ in 0..<500 {
            let definition = mutate(StateMachineTests.everyType.json, &generator)
            let problems = StateMachine.problems(in: definition)
            // What has no problem of form must be readable, and the other way round.
            if let machine = try? StateMachine(json: definition) {
                #expect(try StateMachine(json: machine.json).json == machine.json)
            } else {
                #expect(problems.contains { $0.severity == .error })
            }
        }
    }

    private func mutate(_ json: JSON, _ generator: inout Seeded) -> JSON {
        if Int.random(in: 0..<60, using: &generator) == 0 {
            let values: [JSON] = [
                .null, true, -1, "$..[", "", [], [:], "States.X(", ["States": [:]],
            ]
            return values.randomElement(using: &generator)!
        }
        switch json {
        case .array(let elements): return .array(elements.map { mutate($0, &generator) })
        case .object(let object):
            var result = JSONObject()
            for (name, value) in object {
                let name = Int.random(in: 0..<80, using: &generator) == 0 ? "Next" : name
                result[name] = mutate(value, &generator)
            }
            return .object(result)
        default: return json
        }
    }
}

private struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
