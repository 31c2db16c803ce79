import JSON
import StatesLanguage
import Testing

/// One bad definition per rule: the change to a good one, and the problem with its place.
struct ValidationTests {
    /// A machine whose state A is replaced by `state`; B and C follow.
    static func machine(_ state: String) throws -> JSON {
        try JSON(
            parsing: #"""
                {"StartAt": "A", "States": {"A": \#(state),
                 "B": {"Type": "Pass", "Next": "C"}, "C": {"Type": "Succeed"}}}
                """#)
    }

    static let body = #""ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}"#
    static let distributed = """
        "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},\
        "StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}
        """
    static let callback = "arn:aws:states:::lambda:invoke.waitForTaskToken"

    @Test(arguments: [
        // The form.
        (#"{"Next":"B"}"#, "/States/A/Type"),
        (#"{"Type":"Pas","Next":"B"}"#, "/States/A/Type"),
        (#"{"Type":"Pass","Next":"B","Retry":[]}"#, "/States/A/Retry"),
        (#"{"Type":"Pass","Next":7}"#, "/States/A/Next"),
        (#"{"Type":"Pass","Next":"B","QueryLanguage":"JSONata"}"#, "/States/A/QueryLanguage"),
        (#"{"Type":"Pass","Next":"B","a/~b":1}"#, "/States/A/a~1~0b"),
        (#"{"Type":"Task","Next":"B"}"#, "/States/A/Resource"),
        (#"{"Type":"Wait","Next":"B"}"#, "/States/A"),
        (#"{"Type":"Wait","Seconds":1,"SecondsPath":"$.a","Next":"B"}"#, "/States/A"),
        (#"{"Type":"Wait","Seconds":-1,"Next":"B"}"#, "/States/A/Seconds"),
        (#"{"Type":"Wait","Timestamp":"soon","Next":"B"}"#, "/States/A/Timestamp"),
        (#"{"Type":"Fail","Error":"x","ErrorPath":"$.e"}"#, "/States/A/ErrorPath"),
        (#"{"Type":"Choice","Default":"B"}"#, "/States/A/Choices"),
        (#"{"Type":"Choice","Choices":[],"Default":"B"}"#, "/States/A/Choices"),
        (#"{"Type":"Choice","Choices":[{"Next":"B"}]}"#, "/States/A/Choices/0"),
        (
            #"{"Type":"Choice","Choices":[{"Variable":"$.a","NumericEquals":"1","Next":"B"}]}"#,
            "/States/A/Choices/0/NumericEquals"
        ),
        (
            #"{"Type":"Choice","Choices":[{"NumericEquals":1,"Next":"B"}]}"#,
            "/States/A/Choices/0/Variable"
        ),
        (
            #"{"Type":"Choice","Choices":[{"And":[{"Variable":"$.a","IsNull":1}],"Next":"B"}]}"#,
            "/States/A/Choices/0/And/0/IsNull"
        ),
        (#"{"Type":"Parallel","Next":"B"}"#, "/States/A/Branches"),
        (#"{"Type":"Map","Next":"B"}"#, "/States/A/ItemProcessor"),
        // Transitions.
        (#"{"Type":"Pass"}"#, "/States/A/Next"),
        (#"{"Type":"Pass","Next":"B","End":true}"#, "/States/A/End"),
        (#"{"Type":"Pass","Next":"Nowhere"}"#, "/States/A/Next"),
        (#"{"Type":"Pass","Next":"C"}"#, "/States/B"),
        (
            #"{"Type":"Choice","Choices":[{"Variable":"$.a","IsNull":true,"Next":"B"}],"Default":"N"}"#,
            "/States/A/Default"
        ),
        (
            #"{"Type":"Parallel","Branches":[{"StartAt":"C","States":{"C":{"Type":"Succeed"}}}],"Next":"B"}"#,
            "/States/C"
        ),
        // Paths.
        (#"{"Type":"Pass","InputPath":"a","Next":"B"}"#, "/States/A/InputPath"),
        (#"{"Type":"Pass","ResultPath":"$.a[*]","Next":"B"}"#, "/States/A/ResultPath"),
        (#"{"Type":"Pass","ResultPath":"$$.a","Next":"B"}"#, "/States/A/ResultPath"),
        (
            #"{"Type":"Pass","Parameters":{"a":[{"b.$":"c"}]},"Next":"B"}"#,
            "/States/A/Parameters/a/0/b.$"
        ),
        (#"{"Type":"Pass","Parameters":{"a.$":1},"Next":"B"}"#, "/States/A/Parameters/a.$"),
        (#"{"Type":"Pass","Parameters":{"a.$":"$","a":1},"Next":"B"}"#, "/States/A/Parameters/a.$"),
        (#"{"Type":"Wait","SecondsPath":"five","Next":"B"}"#, "/States/A/SecondsPath"),
        // Errors.
        (
            #"{"Type":"Task","Resource":"arn:x","Retry":[{"ErrorEquals":[]}],"Next":"B"}"#,
            "/States/A/Retry/0/ErrorEquals"
        ),
        (
            #"{"Type":"Task","Resource":"arn:x","Retry":[{"ErrorEquals":["States.ALL","E"]}],"Next":"B"}"#,
            "/States/A/Retry/0/ErrorEquals"
        ),
        (
            #"{"Type":"Task","Resource":"arn:x","Catch":[{"ErrorEquals":["States.ALL"],"Next":"B"},{"ErrorEquals":["E"],"Next":"B"}],"Next":"B"}"#,
            "/States/A/Catch/0/ErrorEquals"
        ),
        (
            #"{"Type":"Task","Resource":"arn:x","Catch":[{"ErrorEquals":["E"],"Next":"N"}],"Next":"B"}"#,
            "/States/A/Catch/0/Next"
        ),
        (
            #"{"Type":"Task","Resource":"arn:x","Retry":[{"ErrorEquals":["E"],"BackoffRate":0.5}],"Next":"B"}"#,
            "/States/A/Retry/0/BackoffRate"
        ),
        (
            #"{"Type":"Task","Resource":"arn:x","Retry":[{"ErrorEquals":["E"],"IntervalSeconds":5,"MaxDelaySeconds":5}],"Next":"B"}"#,
            "/States/A/Retry/0/MaxDelaySeconds"
        ),
        // Tasks and Maps.
        (#"{"Type":"Task","Resource":"lambda","Next":"B"}"#, "/States/A/Resource"),
        (
            #"{"Type":"Task","Resource":"arn:x","TimeoutSeconds":5,"HeartbeatSeconds":5,"Next":"B"}"#,
            "/States/A/HeartbeatSeconds"
        ),
        (
            #"{"Type":"Task","Resource":"arn:x","TimeoutSeconds":5,"TimeoutSecondsPath":"$.a","Next":"B"}"#,
            "/States/A/TimeoutSecondsPath"
        ),
        (#"{"Type":"Map",\#(body),"Label":"L","Next":"B"}"#, "/States/A/Label"),
        (
            #"{"Type":"Map",\#(body),"ItemBatcher":{"MaxItemsPerBatch":1},"Next":"B"}"#,
            "/States/A/ItemBatcher"
        ),
        (#"{"Type":"Map",\#(distributed),"Label":"a b","Next":"B"}"#, "/States/A/Label"),
        (
            #"{"Type":"Map",\#(distributed),"ToleratedFailurePercentage":101,"Next":"B"}"#,
            "/States/A/ToleratedFailurePercentage"
        ),
        (
            #"{"Type":"Map","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED"},"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},"Next":"B"}"#,
            "/States/A/ItemProcessor/ProcessorConfig/ExecutionType"
        ),
        (
            #"{"Type":"Map","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"P","States":{"P":{"Type":"Task","Resource":"\#(callback)","Parameters":{"t.$":"$$.Task.Token"},"End":true}}},"Next":"B"}"#,
            "/States/A/ItemProcessor/States/P/Resource"
        ),
        // Variables.
        (#"{"Type":"Pass","Assign":{"1x":1},"Next":"B"}"#, "/States/A/Assign"),
        (#"{"Type":"Pass","Assign":{"states":1},"Next":"B"}"#, "/States/A/Assign"),
        (
            #"{"Type":"Parallel","Assign":{"x":1},"Branches":[{"StartAt":"P","States":{"P":{"Type":"Pass","Assign":{"x":2},"End":true}}}],"Next":"B"}"#,
            "/States/A/Branches/0/States/P/Assign"
        ),
    ])
    func `a bad state is a problem at its place`(state: String, path: String) throws {
        let problems = StateMachine.problems(in: try Self.machine(state))
        #expect(problems.map(\.path) == [path], "\(problems)")
        #expect(problems.allSatisfy { $0.severity == .error })
    }

    @Test(arguments: [
        (#"{"Type":"Pass","Parameters":{"a.$":"$gone"},"Next":"B"}"#, "/States/A/Parameters/a.$"),
        (#"{"Type":"Task","Resource":"\#(callback)","Next":"B"}"#, "/States/A/Parameters"),
        (
            #"{"Type":"Task","Resource":"arn:x","Retry":[{"ErrorEquals":["States.Alll"]}],"Next":"B"}"#,
            "/States/A/Retry/0/ErrorEquals"
        ),
    ])
    func `a doubtful state is a warning and can run`(state: String, path: String) throws {
        let definition = try Self.machine(state)
        let problems = StateMachine.problems(in: definition)
        #expect(problems.map(\.path) == [path])
        #expect(problems.allSatisfy { $0.severity == .warning })
        #expect(throws: Never.self) { try StateMachine(json: definition) }
    }

    @Test func `a machine that cannot end is a problem, as are states that cannot be reached`()
        throws
    {
        let problems = StateMachine.problems(in: try Self.machine(#"{"Type":"Pass","Next":"A"}"#))
        #expect(
            problems.map(\.description) == [
                "MISSING_TRANSITION_TARGET: State \"B\" is not reachable. at /States/B",
                "MISSING_TRANSITION_TARGET: State \"C\" is not reachable. at /States/C",
                "MISSING_END_STATE: no state that can be reached ends the machine at /States",
            ])
    }

    @Test func `all problems are found at once, each with its place`() throws {
        let definition = try JSON(
            parsing: #"""
                {"StartAt": "Z", "TimeoutSeconds": 0, "Extra": 1, "States": {
                  "A": {"Type": "Pass", "Next": "N", "InputPath": "x"},
                  "B": {"Type": "Nope"},
                  "C": {"Type": "Wait", "Seconds": "1", "End": true}}}
                """#)
        let problems = StateMachine.problems(in: definition)
        #expect(
            problems.map(\.path).sorted() == [
                "/Extra", "/StartAt", "/States/A/InputPath", "/States/A/Next", "/States/B/Type",
                "/States/C/Seconds", "/TimeoutSeconds",
            ])
    }

    @Test func `a definition that cannot be read says why in AWS's words`() {
        #expect {
            try StateMachine(parsing: #"{"StartAt":"A","States":{"A":{"Type":"Pass","Nxt":"B"}}}"#)
        } throws: { error in
            "\(error)"
                == "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: Nxt is not a field "
                + "that is supported here at /States/A/Nxt'"
        }
        #expect(throws: DefinitionError.self) { try StateMachine(parsing: "{") }
    }

    @Test(arguments: [
        "\"x\"", "[]", "7", "{}", #"{"StartAt":"A","States":[]}"#,
        #"{"StartAt":"A","States":{"A":[]}}"#,
    ])
    func `what is no definition at all is a problem`(text: String) throws {
        #expect(StateMachine.problems(in: try JSON(parsing: text)).isEmpty == false)
        #expect(throws: DefinitionError.self) { try StateMachine(parsing: text) }
    }

    @Test func `fields that a type of state does not have are found in values, too`() {
        let machine = StateMachine(states: [
            State("W", .wait(.seconds(-1)), resultPath: "$.a", next: "S"),
            State("S", .succeed, resultPath: .discard, assign: ["x": 1], end: true),
        ])
        #expect(
            machine.validate().map(\.path) == [
                "/States/S/End", "/States/W/ResultPath", "/States/W/Seconds",
                "/States/S/ResultPath", "/States/S/Assign",
            ])
    }

    @Test func `a state's name has at most 80 characters`() {
        let name = String(repeating: "n", count: 80)
        #expect(StateMachine(states: [State(name, .succeed)]).validate() == [])
        #expect(StateMachine(states: [State(name + "n", .succeed)]).validate().count == 1)
    }
}
