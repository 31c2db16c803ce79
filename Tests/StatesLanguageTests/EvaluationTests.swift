import JSON
import StatesLanguage
import System
import Testing

struct EvaluationTests {
    @Test(arguments: [
        ("", "", true), ("", "*", true), ("a", "", false), ("log-7.txt", "log-*.txt", true),
        ("log-7.txt", "log-*.tx", false), ("a*b", #"a\*b"#, true), ("axb", #"a\*b"#, false),
        (#"a\b"#, #"a\\b"#, true), (#"a\zz"#, #"a\\*"#, true), ("aXbXc", "*X*X*", true),
        ("aXbc", "*X*X*", false), ("abab", "*ab", true), ("é", "e\u{301}", false),
    ])
    func `StringMatches knows stars and escapes`(text: String, pattern: String, matches: Bool)
        throws
    {
        let condition = Condition.test("$.v", .stringMatches, .string(pattern))
        #expect(try condition.holds(in: Scope(input: ["v": .string(text)])) == matches)
    }

    @Test func `StringMatches does not run away on many stars`() throws {
        let text = String(repeating: "a", count: 5_000)
        let pattern = String(repeating: "*a", count: 500) + "*b"
        let condition = Condition.test("$", .stringMatches, .string(pattern))
        #expect(try !condition.holds(in: Scope(input: .string(text))))
    }

    @Test func `a missing variable fails a comparison, not IsPresent`() throws {
        let scope = Scope(input: ["a": 1])
        #expect(try !Condition.isPresent("$.b").holds(in: scope))
        #expect(try Condition.test("$.b", .isPresent, false).holds(in: scope))
        for condition in [
            Condition.test("$.b", .isNull, true), .test("$.a", .numericEquals, path: "$.b"),
        ] {
            #expect(
                throws: StatesError(
                    "States.Runtime",
                    "Invalid path '$.b': The choice state's condition path references an invalid "
                        + "value.")
            ) { try condition.holds(in: scope) }
        }
    }

    @Test func `a Choice without a match and without a default fails`() {
        let choice = Choice([ChoiceRule(.isTrue("$.a"), next: "N")])
        #expect {
            try choice.decide(in: Scope(input: ["a": false]), stateAssign: nil)
        } throws: { ($0 as? StatesError)?.error == "States.NoChoiceMatched" }
    }

    @Test func `large integers compare exactly`() throws {
        let scope = Scope(input: ["a": 9_007_199_254_740_993, "b": 9_007_199_254_740_992])
        #expect(try Condition.test("$.a", .numericGreaterThan, path: "$.b").holds(in: scope))
        #expect(try !Condition.test("$.a", .numericEquals, path: "$.b").holds(in: scope))
    }

    @Test func `the fields apply in the language's order`() throws {
        let state = State(
            "T",
            .task(
                Task(
                    resource: .lambdaInvoke, parameters: ["p.$": "$.x"],
                    resultSelector: ["r.$": "$.Payload"])),
            inputPath: "$.in", resultPath: "$.out", outputPath: "$.out", next: "N")
        let raw = Scope(input: ["in": ["x": 7], "keep": true])
        let effective = try state.effectiveInput(in: raw)
        #expect(effective == ["x": 7])
        #expect(try state.payload(in: raw.with(input: effective)) == ["p": 7])
        let result = try state.selectedResult(in: raw.with(input: ["Payload": 1, "Status": 200]))
        #expect(result == ["r": 1])
        #expect(try state.output(of: result, in: raw) == ["r": 1])
    }

    @Test func `a template keeps the order of its members and what is no expression`() throws {
        let template: PayloadTemplate = [
            "z": 1, "a.$": "$.v", "deep": [["b.$": "$$.c"]], "price": "$.v", ".$": "x",
        ]
        let value = try template.resolve(in: Scope(input: ["v": nil], context: ["c": "d"]))
        #expect(
            value.serialized() == #"{"z":1,"a":null,"deep":[{"b":"d"}],"price":"$.v",".$":"x"}"#)
    }

    @Test(arguments: [
        ("E", ["E"], true), ("E", ["F"], false), ("E", ["F", "E"], true),
        ("E", ["States.ALL"], true), ("E", ["States.TaskFailed"], true),
        ("States.Timeout", ["States.TaskFailed"], false),
        ("States.Timeout", ["States.ALL"], true),
        ("States.Runtime", ["States.ALL"], false),
        ("States.Runtime", ["States.TaskFailed"], false),
        ("States.Runtime", ["States.Runtime"], true),
        ("States.DataLimitExceeded", ["States.ALL"], false),
        ("States.DataLimitExceeded", ["States.DataLimitExceeded"], true),
        ("States.HeartbeatTimeout", ["States.Timeout"], true),
        ("States.HeartbeatTimeout", ["States.TaskFailed"], true),
    ])
    func `ErrorEquals matches`(error: String, names: [String], matches: Bool) {
        #expect(StatesError(error, "").matches(names) == matches)
    }

