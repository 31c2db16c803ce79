import Foundation
import JSON
import StatesLanguage
import System
import Testing

/// The outcomes recorded from AWS in `../shared/asl-cases`, as far as this module alone decides
/// them: machines of Pass, Choice, Wait, Succeed and Fail states. Skipped where the cases are not there.
struct RecordedCasesTests {
    static let file = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("../shared/asl-cases/cases.json").standardizedFileURL

    static let all: [JSON] = {
        guard let data = try? Data(contentsOf: file) else {
            print("SKIPPED: no recorded cases at \(file.path)")
            return []
        }
        return (try? JSON(parsing: data))?["cases"]?.array ?? []
    }()

    static let evaluable: [RecordedCase] = all.compactMap(RecordedCase.init).filter(\.isEvaluable)

    @Test(.enabled(if: !RecordedCasesTests.all.isEmpty))
    func `every recorded definition is valid and survives rendering`() throws {
        var count = 0
        for json in Self.all where json["query_language"]?.string == "JSONPath" {
            let definition = try #require(json["definition"])
            let id = json["id"]?.string ?? ""
            #expect(StateMachine.problems(in: definition) == [], "\(id)")
            guard let machine = try? StateMachine(json: definition) else { continue }
            #expect(try StateMachine(json: machine.json).json == machine.json, "\(id)")
            count += 1
        }
        #expect(count > 300)
    }

    @Test(.enabled(if: !RecordedCasesTests.all.isEmpty))
    func `enough recorded cases are evaluated`() {
        #expect(Self.evaluable.count > 300)
        print("\(Self.evaluable.count) of \(Self.all.count) recorded cases are evaluated here")
    }

    @Test(.enabled(if: !RecordedCasesTests.all.isEmpty), arguments: evaluable)
    func `a recorded case comes out as on AWS`(recorded: RecordedCase) throws {
        let outcome = try recorded.run()
        #expect(outcome.status == recorded.expected["status"]?.string)
        #expect(outcome.error == recorded.expected["error"]?.string)
        if let cause = recorded.expected["cause"]?.string {
            // The engine puts the place before the cause; the input's text is a placeholder.
            let inner = cause.replacing(
                #/^An error occurred while executing the state '.*' \(entered at the event id #\d+\)\. /#,
                with: "")
            let parts = inner.components(separatedBy: "<json-input:1>")
            #expect(outcome.cause?.hasPrefix(parts[0]) == true, "\(outcome.cause ?? "")")
            #expect(outcome.cause?.hasSuffix(parts[parts.count - 1]) == true)
            #expect(parts.count > 1 || outcome.cause == inner)
        }
        if recorded.isDeterministic, let output = recorded.expected["output"] {
            #expect(outcome.output.map { recorded.matches(output, $0) } == true)
            if outcome.output != output, !recorded.matches(output, outcome.output ?? .null) {
                print("wanted \(output), got \(outcome.output ?? .null)")
            }
        }
    }
}

struct RecordedCase: CustomTestStringConvertible, Sendable {
    let id: String
    let machine: StateMachine
    let input: JSON
    let expected: JSON
    let isDeterministic: Bool

    var testDescription: String { id }

    init?(_ json: JSON) {
        guard let id = json["id"]?.string, let definition = json["definition"],
            let machine = try? StateMachine(json: definition), let input = json["input"],
            let expected = json["expected"], input["$raw"] == nil
        else { return nil }
        self.id = id
        self.machine = machine
        self.input = input
        self.expected = expected
        isDeterministic = json["deterministic"]?.bool ?? false
    }

    /// Whether this module can run it: no state that calls or branches out.
    var isEvaluable: Bool {
        ["SUCCEEDED", "FAILED"].contains(expected["status"]?.string)
            && machine.states.allSatisfy { state in
                switch state.kind {
                case .pass, .choice, .wait, .succeed, .fail: true
                default: false
                }
            }
    }

    /// About when the cases were prepared: one of them has a moment too far in the future.
    static let start = Timestamp(rfc3339: "2026-11-20T20:00:00Z")!

    struct Outcome {
        var status: String
        var output: JSON?
        var error: String?
        var cause: String?
    }

    func run() throws -> Outcome {
        do {
            var state = try #require(machine[machine.startAt])
            let context: JSON = [
                "Execution": [
                    "RedriveCount": 0,
                    "Id": "<ArnPart_0idx>", "Input": input,
                    "Name": "e", "RoleArn": "r", "StartTime": "start-time",
                ], "State": ["Name": .string(state.name), "EnteredTime": "entered-time"],
                "StateMachine": ["Id": "i", "Name": "<ArnPart_0idx>"],
            ]
            var scope = Scope(input: input, context: context, variables: [:])
            while true {
                let effective = scope.with(input: try state.effectiveInput(in: scope))
                let next: String?
                var output = effective.input
                switch state.kind {
                case .fail(let fail):
                    let (error, cause) = try fail.outcome(in: effective)
                    return Outcome(status: "FAILED", error: error, cause: cause)
                case .choice(let choice):
                    let decision = try choice.decide(in: effective, stateAssign: state.assign)
                    let assigned = try decision.assign?.assignments(in: effective) ?? [:]
                    for (name, value) in assigned { scope.variables[name] = value }
                    output = try state.output(of: effective.input, in: scope)
                    next = decision.next
                case .pass(let pass):
                    let payload = try state.payload(in: effective)
                    let result = pass.result ?? payload
                    let assigned =
                        try state.assign?.assignments(in: scope.with(input: result)) ?? [:]
                    output = try state.output(of: result, in: scope)
                    for (name, value) in assigned { scope.variables[name] = value }
                    next = state.next
                case .wait(let wait):
                    _ = try wait.end(from: Self.start, in: effective)
                    let assigned = try state.assign?.assignments(in: effective) ?? [:]
                    output = try state.output(of: effective.input, in: scope)
                    for (name, value) in assigned { scope.variables[name] = value }
                    next = state.next
                default:
                    output = try state.output(of: effective.input, in: scope)
                    next = state.next
                }
                if let error = StatesError.dataLimitExceeded(by: output, ofState: state.name) {
                    throw error
                }
                scope.input = output
                guard let next else { return Outcome(status: "SUCCEEDED", output: output) }
                state = try #require(machine[next])
            }
        } catch let error as StatesError {
            return Outcome(status: "FAILED", error: error.error, cause: error.cause)
        }
    }

    /// Placeholders such as `<uuid:1>` match every string.
    func matches(_ expected: JSON, _ actual: JSON) -> Bool {
        switch (expected, actual) {
        case (.string(let a), .string(let b)):
            a == b || a.contains(/<[A-Za-z_][\w\- ]*(:\d+)?>|^(timestamp|date|uuid)$/)
        case (.array(let a), .array(let b)):
            a.count == b.count && zip(a, b).allSatisfy { matches($0, $1) }
        case (.object(let a), .object(let b)):
            a.count == b.count
                && a.allSatisfy { name, value in
                    b[name].map { matches(value, $0) } ?? false
                }
        default: expected == actual
        }
    }
}