    @Test func `the first retrier and the first catcher that match are taken`() throws {
        let state = State(
            "T",
            .task(
                Task(
                    resource: .lambdaInvoke,
                    retry: [
                        Retrier(errorEquals: ["A"]), Retrier(errorEquals: ["B", "A"]),
                        Retrier(errorEquals: ["States.ALL"]),
                    ],
                    catch: [Catcher(errorEquals: ["B"], next: "N", resultPath: "$.e")])))
        #expect(state.retrier(for: StatesError("A", ""))?.index == 0)
        #expect(state.retrier(for: StatesError("B", ""))?.index == 1)
        #expect(state.retrier(for: StatesError("C", ""))?.index == 2)
        #expect(state.retrier(for: StatesError("States.Runtime", "")) == nil)
        #expect(state.catcher(for: StatesError("A", "")) == nil)
        #expect(
            try state.catcher(for: StatesError("B", "why"))?
                .output(of: StatesError("B", "why"), rawInput: ["x": 1])
                == ["x": 1, "e": ["Error": "B", "Cause": "why"]])
    }

    @Test func `a retrier waits longer each time, up to its limit`() {
        let retrier = Retrier(
            errorEquals: ["E"], intervalSeconds: 3, maxAttempts: 4, backoffRate: 2,
            maxDelaySeconds: 10)
        #expect(
            (0...4).map { retrier.delaySeconds(afterRetries: $0, random: 0.5) }
                == [3, 6, 10, 10, nil])
        let jittered = Retrier(errorEquals: ["E"], intervalSeconds: 8, jitterStrategy: .full)
        #expect(jittered.delaySeconds(afterRetries: 0, random: 0.25) == 2)
        #expect(
            Retrier(errorEquals: ["E"], maxAttempts: 99_999_999, backoffRate: 1e300)
                .delaySeconds(afterRetries: 5_000, random: 0) == 31_622_399)
    }

    @Test(arguments: [
        ("5", 105), ("1.0", 101), ("-1", nil), ("1.5", nil), (#""5""#, nil), ("2147483648", nil),
    ])
    func `SecondsPath takes whole seconds`(value: String, end: Int?) throws {
        let scope = Scope(input: ["s": try JSON(parsing: value)])
        let start = Timestamp(wholeSeconds: 100)
        #expect((try? Wait.secondsPath("$.s").end(from: start, in: scope))?.wholeSeconds == end)
    }

    @Test func `a timestamp that has passed does not wait`() throws {
        let start = Timestamp(wholeSeconds: 100, nanosecondsOfSecond: 5)
        let scope = Scope(input: [])
        #expect(try Wait.timestamp("1970-01-01T00:00:07Z").end(from: start, in: scope) == start)
        #expect(
            try Wait.timestamp("1970-01-01T00:02:00Z").end(from: start, in: scope)
                == Timestamp(wholeSeconds: 120))
    }

    @Test func `items are batched by count and by bytes`() throws {
        let items: [JSON] = ["aaaa", "bbbb", "cccc", "dddddddddddddddddddddddddddddd"]
        let scope = Scope(input: ["n": 2])
        #expect(
            try ItemBatcher(maxItemsPerBatch: .path("$.n"), batchInput: ["k.$": "$.n"])
                .batches(of: items, in: scope).map { $0.serialized() } == [
                    #"{"BatchInput":{"k":2},"Items":["aaaa","bbbb"]}"#,
                    #"{"BatchInput":{"k":2},"Items":["cccc","dddddddddddddddddddddddddddddd"]}"#,
                ])
        // {"Items":["aaaa","bbbb"]} has 25 bytes.
        #expect(
            try ItemBatcher(maxInputBytesPerBatch: 25).batches(of: items, in: scope).map {
                $0["Items"]?.array?.count
            } == [2, 1, 1])
    }

    @Test func `payloads are limited in bytes and in depth`() throws {
        func nested(_ levels: Int) -> JSON {
            (0..<levels).reduce(JSON("x")) { inner, _ in [inner] }
        }
        func error(_ value: JSON) -> String? {
            StatesError.dataLimitExceeded(by: value, ofState: "S")?.error
        }
        #expect(error(nested(JSON.maximumDepth)) == nil)
        #expect(error(nested(JSON.maximumDepth + 1)) == "States.DataLimitExceeded")
        #expect(error(.string(String(repeating: "a", count: 262_142))) == nil)
        #expect(
            error(.string(String(repeating: "a", count: 262_143))) == "States.DataLimitExceeded")
    }

    @Test func `a Map's items must be an array`() {
        let map = Map(itemProcessor: ItemProcessor(states: []), itemsPath: "$.n")
        #expect(
            throws: StatesError(
                "States.Runtime", "Reference path \"$.n\" must point to array.")
        ) { try map.items(in: Scope(input: ["n": 1])) }
    }
}
